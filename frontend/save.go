package frontend

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/frontend/nir"
	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/ir"
)

// Save writes the network to path in the format of its extension: .nir, or
// .snn with its large arrays in the .npz file of the same name. A file appears
// whole or not at all. The diagnostics say how the format holds what it has no
// word for; an error is a *diag.ListError whose list is the returned one.
func Save(path string, n *ir.Network) (diag.List, error) {
	var l diag.List
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".nir":
		err := atomicfile.WriteFile(path, func(w io.Writer) error {
			var err error
			l, err = nir.Write(w, n)
			return err
		})
		if err != nil && !l.HasErrors() {
			l = append(l, failure(codeFile, "", err)...)
		}
	case ".snn":
		if err := saveText(path, n); err != nil {
			l = diag.FromError(err)
		}
	default:
		l.Errorf(codeFormat, "", "name the file NAME.nir or NAME.snn", "networks are not written to files of type %q", ext)
	}
	l.SetFile(path)
	return l, l.Err()
}
