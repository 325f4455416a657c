package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the import path of this repository.
const module = "github.com/synfire/synfire"

// A tree is the source of the repository, in the order of its paths.
type tree struct {
	fset  *token.FileSet
	files []file
}

// A file is one text file of the tree. Go files are parsed without regard to
// build tags, so that a rule holds on every platform.
type file struct {
	path    string // slash-separated, relative to the root
	text    string
	syntax  *ast.File // nil unless a Go file that parses
	err     error     // why a Go file does not parse
	imports []string
}

// isGo tells whether f is Go source, and not a test.
func (f *file) isGo() bool { return f.syntax != nil && !f.isTest() }

func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// dir returns the folder of f, which names its package.
func (f *file) dir() string { return path.Dir(f.path) }

// readTree reads every text file under root, except test data, what the
// Makefile builds and hidden folders other than .ci.
func readTree(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipDir(p):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || !isText(p):
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		t.files = append(t.files, t.parse(p, string(text)))
		return nil
	})
	return t, err
}

func skipDir(p string) bool {
	switch base := path.Base(p); {
	case p == "." || p == ".ci":
		return false
	case base == "testdata" || strings.HasPrefix(base, "."):
		return true
	default:
		return p == "bin" || p == "dist" || p == "bench"
	}
}

func isText(p string) bool {
	if path.Dir(p) == ".ci" || path.Base(p) == "Makefile" {
		return true
	}
	return slices.Contains([]string{".go", ".md", ".mod", ".snn", ".sh"}, path.Ext(p))
}

func (t *tree) parse(p, text string) file {
	f := file{path: p, text: text}
	if path.Ext(p) != ".go" {
		return f
	}
	f.syntax, f.err = parser.ParseFile(t.fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if f.err != nil {
		f.syntax = nil
		return f
	}
	for _, spec := range f.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			f.err = err
			continue
		}
		f.imports = append(f.imports, name)
	}
	return f
}

// at formats a finding about a node of a Go file.
func (t *tree) at(n ast.Node, format string, args ...any) string {
	pos := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: %s", pos.Filename, pos.Line, fmt.Sprintf(format, args...))
}

// grep returns a finding for each line of f that hit accepts.
func (f *file) grep(hit func(line string) bool, reason string) []string {
	var found []string
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		if hit(line) {
			found = append(found, fmt.Sprintf("%s:%d: %s", f.path, number, reason))
		}
	}
	return found
}

// inModule returns the folder that an import path of this module names.
func inModule(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}
