package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"synfire": main})
}

// TestScripts runs testdata/script. Beside the commands of testscript there
// are:
//
//   - code N COMMAND...: runs a command that has to exit with N;
//   - json KEY=VALUE...: the last output is one JSON object with these values;
//     a key is a path like result.fit.cores or diagnostics.0.code;
//   - samples FILE.npz TEXT: makes a data set, see samples_test.go;
//   - idx FILE DIMS [DAMAGE], damage FROM TO HOW: broken files, see broken_test.go.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":    checkCode,
			"json":    checkJSON,
			"samples": makeSamples,
			"idx":     makeIDX,
			"damage":  damage,
		},
	})
}

func checkCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command...")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var doc any
	if err := dec.Decode(&doc); err != nil {
		ts.Fatalf("the output is no JSON: %v", err)
	}
	if dec.More() {
		ts.Fatalf("the output is more than one JSON object")
	}
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, "=")
		got := fmt.Sprint(lookup(doc, strings.Split(path, ".")))
		if (got == want) == neg {
			ts.Fatalf("%s is %q, want %q", path, got, want)
		}
	}
}

// lookup returns what a path of keys and indices leads to, nil if nowhere.
func lookup(doc any, path []string) any {
	for _, key := range path {
		switch x := doc.(type) {
		case map[string]any:
			doc = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			doc = x[i]
		default:
			return nil
		}
	}
	return doc
}

// TestScriptFolder guards against a folder that testscript finds empty.
func TestScriptFolder(t *testing.T) {
	entries, err := os.ReadDir("testdata/script")
	if err != nil || len(entries) < 8 {
		t.Fatalf("%d scripts (%v)", len(entries), err)
	}
}
