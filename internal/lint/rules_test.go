package lint

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/synfire/synfire/internal/testenv"
)

// A rule returns one line for each place of the tree that breaks it.
type rule struct {
	name  string
	check func(*tree) []string
}

var rules = []rule{
	{"parses", checkParses},
	{"layers", checkLayers},
	{"barriers", checkBarriers},
	{"nobody imports cmd", checkCmd},
	{"modules", checkModules},
	{"integers only in the datapath", checkIntegers},
	{"no aborts", checkAborts},
	{"package comments", checkPackageComments},
	{"file size", checkSize},
	{"nothing left over", checkLeftOver},
	{"no machine paths", checkMachinePaths},
	{"data folder", checkDataFolder},
	{"links", checkLinks},
}

// TestTree applies every rule to this repository.
func TestTree(t *testing.T) {
	source := readAll(t, os.DirFS(testenv.Root(t)))
	if len(source.files) < 5 {
		t.Fatalf("only %d source files found", len(source.files))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, finding := range r.check(source) {
				t.Error(finding)
			}
		})
	}
}

// TestExamples applies every rule to small trees that break it, or that come
// close and must not be found.
func TestExamples(t *testing.T) {
	broken := map[string]bool{}
	for _, ex := range examples {
		t.Run(ex.rule+"/"+ex.name, func(t *testing.T) {
			found := ruleNamed(t, ex.rule).check(readAll(t, ex.tree()))
			switch {
			case ex.want == "" && len(found) > 0:
				t.Errorf("found %q in a tree that keeps the rule", found)
			case ex.want != "" && len(found) != 1:
				t.Errorf("found %q, want one finding", found)
			case ex.want != "" && !strings.Contains(found[0], ex.want):
				t.Errorf("found %q, want %q in it", found[0], ex.want)
			}
		})
		broken[ex.rule] = broken[ex.rule] || ex.want != ""
	}
	for _, r := range rules {
		if !broken[r.name] {
			t.Errorf("no example breaks the rule %q", r.name)
		}
	}
}

// TestAbortRowsInUse checks that a row which excuses nothing is reported.
func TestAbortRowsInUse(t *testing.T) {
	const reason = "only a wrong table, which a test finds, can reach it"
	mayAbort["passes/a.go"] = reason
	t.Cleanup(func() { delete(mayAbort, "passes/a.go") })

	excused := example{files: map[string]string{"passes/a.go": "package passes\nfunc f() { panic(1) }"}}
	if found := checkAborts(readAll(t, excused.tree())); len(found) != 0 {
		t.Errorf("found %q in an excused file", found)
	}
	idle := example{files: map[string]string{"passes/a.go": "package passes"}}
	if found := checkAborts(readAll(t, idle.tree())); len(found) != 1 {
		t.Errorf("found %q, want the row that is out of date", found)
	}
}

func ruleNamed(t *testing.T, name string) rule {
	t.Helper()
	for _, r := range rules {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("no rule %q", name)
	return rule{}
}

func readAll(t *testing.T, root fs.FS) *tree {
	t.Helper()
	source, err := readTree(root)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func (ex example) tree() fs.FS {
	m := fstest.MapFS{}
	for name, text := range ex.files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}
