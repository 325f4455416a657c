package proofs_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/proofs"
)

var update = flag.Bool("update", false, "rewrite docs/proofs.md")

// TestGolden runs every case of the conformance data folder and keeps
// docs/proofs.md true.
func TestGolden(t *testing.T) {
	r, err := proofs.Run(context.Background(), []string{testenv.Shared(t, "golden")}, proofs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		if row.Status == proofs.Differs || row.Status == proofs.Failed {
			t.Errorf("%s/%s: %s", row.Folder, row.Case, row.Detail)
		}
	}
	var page bytes.Buffer
	if err := r.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(testenv.Root(t), "docs", "proofs.md")
	if *update {
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), page.String()); d != "" {
		t.Errorf("docs/proofs.md is out of date, run go test ./proofs -update:\n%s", d)
	}
}

// write puts files into a folder of their own.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// trace is a compartment with a bias of 640 and a threshold of 1280: v is 640,
// 1280 (not above the threshold), 1920 (a spike, so 0), and so on.
const trace = `{"name": "t", "steps": 6, "groups": {"g": {"n": 1, "decay_u": 4095, "decay_v": 0,
  "vth_mant": 20, "refract": 1, "bias_mant": 640, "bias_exp": 0}},
  "inputs": {}, "projections": [], "spikes": [[2, "g", 0], [5, "g", 0]],
  "trace_neurons": {"g": [0]}, "u": {"g": [[0,0,0,0,0,0]]}, "v": {"g": [[640,1280,0,640,1280,%]]}}`

func run(t *testing.T, files map[string]string) proofs.Row {
	t.Helper()
	r, err := proofs.Run(context.Background(), []string{write(t, files)}, proofs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows[0]
}

const traceCase = `{"oracle": "arithmetic by hand", "cases": [{"name": "t", "kind": "loihi1-trace", "trace": "t.json"}]}`

func TestATrueTraceIsEqual(t *testing.T) {
	row := run(t, map[string]string{"proofs.json": traceCase, "t.json": replace(trace, "0")})
	if row.Status != proofs.Equal || row.Mismatches != 0 || row.Values != 2*(6+6+6) {
		t.Errorf("%+v", row)
	}
}

// TestAWrongTraceDiffers changes one value of the expectation: the emulator
// and the interpreter must both contradict it.
func TestAWrongTraceDiffers(t *testing.T) {
	row := run(t, map[string]string{"proofs.json": traceCase, "t.json": replace(trace, "1")})
	if row.Status != proofs.Differs || row.Mismatches != 2 {
		t.Errorf("%+v", row)
	}
}

func replace(s, with string) string {
	return string(bytes.ReplaceAll([]byte(s), []byte("%"), []byte(with)))
}

func TestUnknownKindsAndBrokenCasesDoNotPass(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  proofs.Status
	}{
		"unknown kind":  {map[string]string{"proofs.json": `{"cases": [{"name": "x", "kind": "dream"}]}`}, proofs.Unsupported},
		"missing trace": {map[string]string{"proofs.json": traceCase}, proofs.Failed},
		"broken trace":  {map[string]string{"proofs.json": traceCase, "t.json": `{"steps": 1e99}`}, proofs.Failed},
		"huge trace":    {map[string]string{"proofs.json": traceCase, "t.json": `{"steps": 3, "groups": {"g": {"n": 1000000000000}}}`}, proofs.Failed},
		"bad synapse": {map[string]string{"proofs.json": traceCase, "t.json": `{"steps": 3, "groups": {"g": {"n": 1}}, "projections":
			[{"pre": "g", "post": "g", "sign_mode": "mixed", "num_weight_bits": 8, "syn": [[0, 7, 1]]}]}`}, proofs.Failed},
		"nothing compared": {map[string]string{"proofs.json": traceCase, "t.json": `{"steps": 3, "groups": {}}`}, proofs.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			if row := run(t, c.files); row.Status != c.want {
				t.Errorf("%+v, want status %q", row, c.want)
			}
		})
	}
}
