package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// loihi1Trace compiles a network of registers to a chip image, emulates the
// image's bytes and compares every spike and the recorded u and v of every
// step; then the same with the reference interpreter.
func loihi1Trace(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c struct {
		Trace string `json:"trace"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	data, err := readFile(filepath.Join(dir, c.Trace))
	if err != nil {
		return t, err
	}
	var tr loihiTrace
	if err := json.Unmarshal(data, &tr); err != nil {
		return t, fmt.Errorf("%s: %w", c.Trace, err)
	}
	if tr.Steps < 1 || tr.Steps > 1<<24 {
		return t, fmt.Errorf("%s: %d steps", c.Trace, tr.Steps)
	}
	net, err := tr.network()
	if err != nil {
		return t, err
	}
	want, err := tr.rasters()
	if err != nil {
		return t, err
	}
	stim, err := tr.stimulus()
	if err != nil {
		return t, err
	}
	s := &passes.State{Net: net, Target: loihi1.Target{}, Opt: passes.Options{Target: tr.chips()}}
	if err := passes.Run(ctx, s, passes.ToImage, passes.Hooks{}); err != nil {
		return t, err
	}
	if !s.Report.Fit.Fits {
		return t, fmt.Errorf("does not fit: %s", s.Report.Fit.Violations[0].Text)
	}
	if err := tr.emulate(ctx, &t, s, stim, want); err != nil {
		return t, fmt.Errorf("emulator: %w", err)
	}
	if err := tr.evaluate(ctx, &t, s.Net, stim, want); err != nil {
		return t, fmt.Errorf("eval: %w", err)
	}
	return t, nil
}

// chips returns enough chips for a trace of any size.
func (tr *loihiTrace) chips() (o backend.Options) {
	o.Chips = loihi1.Target{}.MaxChips()
	return o
}

// rasters returns the expected spikes by group.
func (tr *loihiTrace) rasters() (map[string]*spike.Raster, error) {
	out := map[string]*spike.Raster{}
	for name, g := range tr.Groups {
		r, err := spike.New(tr.Steps, g.N)
		if err != nil {
			return nil, err
		}
		out[name] = r
	}
	for _, s := range tr.Spikes {
		r, ok := out[s.Group]
		if !ok || s.T < 0 || s.T >= tr.Steps || s.I < 0 || s.I >= r.N {
			return nil, fmt.Errorf("expected spike %v is outside the network", s)
		}
		r.Set(s.T, s.I)
	}
	return out, nil
}

func (tr *loihiTrace) stimulus() (map[string]*spike.Raster, error) {
	out := map[string]*spike.Raster{}
	for name, in := range tr.Inputs {
		r, err := spike.New(tr.Steps, in.N)
		if err != nil {
			return nil, err
		}
		for _, s := range in.Spikes {
			if s[1] < 0 || s[1] >= in.N || s[0] < 0 {
				return nil, fmt.Errorf("input spike %v of %s is outside the network", s, name)
			}
			if s[0] >= tr.Steps {
				continue // after the end
			}
			if r.Get(s[0], s[1]) {
				return nil, fmt.Errorf("input %s spikes twice at %v", name, s)
			}
			r.Set(s[0], s[1])
		}
		out["in "+name] = r
	}
	return out, nil
}

// emulate runs the encoded image.
func (tr *loihiTrace) emulate(ctx context.Context, t *tally, s *passes.State, stim, want map[string]*spike.Raster) error {
	bytes, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		return err
	}
	prog, err := engine.Load(bytes)
	if err != nil {
		return err
	}
	opt := engine.Options{Steps: tr.Steps}
	groups := slices.Sorted(maps.Keys(tr.Recorded))
	for _, g := range groups {
		for _, v := range []emulator.Var{emulator.Current, emulator.Voltage} {
			opt.Probes = append(opt.Probes, emulator.Probe{Population: g, Var: v, Hi: -1, Step: 1})
		}
	}
	var in emulator.Stimulus
	for _, name := range slices.Sorted(maps.Keys(stim)) {
		in = append(in, emulator.Named{Name: name, Raster: stim[name]})
	}
	res, err := engine.Run(ctx, prog, in, opt)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if err := compareRaster(t, name, want[name], res.Raster(name)); err != nil {
			return err
		}
	}
	for i, g := range groups {
		u, v := &res.Traces[2*i], &res.Traces[2*i+1]
		tr.compare(t, g, "u", tr.U[g], func(step, n int) int64 { return int64(u.Row(step)[n]) })
		tr.compare(t, g, "v", tr.V[g], func(step, n int) int64 { return int64(v.Row(step)[n]) })
	}
	return nil
}

// evaluate runs the same network in the reference interpreter.
func (tr *loihiTrace) evaluate(ctx context.Context, t *tally, net *ir.Network, stim, want map[string]*spike.Raster) error {
	prog, err := eval.Compile(net)
	if err != nil {
		return err
	}
	in := make(eval.Stimulus, len(prog.Inputs()))
	for i, id := range prog.Inputs() {
		in[i].Raster = stim[net.Node(id).Name]
	}
	opt := eval.Options{Steps: tr.Steps}
	groups := slices.Sorted(maps.Keys(want))
	for _, g := range groups {
		id := net.Lookup(g)
		opt.Probes = append(opt.Probes, eval.Probe{Node: id, What: eval.Spikes}, eval.Probe{Node: id, What: eval.Current}, eval.Probe{Node: id, What: eval.Potential})
	}
	res, err := eval.Run(ctx, prog, in, opt)
	if err != nil {
		return err
	}
	for i, g := range groups {
		rec := res.Recordings[3*i : 3*i+3]
		if err := compareRaster(t, g, want[g], rec[0].Raster); err != nil {
			return err
		}
		tr.compare(t, g, "u", tr.U[g], func(step, n int) int64 { return int64(rec[1].Trace[step][n]) })
		tr.compare(t, g, "v", tr.V[g], func(step, n int) int64 { return int64(rec[2].Trace[step][n]) })
	}
	return nil
}

// compare compares a recorded variable, [neuron][step], with what at returns.
func (tr *loihiTrace) compare(t *tally, group, what string, want [][]int32, at func(step, n int) int64) {
	for k, n := range tr.Recorded[group] {
		if k >= len(want) || n < 0 || n >= tr.Groups[group].N {
			t.check(false, "%s: the trace of %s lacks neuron %d", group, what, n)
			continue
		}
		for step, w := range want[k] {
			if step >= tr.Steps {
				break
			}
			got := at(step, n)
			t.check(got == int64(w), "%s: %s of neuron %d in step %d is %d, want %d", group, what, n, step, got, w)
		}
	}
}

// compareRaster counts the bits in which two rasters differ.
func compareRaster(t *tally, name string, want, got *spike.Raster) error {
	if got == nil {
		return fmt.Errorf("population %s was not recorded", name)
	}
	n, step, i, err := spike.Diff(want, got)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	t.add(want.Steps*want.N, n, func() string {
		return fmt.Sprintf("%s: neuron %d in step %d (expected spike: %v)", name, i, step, want.Get(step, i))
	})
	return nil
}
