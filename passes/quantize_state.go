package passes

import (
	"math"
	"slices"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// population replaces the node by the integer neuron.
func (q *populationQuantizer) population(scale *quantize.Scale) error {
	n, caps := q.node, q.caps
	q.keepPopulation(func(j int) float64 { return q.scaleOf(j, scale) })
	out := ir.Node{
		ID: n.ID, Name: n.Name, Op: ir.OpIntLIF, In: n.In, Out: n.Out, Meta: n.Meta, Origin: n.Origin,
	}
	il := caps.Int
	out.IntLIF = &il
	decay := func(p ir.Param, a, shared ir.Tensor, lo, hi int32) ir.Tensor {
		v := make([]int32, shared.Stored())
		e := parameterErrors{name: p.String()}
		for i := range v {
			v[i] = coarse(quantize.Decay(q.chip, shared.At(i), lo, hi), q.chip.DecayBits-q.decayBits(), lo, hi)
			e.add(v[i], math.Ldexp(float64(v[i]), -int(q.chip.DecayBits)), 1-a.At(i), 1-a.At(i))
		}
		q.parameter(&e)
		return ir.Ints(n.Out, v).Compact()
	}
	am, as, err := q.sharedDecays()
	if err != nil {
		return err
	}
	out.Set(ir.PDecayU, ir.UniformInt(n.Out, caps.MaxDecayU))
	if q.current {
		out.Set(ir.PDecayU, decay(ir.PDecayU, q.coeff.AS, as, caps.MinDecayU, caps.MaxDecayU))
	}
	out.Set(ir.PDecayV, decay(ir.PDecayV, q.coeff.AM, am, caps.MinDecayV, caps.MaxDecayV))
	if caps.Compare == ir.GreaterEqual {
		out.Neuron.Compare = ir.GreaterEqual
	}
	if n.Neuron.Reset == ir.ResetSubtract {
		out.Neuron.Reset = ir.ResetSubtract
	}
	out.Set(ir.PVThreshold, q.thresholds(scale))
	if q.bias != nil {
		b := make([]int32, len(q.bias))
		e := parameterErrors{name: ir.PBias.String()}
		for j := range b {
			s := q.scaleOf(j, scale)
			b[j] = quantize.Bias(q.chip, q.bias[j], s)
			e.add(b[j], float64(b[j])/s, q.bias[j], q.threshold)
		}
		q.parameter(&e)
		out.Set(ir.PBias, ir.Ints(n.Out, b).Compact())
	}
	if v0 := startPotential(n); !allZero(v0) {
		v := make([]int32, n.Out.Size())
		e := parameterErrors{name: ir.PV0.String()}
		for j := range v {
			x := math.RoundToEven(v0.At(j) * q.norm.At(j) * q.scaleOf(j, scale))
			v[j] = int32(max(float64(il.VMin), min(float64(il.VMax), x)))
			e.add(v[j], float64(v[j])/q.scaleOf(j, scale), v0.At(j)*q.norm.At(j), q.threshold)
		}
		q.parameter(&e)
		out.Set(ir.PV0, ir.Ints(n.Out, v).Compact())
	}
	if n.Has(ir.PRefSteps) {
		out.Set(ir.PRefSteps, n.P(ir.PRefSteps))
	}
	if q.native >= 0 {
		q.dropNative()
	}
	if scale.MayWrap {
		q.s.Diags.Notef("N0431", place(n), "", "%s: if most inputs spike in one step their sum may exceed the chip's accumulator; a run counts how often that happens", n.Name)
	}
	q.s.Report.Populations = append(q.s.Report.Populations, PopulationReport{
		Name: n.Name, Op: n.Op.String(), Neurons: n.Out.Size(), Latency: q.s.Map.Latency[n.ID], Scale: scale.S, MayWrap: scale.MayWrap,
	})
	if q.norm.IsUniform() && q.own == nil { // else each neuron has a scale of its own
		m := q.s.Map
		m.Scale[n.ID] = scale.S * q.norm.At(0)
		m.Offset[n.ID] = resetPotential(n).At(0)
	}
	*n = out
	return nil
}

// decayBits returns the width of the population's decays.
func (q *populationQuantizer) decayBits() int8 {
	bits, ok := q.s.Opt.DecayBits[q.node.Name]
	if !ok {
		bits, ok = q.s.Opt.DecayBits[""]
	}
	if !ok || bits > int(q.chip.DecayBits) {
		return q.chip.DecayBits
	}
	return int8(bits)
}

// coarse rounds a decay to multiples of 2^drop, half to even, within lo..hi.
func coarse(decay int32, drop int8, lo, hi int32) int32 {
	step := math.Exp2(float64(drop))
	return max(lo, min(hi, int32(math.RoundToEven(float64(decay)/step)*step)))
}

// scaleOf returns the scale of neuron j.
func (q *populationQuantizer) scaleOf(j int, scale *quantize.Scale) float64 {
	if q.own != nil {
		return q.own[j]
	}
	return scale.S
}

// thresholds returns the integer thresholds.
func (q *populationQuantizer) thresholds(scale *quantize.Scale) ir.Tensor {
	th := make([]int32, q.node.Out.Size())
	e := parameterErrors{name: ir.PVThreshold.String()}
	for j := range th {
		s := q.scaleOf(j, scale)
		th[j] = quantize.Threshold(q.chip, q.threshold, s)
		e.add(th[j], float64(th[j])/s, q.threshold, q.threshold)
		if q.caps.Compare == ir.GreaterEqual && q.node.Neuron.Compare == ir.Greater {
			th[j]++ // above it is at the next whole number
		}
	}
	q.parameter(&e)
	return ir.Ints(q.node.Out, th).Compact()
}

// dropNative cuts the constant projection that became a bias.
func (q *populationQuantizer) dropNative() {
	n := q.s.Net
	id := q.in[q.native].Maps[0]
	n.Edges = slices.DeleteFunc(slices.Clone(n.Edges), func(e ir.Edge) bool { return e.Src == id || e.Dst == id })
}

// report records what became of projection i, and complains about weights that
// were lost.
func (q *populationQuantizer) report(i int, node *ir.Node, f *ir.QFormat, st quantize.Stats) {
	s := q.s
	var synapses int64
	c := q.conns[i]
	for j := range q.node.Out.Size() {
		c.In(j, func(int, int32) { synapses++ })
	}
	s.Report.Projections = append(s.Report.Projections, ProjectionReport{
		Name: node.Name, Src: s.Net.Node(q.in[i].Src).Name, Dst: q.node.Name,
		Bits: quantize.Bits(f.Bits), Exp: int(f.Exp), Synapses: synapses, Stats: st,
	})
	limit := first(s.Opt.MaxUnderflow, DefaultMaxUnderflow)
	// Inputs of few bits have a measure of their own, see checkVanished.
	if q.caps.Fixed == nil && st.Weights > 0 && float64(st.Zeroed) > limit*float64(st.Weights) {
		s.Diags.Errorf("E0432", place(node), "take more --bits, choose the weights on samples with --calibrate, or raise --max-underflow",
			"%.1f %% of the weights of %s quantize to zero", 100*float64(st.Zeroed)/float64(st.Weights), node.Name)
	}
	if st.Clipped > 0 && q.found == nil { // a calibration clips where it pays
		hint := ""
		if s.Opt.RingMax > 0 {
			hint = "a larger --ring-max holds them"
		}
		s.Diags.Warnf("W0432", place(node), hint, "%d weights of %s are clipped", st.Clipped, node.Name)
	}
}
