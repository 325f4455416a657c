package imagefile

import (
	"errors"
	"fmt"
)

// maxProblems is how many problems a Report keeps.
const maxProblems = 100

// Report collects what is wrong with an image, each problem with the path of
// the field it is about.
type Report struct {
	errs  []error
	total int
}

// Addf notes a problem.
func (r *Report) Addf(format string, args ...any) {
	r.total++
	if len(r.errs) < maxProblems {
		r.errs = append(r.errs, fmt.Errorf(format, args...))
	}
}

// Check notes a problem unless ok.
func (r *Report) Check(ok bool, format string, args ...any) {
	if !ok {
		r.Addf(format, args...)
	}
}

// Err returns all problems, joined (the first 100), or nil.
func (r *Report) Err() error {
	if r.total > len(r.errs) {
		return errors.Join(append(r.errs, fmt.Errorf("and %d more problems", r.total-len(r.errs)))...)
	}
	return errors.Join(r.errs...)
}
