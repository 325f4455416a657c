// Package testenv finds the conformance data folder for tests: reference
// inputs and outputs of other systems, which are not part of this repository.
//
// The folder is looked for beside the repository, or where the environment
// variable SYNFIRE_CONFORMANCE points.
package testenv

import (
	"os"
	"path/filepath"
	"testing"
)

// Root returns the root folder of this module: the nearest parent of the
// working directory that holds a go.mod file.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod in any parent of the working directory")
		}
		dir = parent
	}
}

// Shared returns the path of rel inside the conformance data folder. Where
// the folder is absent the test is skipped, or fails when CI=true, because
// there a missing oracle must not pass for an agreement with it.
func Shared(t testing.TB, rel string) string {
	t.Helper()
	base := os.Getenv("SYNFIRE_CONFORMANCE")
	if base == "" {
		base = filepath.Join(filepath.Dir(Root(t)), "shared")
	}
	path := filepath.Join(base, filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the conformance data folder has no %s: set SYNFIRE_CONFORMANCE", rel)
		}
		t.Skipf("skipped: needs %s of the conformance data folder (set SYNFIRE_CONFORMANCE)", rel)
	}
	return path
}
