package loihi1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

// trace is a golden file of the kind loihi1-trace; it states its conventions.
type trace struct {
	Steps       int                  `json:"steps"`
	Groups      map[string]group     `json:"groups"`
	Inputs      map[string]inputPort `json:"inputs"`
	Projections []projection         `json:"projections"`
	Spikes      [][3]any             `json:"spikes"` // t, group, neuron
	Neurons     map[string][]int     `json:"trace_neurons"`
	U           map[string][][]int   `json:"u"` // [group][k][t]
	V           map[string][][]int   `json:"v"`
}

type inputPort struct {
	N      int     `json:"n"`
	Spikes [][]int `json:"spikes"` // t, neuron
}

type group struct {
	N        int   `json:"n"`
	DecayU   param `json:"decay_u"`
	DecayV   param `json:"decay_v"`
	VthMant  param `json:"vth_mant"`
	Refract  param `json:"refract"`
	BiasMant param `json:"bias_mant"`
	BiasExp  param `json:"bias_exp"`
	VMin     int   `json:"vmin"`
	VMax     int   `json:"vmax"`
}

type projection struct {
	Pre   string  `json:"pre"`
	Post  string  `json:"post"`
	Sign  string  `json:"sign_mode"`
	Bits  int     `json:"num_weight_bits"`
	Exp   int     `json:"w_exp"`
	Delay int     `json:"delay"`
	Syn   [][]int `json:"syn"` // pre, post, mantissa, what it adds
}

// param is one number for a group, or one for each neuron.
type param []int

func (p *param) UnmarshalJSON(data []byte) error {
	var one int
	if json.Unmarshal(data, &one) == nil {
		*p = param{one}
		return nil
	}
	return json.Unmarshal(data, (*[]int)(p))
}

func (p param) of(i int) int {
	if len(p) == 1 {
		return p[0]
	}
	return p[i]
}

// TestGoldenTraces runs every trace from encoded bytes, as one core per group
// and again scattered over many cores with shared threads: spikes, u and v must
// be equal in every step.
func TestGoldenTraces(t *testing.T) {
	dir := testenv.Shared(t, "golden/loihi")
	var proofs struct {
		Cases []struct{ Name, Kind, Trace string }
	}
	readJSON(t, filepath.Join(dir, "proofs.json"), &proofs)
	for _, c := range proofs.Cases {
		if c.Kind != "loihi1-trace" {
			continue
		}
		var net trace
		readJSON(t, filepath.Join(dir, c.Trace), &net)
		for _, width := range []int{1024, 7, 1} {
			for _, threads := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/width=%d/threads=%d", c.Name, width, threads), func(t *testing.T) {
					checkTrace(t, &net, width, threads)
				})
			}
		}
	}
}

func readJSON(t *testing.T, path string, v any) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func checkTrace(t *testing.T, net *trace, width, threads int) {
	prog, err := loihi1.Load(build(t, net, width))
	if err != nil {
		t.Fatal(err)
	}
	opts := loihi1.Options{Steps: net.Steps, Threads: threads}
	var want [][][]int // of each probe: [k][t]
	var picks [][]int
	for _, name := range sortedKeys(net.Groups) {
		for _, v := range []emulator.Var{emulator.Current, emulator.Voltage} {
			opts.Probes = append(opts.Probes, emulator.Probe{Population: name, Var: v, Hi: -1, Step: 1})
			picks = append(picks, net.Neurons[name])
			if v == emulator.Current {
				want = append(want, net.U[name])
			} else {
				want = append(want, net.V[name])
			}
		}
	}
	res, err := loihi1.Run(context.Background(), prog, net.stimulus(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	for name, g := range net.Groups {
		ref, err := spike.New(net.Steps, g.N)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range net.Spikes {
			if s[1].(string) == name {
				ref.Set(int(s[0].(float64)), int(s[2].(float64)))
			}
		}
		if n, at, i, err := spike.Diff(ref, res.Raster(name)); n != 0 || err != nil {
			t.Errorf("%s: %d wrong spikes, first in step %d of neuron %d (%v)", name, n, at, i, err)
		}
	}
	for p, tr := range res.Traces {
		for k, neuron := range picks[p] {
			for step := range net.Steps {
				if got := int(tr.Row(step)[neuron]); got != want[p][k][step] {
					t.Fatalf("%s: neuron %d, step %d: %d, want %d", tr.Probe, neuron, step, got, want[p][k][step])
				}
			}
		}
	}
}

func (net *trace) stimulus(t testing.TB) emulator.Stimulus {
	var stim emulator.Stimulus
	for _, name := range sortedKeys(net.Inputs) {
		in := net.Inputs[name]
		stim = append(stim, emulator.Named{Name: name, Raster: raster(t, net.Steps, in.N, in.Spikes)})
	}
	return stim
}

// raster makes a raster of spikes (step, channel).
func raster(t testing.TB, steps, n int, spikes [][]int) *spike.Raster {
	r, err := spike.New(steps, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spikes {
		r.Set(s[0], s[1])
	}
	return r
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
