package lint

import (
	"fmt"
	"slices"
	"strings"
)

// A dependency says who may import a module from outside.
type dependency struct {
	module string
	users  []string // patterns of package folders, as in layers
	tests  bool     // whether test files anywhere may import it
}

// everywhere is all but internal, which keeps to the standard library (but for
// internal/vector, which has to know the processor).
var everywhere = []string{
	"cmd/...", "proofs/...", "ir/...", "frontend/...", "passes/...",
	"quantize/...", "backend/...", "emulator/...",
}

// dependencies lists every module that this one may import. A new row needs
// a sentence in docs/rationale.md.
var dependencies = []dependency{
	{module: "github.com/urfave/cli/v2", users: []string{"cmd/..."}},
	{module: "golang.org/x/term", users: []string{"cmd/..."}},
	{module: "golang.org/x/sys/cpu", users: []string{"emulator/...", "internal/vector"}},
	{module: "golang.org/x/sync", users: everywhere},
	{module: "google.golang.org/protobuf", users: []string{"frontend/...", "emulator/..."}},
	{module: "github.com/google/go-cmp", tests: true},
	{module: "pgregory.net/rapid", tests: true},
	{module: "github.com/rogpeppe/go-internal", tests: true},
}

// checkModules applies the table of dependencies, to tests as well.
func checkModules(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, imp := range f.imports {
			if _, ours := inModule(imp); ours || isStandard(imp) {
				continue
			}
			if why := refuse(&f, imp); why != "" {
				found = append(found, fmt.Sprintf("%s: %s %s", f.path, imp, why))
			}
		}
	}
	return found
}

// refuse says why f must not import imp, or nothing where it may.
func refuse(f *file, imp string) string {
	i := slices.IndexFunc(dependencies, func(d dependency) bool {
		return imp == d.module || strings.HasPrefix(imp, d.module+"/")
	})
	switch {
	case imp == "C":
		return "makes the binary depend on a C library"
	case i < 0:
		return "is not in the table of dependencies"
	case f.isTest() && dependencies[i].tests, matchAny(dependencies[i].users, "", f.dir()):
		return ""
	case dependencies[i].tests:
		return "is for tests only"
	default:
		return "is only for " + strings.Join(dependencies[i].users, ", ")
	}
}

// isStandard tells the standard library by its first element: that of any
// other module is a host name, with a dot.
func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return imp != "C" && !strings.Contains(first, ".")
}
