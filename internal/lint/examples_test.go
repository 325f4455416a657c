package lint

import "strings"

// An example is a small tree and what a rule says of it: one finding that
// contains want, or none where want is empty.
type example struct {
	rule, name string
	want       string
	files      map[string]string
}

// imports returns a Go file that imports each of the paths.
func imports(paths ...string) string {
	return "package p\nimport (\n\t_ \"" + strings.Join(paths, "\"\n\t_ \"") + "\"\n)\n"
}

// one returns a tree of one file.
func one(path, text string) map[string]string { return map[string]string{path: text} }

var examples = []example{
	{"parses", "broken", "a.go", one("ir/a.go", "package ir\nfunc {")},
	{"parses", "whole", "", one("ir/a.go", "package ir\n")},

	{"layers", "unknown folder", "belongs to no row", one("pkg/a.go", "package pkg\n")},
	{"layers", "internal to ir", "must not import ir", one("internal/diag/a.go", imports(module+"/ir"))},
	{"layers", "ir to passes", "must not import passes", one("ir/a.go", imports(module+"/passes"))},
	{"layers", "frontend to backend", "must not import backend", one("frontend/nir/a.go", imports(module+"/backend"))},
	{"layers", "frontend to frontend", "must not import frontend/netx", one("frontend/nir/a.go", imports(module+"/frontend/netx"))},
	{"layers", "passes to a target", "must not import backend/loihi1", one("passes/a.go", imports(module+"/backend/loihi1"))},
	{"layers", "table compression to ir", "must not import ir", one("passes/tcam/a.go", imports(module+"/ir"))},
	{"layers", "placement to routing", "must not import passes/multicast", one("passes/placement/a.go", imports(module+"/passes/multicast"))},
	{"layers", "target to target", "must not import backend/truenorth", one("backend/loihi1/a.go", imports(module+"/backend/truenorth"))},
	{"layers", "target to another image", "must not import backend/truenorth/image", one("backend/loihi1/a.go", imports(module+"/backend/truenorth/image"))},
	{"layers", "target to quantize", "must not import quantize", one("backend/loihi1/a.go", imports(module+"/quantize"))},
	{"layers", "image to ir", "must not import ir", one("backend/loihi1/image/a.go", imports(module+"/ir"))},
	{"layers", "image to its target", "must not import backend/loihi1", one("backend/loihi1/image/a.go", imports(module+"/backend/loihi1"))},
	{"layers", "emulator to ir", "must not import ir", one("emulator/a.go", imports(module+"/ir"))},
	{"layers", "engine to target", "must not import backend/loihi1", one("emulator/loihi1/a.go", imports(module+"/backend/loihi1"))},
	{"layers", "engine to another image", "must not import backend/truenorth/image", one("emulator/loihi1/a.go", imports(module+"/backend/truenorth/image"))},
	{"layers", "engine to engine", "must not import emulator/truenorth", one("emulator/loihi1/a.go", imports(module+"/emulator/truenorth"))},
	{"layers", "quantize to frontend", "must not import frontend", one("quantize/a.go", imports(module+"/frontend"))},
	{"layers", "proofs to cmd", "must not import cmd/synfire", one("proofs/a.go", imports(module+"/cmd/synfire"))},
	{"layers", "under a build tag", "must not import passes", one("ir/a.go", "//go:build plan9\n\n"+imports(module+"/passes"))},
	{"layers", "a name that only starts alike", "must not import irregular", one("passes/a.go", imports(module+"/irregular"))},
	{"layers", "tests import more", "", one("ir/a_test.go", imports(module+"/frontend/nir"))},
	{"layers", "all that is allowed", "", map[string]string{
		"cmd/synfire/a.go":          imports(module+"/proofs", module+"/backend/loihi1", module+"/frontend"),
		"proofs/a.go":               imports(module+"/frontend/nir", module+"/emulator/loihi1"),
		"frontend/a.go":             imports(module+"/frontend/nir", module+"/ir"),
		"frontend/nir/a.go":         imports(module+"/ir", module+"/internal/hdf5"),
		"ir/eval/a.go":              imports(module+"/ir", module+"/internal/spike"),
		"passes/a.go":               imports(module+"/ir", module+"/quantize", module+"/backend"),
		"passes/multicast/a.go":     imports(module+"/passes/topology", module+"/internal/diag"),
		"backend/a.go":              imports(module + "/ir"),
		"backend/loihi1/a.go":       imports(module+"/backend", module+"/backend/loihi1/image", module+"/ir"),
		"backend/loihi1/image/a.go": imports(module + "/internal/fixed"),
		"emulator/loihi1/a.go":      imports(module+"/emulator", module+"/emulator/cost", module+"/backend/loihi1/image"),
		"internal/npy/a.go":         imports("bytes", module+"/internal/diag"),
	}},

	{"barriers", "emulator reaches ir", "emulator/loihi1 -> internal/a -> internal/b -> ir", map[string]string{
		"emulator/loihi1/a.go": imports(module + "/internal/a"),
		"internal/a/a.go":      imports(module + "/internal/b"),
		// A cycle must not keep the search from ending.
		"internal/b/b.go": imports(module+"/ir", module+"/internal/a"),
	}},
	{"barriers", "ir reaches a target", "ir/eval -> internal/a -> backend/loihi1", map[string]string{
		"ir/eval/a.go":    imports(module + "/internal/a"),
		"internal/a/a.go": imports(module + "/backend/loihi1"),
	}},
	{"barriers", "through a test only", "", map[string]string{
		"emulator/loihi1/a.go": imports(module + "/internal/a"),
		"internal/a/a_test.go": imports(module + "/ir"),
	}},

	{"nobody imports cmd", "a library", "nobody imports cmd/synfire", one("proofs/a.go", imports(module+"/cmd/synfire"))},
	{"nobody imports cmd", "a test", "nobody imports cmd/synfire", one("proofs/a_test.go", imports(module+"/cmd/synfire"))},
	{"nobody imports cmd", "another name", "", one("proofs/a.go", imports(module+"/internal/cmd"))},

	{"modules", "unknown", "not in the table", one("ir/a.go", imports("gonum.org/v1/gonum/mat"))},
	{"modules", "unknown in a test", "not in the table", one("ir/a_test.go", imports("github.com/stretchr/testify/require"))},
	{"modules", "flags outside cmd", "only for cmd", one("proofs/a.go", imports("github.com/urfave/cli/v2"))},
	{"modules", "another major version", "not in the table", one("cmd/synfire/a.go", imports("github.com/urfave/cli/v3"))},
	{"modules", "internal keeps to the standard library", "only for", one("internal/npy/a.go", imports("golang.org/x/sync/errgroup"))},
	{"modules", "the kind of processor in internal", "only for", one("internal/npy/a.go", imports("golang.org/x/sys/cpu"))},
	{"modules", "test library in a program", "for tests only", one("ir/a.go", imports("pgregory.net/rapid"))},
	{"modules", "protobuf in a pass", "only for frontend", one("passes/a.go", imports("google.golang.org/protobuf/encoding/protowire"))},
	{"modules", "cgo", "C library", one("ir/a.go", imports("C"))},
	{"modules", "all that is allowed", "", map[string]string{
		"cmd/synfire/a.go":       imports("github.com/urfave/cli/v2", "golang.org/x/term", "golang.org/x/sync/errgroup"),
		"frontend/onnx/a.go":     imports("google.golang.org/protobuf/encoding/protowire"),
		"emulator/loihi1/a.go":   imports("golang.org/x/sync/errgroup", "math/bits"),
		"internal/vector/a.go":   imports("golang.org/x/sys/cpu"),
		"internal/npy/a_test.go": imports("pgregory.net/rapid", "github.com/google/go-cmp/cmp"),
	}},

	{"integers only in the datapath", "a type", "step.go:2: float64", one("emulator/loihi1/step.go", "package loihi1\nfunc f(x float64) {}")},
	{"integers only in the datapath", "a conversion", "float32", one("emulator/loihi1/engine_fast.go", "package loihi1\nvar x = float32(1)")},
	{"integers only in the datapath", "a literal", "0.5", one("emulator/truenorth/lif.go", "package truenorth\nvar x = 0.5")},
	{"integers only in the datapath", "a comment", "", one("emulator/loihi1/step.go", "package loihi1\n// not float64\nvar x int32")},
	{"integers only in the datapath", "a test", "", one("emulator/loihi1/step_test.go", "package loihi1\nvar x = 0.5")},
	{"integers only in the datapath", "another file", "", one("emulator/cost/energy.go", "package cost\nvar x = 0.5")},

	{"no aborts", "panic", "a.go:2: ends the process", one("ir/a.go", "package ir\nfunc f() { panic(1) }")},
	{"no aborts", "log.Fatalf", "ends the process", one("ir/a.go", "package ir\nfunc f() { log.Fatalf(``) }")},
	{"no aborts", "os.Exit", "ends the process", one("proofs/a.go", "package proofs\nfunc f() { os.Exit(1) }")},
	{"no aborts", "in cmd and tests", "", map[string]string{
		"cmd/synfire/a.go": "package main\nfunc f() { os.Exit(1) }",
		"ir/a_test.go":     "package ir\nfunc f() { panic(1) }",
		"ir/b.go":          "package ir\n// panic(1) is not for us.\nfunc f(t T) { t.Fatal(1) }",
	}},

	{"package comments", "none", "ir: no package comment", map[string]string{
		"ir/a.go": "package ir\n",
		"ir/b.go": "// Licence of this file.\n\npackage ir\n",
	}},
	{"package comments", "another form", "no package comment", one("ir/a.go", "// This is ir.\npackage ir\n")},
	{"package comments", "of the test only", "no package comment", map[string]string{
		"ir/a.go":      "package ir\n",
		"ir/a_test.go": "// Package ir is tested.\npackage ir\n",
	}},
	{"package comments", "one of two files", "", map[string]string{
		"ir/a.go":          "package ir\n",
		"ir/b.go":          "// Package ir describes networks.\npackage ir\n",
		"cmd/synfire/a.go": "// Command synfire compiles.\npackage main\n",
	}},

	{"file size", "too long", "at most", one("ir/a.go", "package ir\n"+strings.Repeat("\n", maxGoBytes))},
	{"file size", "a document", "", one("docs/a.md", strings.Repeat("\n", maxGoBytes+1))},

	{"nothing left over", "in Go", "a.go:2: a mark", one("ir/a.go", "package ir\n// TO"+"DO: more\n")},
	{"nothing left over", "in a document", "a mark", one("docs/a.md", "FIX"+"ME\n")},
	{"nothing left over", "in the Makefile", "a mark", one("Makefile", "# X"+"XX\n")},
	{"nothing left over", "other words", "", one(".ci/run", "mktemp -t X"+"XXXXX\n")},

	{"no machine paths", "in Go", "a path of one machine", one("ir/a.go", "package ir\nvar x = \"/"+"tmp/x\"\n")},
	{"no machine paths", "in a document", "a path of one machine", one("docs/a.md", "/"+"work/main\n")},
	{"no machine paths", "of an address", "", one("docs/a.md", "https://example.org/"+"work/main\n")},

	{"data folder", "in a document", "say 'the conformance data folder'", one("docs/a.md", "see "+sharedPath+"/golden\n")},
	{"data folder", "where it is found", "", one("internal/testenv/a.go", "package testenv\n// "+sharedPath+"\n")},

	{"links", "to nothing", "docs/a.md:2: a link to a file that is not there", one("docs/a.md", "# A\n[b](b.md)\n")},
	{"links", "out of the folder", "not there", one("docs/a.md", "[b](../README.md)\n")},
	{"links", "all kinds", "", map[string]string{
		"docs/a.md":          "[b](b.md#part), [here](#part), [net](https://example.org/x.md), ![p](p.png), [e](../examples/one)\n",
		"docs/b.md":          "[a](./a.md) and [r](../README.md)\n",
		"examples/one/x.snn": "",
		"README.md":          "[docs](docs)\n",
	}},
}
