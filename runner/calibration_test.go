package runner_test

import (
	"testing"

	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/runner"
)

// TestDataCalibrates checks that the samples for a calibration are those of
// the data, port by port.
func TestDataCalibrates(t *testing.T) {
	ports := []runner.Port{{Name: "b", Size: 3}, {Name: "a", Size: 5}}
	d, err := runner.RandomData(ports, 7, 0.5, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := d.Calibration(10)
	if c.Samples != 1 || c.Steps != 7 || len(c.Inputs) != 2 || c.Inputs[0] != "b" {
		t.Fatalf("%d samples of %d steps for %q", c.Samples, c.Steps, c.Inputs)
	}
	in := make(eval.Stimulus, 2)
	for range 2 { // buffers are used again
		if err := c.Fill(0, in); err != nil {
			t.Fatal(err)
		}
		for i, p := range ports {
			if r := in[i].Raster; r.N != p.Size || r.Count() == 0 {
				t.Errorf("port %s: %d channels, %d spikes", p.Name, r.N, r.Count())
			}
		}
	}
	if err := c.Fill(1, in); err == nil {
		t.Error("a sample beyond the data: no error")
	}
}
