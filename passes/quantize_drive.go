package passes

import (
	"context"
	"slices"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/quantize"
)

// drive is the largest input of a step that samples showed, in units of the
// weights.
type drive struct{ exc, inh float64 }

// checkRing reports options about inputs of few bits that cannot be followed,
// and options that say nothing to a target which has such inputs.
func checkRing(s *State) bool {
	o := &s.Opt
	if s.caps().Fixed != nil && (o.DecayProfiles > 0 || len(o.DecayBits) > 0) {
		s.Diags.Errorf("E0434", "", "leave --decay-profiles and --decay-bits out", "%s has decays of full width for every neuron", s.Target.Name())
	}
	switch {
	case o.Ring == quantize.RingUnset && o.RingMax == 0:
	case s.caps().Fixed == nil:
		s.Diags.Errorf("E0434", "", "leave --ring and --ring-max out", "%s has no inputs of few bits that could saturate", s.Target.Name())
	case o.Ring == quantize.RingMeasured && o.Calibration == nil:
		s.Diags.Errorf("E0434", "", "add --calibrate FILE", "there are no samples to measure inputs on")
	case !(o.RingMax >= 0):
		s.Diags.Errorf("E0434", "", "--ring-max takes a number above 0", "inputs cannot saturate at %g thresholds", o.RingMax)
	}
	return !s.Diags.HasErrors()
}

// measuredDrives runs the network, quantized so that no input can saturate,
// over the calibration, and returns the largest inputs by population.
func measuredDrives(ctx context.Context, s *State) (map[ir.NodeID]*drive, error) {
	if s.caps().Fixed == nil || s.Opt.Calibration == nil || s.Opt.Ring != quantize.RingUnset && s.Opt.Ring != quantize.RingMeasured {
		return nil, nil
	}
	try := &State{Net: s.Net.Clone(), Map: cloneMap(s.Map), Target: s.Target, Opt: s.Opt}
	try.Opt.Calibration, try.Opt.Ring, try.Opt.RingMax, try.Opt.MaxUnderflow = nil, quantize.RingWorst, 0, 1
	if err := quantizePass(ctx, try); err != nil {
		return nil, err
	}
	if err := try.Diags.Err(); err != nil {
		return nil, err
	}
	peaks, err := peakInputs(ctx, try.Net, s.Opt.Calibration)
	if err != nil {
		return nil, err
	}
	drives := map[ir.NodeID]*drive{}
	for id, p := range peaks {
		name := try.Net.Node(id).Name
		i := slices.IndexFunc(try.Report.Projections, func(r ProjectionReport) bool { return r.Dst == name })
		if i < 0 {
			continue // nothing leads to it
		}
		r := try.Report.Projections[i].Ring
		drives[s.Net.Lookup(name)] = &drive{p.exc * r.UnitExc, p.inh * r.UnitInh}
	}
	return drives, nil
}

func cloneMap(m *ir.Mapping) *ir.Mapping {
	return &ir.Mapping{Latency: slices.Clone(m.Latency), Scale: slices.Clone(m.Scale), Offset: slices.Clone(m.Offset)}
}

// peakInputs returns the largest inputs of the fixed-point populations of a
// network over the samples.
func peakInputs(ctx context.Context, n *ir.Network, cal *Calibration) (map[ir.NodeID]drive, error) {
	if err := cal.check(); err != nil {
		return nil, err
	}
	prog, err := eval.Compile(n)
	if err != nil {
		return nil, err
	}
	opt := eval.Options{Steps: cal.Steps}
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpFixLIF {
			opt.Probes = append(opt.Probes, eval.Probe{Node: ir.NodeID(i), What: eval.Drive})
		}
	}
	fill, err := cal.filler(n, prog)
	if err != nil {
		return nil, err
	}
	peaks := map[ir.NodeID]drive{}
	err = eval.RunBatch(ctx, prog, cal.Samples, cal.Threads, opt, fill, func(_ int, res *eval.Result) error {
		for _, r := range res.Recordings {
			p := peaks[r.Node]
			for _, row := range r.Trace {
				half := len(row) / 2
				p.exc, p.inh = max(p.exc, slices.Max(row[:half])), max(p.inh, slices.Max(row[half:]))
			}
			peaks[r.Node] = p
		}
		return nil
	})
	return peaks, err
}
