package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxGoBytes bounds a Go file: what is longer holds more than one thing.
const maxGoBytes = 24_000

// datapath names the files whose arithmetic has to be that of the chip.
var datapath = []string{
	"emulator/*/step*.go",
	"emulator/*/engine*.go",
	"emulator/*/lif*.go",
}

// mayAbort maps a file that may end the process, outside cmd and tests, to
// the reason why no input can make it do so.
var mayAbort = map[string]string{}

// dataFolder is the one package that knows where the conformance data is.
const dataFolder = "internal/testenv"

// The patterns are put together here, since this file has to pass them too.
var (
	leftOver    = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|X" + `XX)\b`)
	machinePath = regexp.MustCompile(`(^|[^\w.~-])/` + `(work|tmp|root|home)/`)
	sharedPath  = ".." + "/shared"
)

// checkParses reports Go files that the other rules cannot see.
func checkParses(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if f.err != nil {
			found = append(found, f.err.Error())
		}
	}
	return found
}

// checkIntegers finds floating point in the datapath: types by name, and
// literals, whose type Go infers.
func checkIntegers(t *tree) []string {
	floats := []string{"float32", "float64", "complex64", "complex128"}
	return t.inspect(inDatapath, func(_ *file, n ast.Node) string {
		switch n := n.(type) {
		case *ast.Ident:
			if slices.Contains(floats, n.Name) {
				return n.Name + " in the datapath"
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				return n.Value + " in the datapath"
			}
		}
		return ""
	})
}

func inDatapath(f *file) bool {
	return f.isGo() && slices.ContainsFunc(datapath, func(glob string) bool {
		ok, err := path.Match(glob, f.path)
		return err != nil || ok
	})
}

// checkAborts finds calls that end the process, which a library must not do
// to its caller.
func checkAborts(t *tree) []string {
	used := map[string]bool{}
	found := t.inspect(isLibrary, func(f *file, n ast.Node) string {
		call, ok := n.(*ast.CallExpr)
		if !ok || !aborts(call.Fun) {
			return ""
		}
		if mayAbort[f.path] != "" {
			used[f.path] = true
			return ""
		}
		return "ends the process: return an error"
	})
	for _, p := range slices.Sorted(maps.Keys(mayAbort)) {
		if !used[p] {
			found = append(found, p+": does not abort, so its row in mayAbort is out of date")
		}
	}
	return found
}

func isLibrary(f *file) bool { return f.isGo() && !strings.HasPrefix(f.path, "cmd/") }

func aborts(fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name == "panic"
	case *ast.SelectorExpr:
		pkg, ok := fun.X.(*ast.Ident)
		if !ok {
			return false
		}
		name := pkg.Name + "." + fun.Sel.Name
		return name == "os.Exit" || strings.HasPrefix(name, "log.Fatal") || strings.HasPrefix(name, "log.Panic")
	}
	return false
}

// inspect runs look over the syntax of each file that pick chooses.
func (t *tree) inspect(pick func(*file) bool, look func(*file, ast.Node) string) []string {
	var found []string
	for i := range t.files {
		f := &t.files[i]
		if f.syntax == nil || !pick(f) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if what := look(f, n); n != nil && what != "" {
				found = append(found, t.at(n, "%s", what))
			}
			return true
		})
	}
	return found
}

// checkPackageComments wants one comment a package, in the form that go doc
// expects.
func checkPackageComments(t *tree) []string {
	documented := map[string]bool{}
	for _, f := range t.files {
		if !f.isGo() {
			continue
		}
		want := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			want = "Command "
		}
		documented[f.dir()] = documented[f.dir()] || strings.HasPrefix(f.syntax.Doc.Text(), want)
	}
	var found []string
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			found = append(found, dir+": no package comment")
		}
	}
	return found
}

func checkSize(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if path.Ext(f.path) == ".go" && len(f.text) > maxGoBytes {
			found = append(found, fmt.Sprintf("%s: %d bytes, at most %d", f.path, len(f.text), maxGoBytes))
		}
	}
	return found
}

func checkLeftOver(t *tree) []string {
	var found []string
	for _, f := range t.files {
		found = append(found, f.grep(leftOver.MatchString, "a mark of unfinished work")...)
	}
	return found
}

func checkMachinePaths(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if ext := path.Ext(f.path); ext == ".go" || ext == ".md" {
			found = append(found, f.grep(machinePath.MatchString, "a path of one machine")...)
		}
	}
	return found
}

func checkDataFolder(t *tree) []string {
	hit := func(line string) bool { return strings.Contains(line, sharedPath) }
	var found []string
	for _, f := range t.files {
		if f.dir() != dataFolder {
			found = append(found, f.grep(hit, "say 'the conformance data folder'; only "+dataFolder+" knows its place")...)
		}
	}
	return found
}
