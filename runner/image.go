package runner

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes"
)

// CompileReport is the result of compile.
type CompileReport struct {
	Network  string                `json:"network"`
	File     string                `json:"file"`
	Target   string                `json:"target"`
	Output   string                `json:"output,omitempty"`
	Image    *ImageDigest          `json:"image,omitempty"`
	Auto     *AutoReport           `json:"auto,omitempty"`
	Fit      *passes.Fit           `json:"fit,omitempty"`
	Fidelity []passes.NodeFidelity `json:"fidelity,omitempty"`
	Clipped  int                   `json:"clipped_weights,omitempty"`
}

// Text writes the report for people.
func (r *CompileReport) Text(w io.Writer) error {
	if r.Auto != nil {
		if err := r.Auto.Text(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s%swrote %s: %s bytes, sha256 %s\n", fitsText(r.Fit), fidelityText(r.Fidelity, r.Clipped),
		r.Output, term.Count(int64(r.Image.Bytes)), r.Image.SHA256)
	return err
}

// ImagePath is where the image of a network goes if nobody says: beside it.
func ImagePath(network, target string) string {
	return strings.TrimSuffix(network, filepath.Ext(network)) + "." + target
}

// FormFor returns an image in the form that the name of a file asks for.
func FormFor(path string, t *Target, image []byte) ([]byte, error) {
	if strings.EqualFold(filepath.Ext(path), ".json") {
		return t.JSON(image)
	}
	return image, nil
}
