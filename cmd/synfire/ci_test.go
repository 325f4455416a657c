package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/ir"
)

// checkExample runs check on a network with the data of the example and its
// baseline.
func checkExample(t *testing.T, network string, more ...string) (code int, stdout string) {
	t.Helper()
	args := append([]string{
		"synfire", "check", network, "-t", "ref,loihi1", "--bits", "8", "-i", "../../examples/mnist/digits.npz",
		"--encode", "if", "--steps", "25", "--baseline", "../../examples/ci/synfire.baseline.json",
	}, more...)
	var out, errors bytes.Buffer
	code = run(t.Context(), args, &out, &errors)
	if code > exitDifference {
		t.Fatalf("exit code %d: %s", code, errors.String())
	}
	return code, out.String()
}

const exampleNetwork = "../../examples/mnist/lifs_mnist.nir"

func TestExampleIsGreen(t *testing.T) {
	if code, out := checkExample(t, exampleNetwork); code != exitFine {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestPerturbedIsRed adds noise to the weights of the first layer.
func TestPerturbedIsRed(t *testing.T) {
	net, _, err := frontend.Open(exampleNetwork, frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	fc1 := net.Node(net.Lookup("fc1"))
	fc1.Set(ir.PWeight, fc1.P(ir.PWeight).Map(func(w float64) float64 { return w + 0.1*rng.NormFloat64() }))
	dir := t.TempDir()
	path := filepath.Join(dir, "perturbed.nir")
	if _, err := frontend.Save(path, net); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(dir, "report.md")
	code, out := checkExample(t, path, "--markdown", report)
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if code != exitDifference || !strings.Contains(out, "accuracy") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	first, _, _ := strings.Cut(string(text), "<details>")
	for _, row := range []string{"| ref in float | accuracy |", "| loihi1 at 8 bits | accuracy |"} {
		if !strings.Contains(first, row) {
			t.Errorf("no row %s in\n%s", row, first)
		}
	}
}
