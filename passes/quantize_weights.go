package passes

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// QuantizeWeights runs the passes up to ToReference, then replaces the weights
// of every projection onto a population by numbers that weights of
// Options.Bits (and BitsBy; 1 to quantize.MaxBits, defaultBits if not chosen) can stand
// for: whole multiples of a step that the neuron's threshold can take in. All
// else stays in float, so the loss is that of the weights alone, on whatever
// target (specs/quantization.md section 3a). ir/eval executes s.Net.
//
// With Options.Calibration, dense weights come from its samples, with as many
// steps as it allows thresholds (0 = one a neuron); all others, and all
// without a calibration, are rounded to the nearest level of the step with the
// least squared error, one step for each target neuron of a dense map, for each
// output channel of a convolution, and one for all of another map; or by
// Options.Scheme.
func QuantizeWeights(ctx context.Context, s *State) error {
	if err := Lower(ctx, s); err != nil {
		return err
	}
	if s.Opt.Bits == 0 {
		s.Opt.Bits = defaultBits
	}
	ps, err := s.Net.Projections()
	if err != nil {
		return err
	}
	widths := make([]int, quantize.MaxBits)
	for i := range widths {
		widths[i] = i + 1
	}
	if !checkBitsAmong(s, ps, widths, "the reference", true) {
		return s.Diags.Err()
	}
	bits := func(p *ir.Projection) quantize.Bits { return s.bits(p, widths) }
	now, found := s.Net, map[ir.NodeID]*calibrated{}
	if err := s.checkScheme(); err != nil {
		return err
	}
	if byGroup := s.Opt.Scheme != nil && s.Opt.Scheme.Per == quantize.PerGroup; s.Opt.Calibration != nil && !byGroup {
		c, err := calibrate(ctx, s.Net, s.Opt.Calibration, s.Opt.Scheme, widths, bits)
		if err != nil {
			return fmt.Errorf("calibration: %w", err)
		}
		now, found = c.now, c.found
	}
	for i := range ps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := roundProjection(s, now, &ps[i], found[ps[i].Dst]); err != nil {
			return err
		}
	}
	s.Net = now
	return s.Diags.Err()
}

// defaultBits is the width of weights if nobody says.
const defaultBits = 8

// roundProjection reports a projection that the calibration has quantized, or
// rounds it.
func roundProjection(s *State, now *ir.Network, p *ir.Projection, found *calibrated) error {
	dst := s.Net.Node(p.Dst)
	if !dst.Op.IsNeuron() || s.Net.Node(p.Src).Op == ir.OpBias {
		return nil
	}
	bits := s.bits(p, []int{quantize.MaxBits})
	if found == nil && bits.IsMean() {
		s.Diags.Errorf("E0433", dst.Name, "give this projection a whole number of bits with --bits-by", "the weights of %s are not those of a dense map that is calibrated, so %v bits cannot be a mean over its inputs", now.Node(p.Maps[weightAt(now, p)]).Name, bits)
		return nil
	}
	conn, err := ir.NewConnector(s.Net, p)
	if err != nil {
		return err
	}
	r := ProjectionReport{Src: s.Net.Node(p.Src).Name, Dst: dst.Name, Bits: bits}
	for j := range dst.Out.Size() {
		conn.In(j, func(int, int32) { r.Synapses++ })
	}
	node := now.Node(p.Maps[weightAt(now, p)])
	r.Name = node.Name
	key := ir.WeightKey(node.Op)
	w := node.P(key)
	switch {
	case found != nil:
		for i := range found.parts {
			if part := &found.parts[i]; part.dense == node.ID {
				_, r.Stats = found.levels(part, s.Net.Node(part.dense).P(key))
				found.reportInputs(part, &r)
			}
		}
	case w.Stored() > 0:
		rounded, st, err := roundTensor(node, w, int(bits), s.Opt.Scheme)
		if err != nil {
			return err
		}
		node.Set(key, rounded)
		r.Stats = st
	}
	s.Report.Projections = append(s.Report.Projections, r)
	return nil
}

// roundTensor rounds stored weights by a scheme, as far as it goes without
// samples; nil and all else means to the nearest level of the step of each
// neuron, or output channel, with the least squared error.
func roundTensor(node *ir.Node, w ir.Tensor, bits int, scheme *quantize.Scheme) (ir.Tensor, quantize.Stats, error) {
	x := quantize.Scheme{Scale: quantize.ByMSE}
	if scheme != nil && !scheme.NeedsSamples() {
		x = *scheme
	}
	rows := 1
	switch {
	case w.IsUniform():
	case node.Op == ir.OpDense:
		rows = node.Out.Size()
	case node.Op == ir.OpConv1d || node.Op == ir.OpConv2d:
		rows = w.Shape[0]
	}
	if rows == 1 && x.Per == quantize.PerChannel {
		x.Per = quantize.PerTensor // the weights of a neuron do not lie together
	}
	old := make([]float64, w.Stored())
	for i := range old {
		old[i] = w.At(i)
	}
	got, st, err := quantize.RoundRows(old, rows, bits, &x)
	if err != nil {
		return w, st, fmt.Errorf("%s: %w", node.Name, err)
	}
	return ir.Floats(w.Shape, got), st, nil
}
