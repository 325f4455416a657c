package runner

import (
	"fmt"
	"io"
)

// PageReport is the result of report.
type PageReport struct {
	Page string     `json:"page"` // the file
	Run  *RunReport `json:"run"`
}

// Text writes the headline for people.
func (r *PageReport) Text(w io.Writer) error {
	for _, c := range (&execution{report: r.Run}).cards(nil) {
		if _, err := fmt.Fprintf(w, "%s: %s (%s)\n", c.What, c.Value, c.More); err != nil {
			return err
		}
	}
	if r.Run.Unpriced != "" {
		if _, err := fmt.Fprintf(w, "energy and time per inference: not known (%s)\n", r.Run.Unpriced); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "wrote %s\n", r.Page)
	return err
}
