// Package proofs runs conformance cases: inputs and outputs of other systems
// that synfire must reproduce.
//
// A folder of cases has a proofs.json, {oracle, cases[]}; a case has a name,
// a kind and paths relative to that file. Each kind is a row of the table in
// kinds.go. Whatever a case needs of the compiler and the emulator it goes
// the users' way: a network is read by the frontend and runs through the
// passes, a chip image is encoded and decoded again before it is emulated.
package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Status is how a case ended.
type Status string

// The outcomes.
const (
	Equal       Status = "equal"
	Differs     Status = "differs"
	Failed      Status = "error"
	Unsupported Status = "not supported yet"
)

// Row is the result of one case.
type Row struct {
	Folder     string `json:"folder"`
	Case       string `json:"case"`
	Kind       string `json:"kind"`
	Oracle     string `json:"oracle"`
	Compared   string `json:"compared,omitempty"`
	Values     int64  `json:"values"`     // how many values were compared
	Mismatches int64  `json:"mismatches"` // how many of them differ
	Status     Status `json:"status"`
	Detail     string `json:"detail,omitempty"` // the first difference, or the error
}

// Report is the result of all cases, by folder and in the order of the files.
type Report struct{ Rows []Row }

// Passed, Differing and Open count the cases that are equal, that differ or
// failed, and that have a kind which is not built yet.
func (r *Report) Passed() int { return r.count(Equal) }

// Bad counts the cases that differ or could not be run.
func (r *Report) Bad() int { return r.count(Differs) + r.count(Failed) }

// Open counts the cases of a kind that is not built yet.
func (r *Report) Open() int { return r.count(Unsupported) }

func (r *Report) count(s Status) int {
	n := 0
	for i := range r.Rows {
		if r.Rows[i].Status == s {
			n++
		}
	}
	return n
}

// Options are the settings of Run.
type Options struct {
	// Before, if set, is called before each case with its number and name.
	Before func(i, total int, name string)
}

// maxFile bounds the size of a file of a case that is read whole.
const maxFile = 1 << 30

type file struct {
	Oracle string            `json:"oracle"`
	Cases  []json.RawMessage `json:"cases"`
}

// caseHeader is what every case has.
type caseHeader struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// found is a case together with where it stands.
type found struct {
	dir, oracle string
	caseHeader
	raw json.RawMessage
}

// Run walks folders (or proofs.json files) for cases and runs them all. An
// unreadable proofs.json is an error; whatever happens inside a case is in
// its row.
func Run(ctx context.Context, roots []string, opt Options) (*Report, error) {
	var all []found
	for _, root := range roots {
		cases, err := find(root)
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no proofs.json with cases was found", strings.Join(roots, ", "))
	}
	report := &Report{}
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := &all[i]
		if opt.Before != nil {
			opt.Before(i, len(all), c.Name)
		}
		report.Rows = append(report.Rows, c.run(ctx))
	}
	return report, ctx.Err()
}

// run runs one case.
func (c *found) run(ctx context.Context) Row {
	row := Row{Folder: filepath.Base(c.dir), Case: c.Name, Kind: c.Kind, Oracle: c.oracle}
	k, ok := kinds[c.Kind]
	if !ok {
		row.Status = Unsupported
		return row
	}
	row.Compared = k.compared
	r, err := k.run(ctx, c.dir, c.raw)
	row.Values, row.Mismatches, row.Detail = r.values, r.mismatches, r.first
	switch {
	case err != nil:
		row.Status, row.Detail = Failed, err.Error()
	case r.mismatches > 0:
		row.Status = Differs
	case r.values == 0:
		row.Status, row.Detail = Failed, "nothing was compared"
	default:
		row.Status = Equal
	}
	return row
}

// find lists the cases below root in a fixed order.
func find(root string) ([]found, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (d.Name() == "proofs.json" || path == root) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out []found
	for _, path := range files {
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		var f file
		if err := json.Unmarshal(data, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for i, raw := range f.Cases {
			c := found{dir: filepath.Dir(path), oracle: f.Oracle, raw: raw}
			if err := json.Unmarshal(raw, &c.caseHeader); err != nil {
				return nil, fmt.Errorf("%s: case %d: %w", path, i, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// readFile reads a file of bounded size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes are more than %d", path, info.Size(), maxFile)
	}
	return os.ReadFile(path)
}
