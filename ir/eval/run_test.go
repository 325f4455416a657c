package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
)

// TestProbes records every quantity of one run.
func TestProbes(t *testing.T) {
	p := mustCompile(t, chain(node1(ir.OpInput, 1, 1), counter(1.5, ir.ResetZero)))
	r, err := spike.New(3, 1) // shorter than the run: silence follows
	if err != nil {
		t.Fatal(err)
	}
	r.Set(0, 0)
	r.Set(2, 0)
	done := 0
	opt := Options{
		Steps:    5,
		Probes:   []Probe{{1, Spikes}, {1, Potential}, {0, Output}},
		Progress: func(n int) { done = n },
	}
	res, err := Run(context.Background(), p, Stimulus{{Raster: r}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	spikes, v, in := res.Recordings[0].Raster, res.Recordings[1].Trace, res.Recordings[2].Trace
	got := fmt.Sprint(spikes.Counts(), spikes.Get(2, 0), first(v), first(in), done)
	if want := "[1] true [1 1 0 0 0] [1 0 1 0 0] 5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRunErrors(t *testing.T) {
	p := mustCompile(t, chain(node1(ir.OpInput, 2, 2), node1(ir.OpOutput, 2, 2)))
	r, err := spike.New(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	ok := Stimulus{{}}
	tests := []struct {
		name, want string
		in         Stimulus
		opt        Options
	}{
		{"no signal", "0 signals for 1", nil, Options{Steps: 1}},
		{"wide raster", "3 channels", Stimulus{{Raster: r}}, Options{Steps: 1}},
		{"wide row", "takes 2 values, not 3", Stimulus{{Rows: [][]float64{{1, 2, 3}}}}, Options{Steps: 1}},
		{"both", "both", Stimulus{{Raster: r, Rows: [][]float64{{1, 2}}}}, Options{Steps: 1}},
		{"negative steps", "-1 steps", ok, Options{Steps: -1}},
		{"probe of nothing", "does not exist", ok, Options{Probes: []Probe{{2, Spikes}}}},
		{"no potential", "no potential", ok, Options{Probes: []Probe{{1, Potential}}}},
		{"unknown quantity", "no invalid", ok, Options{Probes: []Probe{{1, 9}}}},
		{"too much", "record too much", ok, Options{Steps: 1 << 40, Probes: []Probe{{1, Output}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Run(context.Background(), p, test.in, test.opt)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestRunStops(t *testing.T) {
	p := mustCompile(t, chain(node1(ir.OpInput, 1, 1), node1(ir.OpOutput, 1, 1)))
	ctx, cancel := context.WithCancel(context.Background())
	opt := Options{Steps: 1 << 30, Progress: func(n int) {
		if n == 3 {
			cancel()
		}
	}}
	if _, err := Run(ctx, p, Stimulus{{}}, opt); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the run was cancelled", err)
	}
}

// TestRunBatch checks order, independence of the samples and which error
// counts, on several numbers of workers.
func TestRunBatch(t *testing.T) {
	const samples, bad = 40, 25
	p := mustCompile(t, chain(node1(ir.OpInput, 1, 1), counter(1e9, ir.ResetZero)))
	opt := Options{Steps: 3, Probes: []Probe{{1, Potential}}}
	broken, full := errors.New("broken sample"), errors.New("sink is full")
	for _, workers := range []int{0, 1, 3, 100} {
		for _, limit := range []int{samples, 10} {
			t.Run(fmt.Sprintf("%d workers, limit %d", workers, limit), func(t *testing.T) {
				fill := func(k int, in Stimulus) error {
					if k >= bad && limit == samples {
						return fmt.Errorf("sample %d: %w", k, broken)
					}
					in[0].Rows = column(float64(k), 0, 1)
					return nil
				}
				next := 0
				err := RunBatch(context.Background(), p, samples, workers, opt, fill, func(k int, res *Result) error {
					if k == limit {
						return full
					}
					if v := res.Recordings[0].Trace[2][0]; k != next || v != float64(k+1) {
						t.Errorf("result %d arrived as number %d with v = %v", k, next, v)
					}
					next++
					return nil
				})
				want, delivered := full, limit
				if limit == samples {
					want, delivered = broken, bad
				}
				if !errors.Is(err, want) || next != delivered {
					t.Errorf("%d results, error %v, want %d, %v", next, err, delivered, want)
				}
				if want == broken && err.Error() != "sample 25: broken sample" {
					t.Errorf("%v is not the error of the first broken sample", err)
				}
			})
		}
	}
}
