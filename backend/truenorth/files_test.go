package truenorth_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/truenorth/image"
	engine "github.com/synfire/synfire/emulator/truenorth"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/runner"
)

// TestEmittedFilesRunToTheSameOutput writes RANC's files with one digit as
// packets, reads them back as RANC would and compares the output bus with the
// interpreter's output spikes.
func TestEmittedFilesRunToTheSameOutput(t *testing.T) {
	const steps = 32
	n, _, err := frontend.Open(testenv.Shared(t, "nets/mlp_mnist_if.nir"), frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := compile(t, n, passes.Options{Bits: 3, Target: backend.Options{CoreAxons: 4096, CoreNeurons: 2048}})
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	d, err := runner.OpenData([]runner.Port{{Name: "input", Size: 784}},
		[]string{testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz")}, spike.Options{Encode: "if", Steps: steps, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := runner.NewReference(s.Net)
	if err != nil {
		t.Fatal(err)
	}
	want := rasters(t, ref, d)
	latency := int(s.Map.Latency[s.Net.Lookup("if2")])
	for k := range want {
		files, _, err := runner.TruenorthFiles(data, d, k)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		img, err := image.OpenDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := engine.Compile(img)
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Run(context.Background(), prog, nil, engine.Options{Ticks: steps + latency + 1})
		if err != nil {
			t.Fatal(err)
		}
		// Outputs are numbered in the order of the output population, and row
		// r of the bus holds the spikes of tick r.
		out := want[k]["if2"]
		for step := range steps {
			for i := range out.N {
				if got := res.Output.Get(step+latency+1, i); got != out.Get(step, i) {
					t.Fatalf("digit %d, step %d, output %d: %v on the bus, %v in the interpreter", k, step, i, got, out.Get(step, i))
				}
			}
		}
		if out.Count() == 0 {
			t.Errorf("digit %d: no output spike", k)
		}
	}
}
