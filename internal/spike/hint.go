package spike

import "errors"

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// WithHint adds advice to an error that has none; see Hint.
func WithHint(err error, hint string) error {
	if err == nil || hint == "" || Hint(err) != "" {
		return err
	}
	return &hinted{err, hint}
}

// Hint returns the advice that an error carries, "" if none.
func Hint(err error) string {
	var h *hinted
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}
