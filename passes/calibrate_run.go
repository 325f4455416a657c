package passes

import (
	"context"
	"fmt"
	"slices"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
)

// signal is what a node sent in one sample: spikes if it only sent zeros and
// ones, counts if it sent small whole numbers, as a pool does, else numbers,
// steps x neurons.
type signal struct {
	spikes *spike.Raster
	counts [][]uint8
	rows   [][]float64
}

// newSignal keeps a trace in the smallest form.
func newSignal(rows [][]float64) (signal, error) {
	r, err := spike.New(len(rows), len(rows[0]))
	if err != nil {
		return signal{}, err
	}
	for t, row := range rows {
		for i, x := range row {
			switch x {
			case 0:
			case 1:
				r.Set(t, i)
			default:
				return newCounts(rows), nil
			}
		}
	}
	return signal{spikes: r}, nil
}

// newCounts keeps whole numbers up to 255 in a byte each.
func newCounts(rows [][]float64) signal {
	counts := make([][]uint8, len(rows))
	for t, row := range rows {
		counts[t] = make([]uint8, len(row))
		for i, x := range row {
			if counts[t][i] = uint8(max(0, min(255, x))); float64(counts[t][i]) != x {
				return signal{rows: rows}
			}
		}
	}
	return signal{counts: counts}
}

// numbers returns how much room the signal takes, in numbers.
func (s *signal) numbers() int {
	switch {
	case s.rows != nil:
		return len(s.rows) * len(s.rows[0])
	case s.counts != nil:
		return (len(s.counts)*len(s.counts[0]) + 7) / 8
	}
	return 0
}

// each calls f for what is not zero in step t.
func (s *signal) each(t int, f func(i int, x float64)) {
	if s.spikes != nil {
		s.spikes.Each(t, func(i int) { f(i, 1) })
		return
	}
	if s.counts != nil {
		for i, x := range s.counts[t] {
			if x != 0 {
				f(i, float64(x))
			}
		}
		return
	}
	for i, x := range s.rows[t] {
		if x != 0 {
			f(i, x)
		}
	}
}

// record runs a network over the samples and hands over what nodes sent and
// how often each output neuron spiked, in the order of the samples.
func (c *calibrator) record(ctx context.Context, n *ir.Network, nodes []ir.NodeID, sink func(k int, s []signal, counts []int) error) error {
	prog, err := eval.Compile(n)
	if err != nil {
		return err
	}
	opt := eval.Options{Steps: c.cal.Steps}
	for _, id := range nodes {
		opt.Probes = append(opt.Probes, eval.Probe{Node: id, What: eval.Output})
	}
	for _, id := range c.outputs {
		opt.Probes = append(opt.Probes, eval.Probe{Node: id, What: eval.Spikes})
	}
	fill, err := c.cal.filler(n, prog)
	if err != nil {
		return err
	}
	return eval.RunBatch(ctx, prog, c.cal.Samples, c.cal.Threads, opt, fill, func(k int, res *eval.Result) error {
		signals := make([]signal, len(nodes))
		for i := range nodes {
			if signals[i], err = newSignal(res.Recordings[i].Trace); err != nil {
				return err
			}
		}
		var counts []int
		for _, rec := range res.Recordings[len(nodes):] {
			counts = append(counts, rec.Raster.Counts()...)
		}
		return sink(k, signals, counts)
	})
}

// filler returns Fill for the order of a program's inputs.
func (c *Calibration) filler(n *ir.Network, prog *eval.Program) (func(k int, in eval.Stimulus) error, error) {
	ids := prog.Inputs()
	if len(c.Inputs) == 0 && len(ids) <= 1 {
		return c.Fill, nil
	}
	at := make([]int, len(ids))
	for i, id := range ids {
		if at[i] = slices.Index(c.Inputs, n.Node(id).Name); at[i] < 0 {
			return nil, fmt.Errorf("the samples have no signal for input port %q, only for %q", n.Node(id).Name, c.Inputs)
		}
	}
	return func(k int, in eval.Stimulus) error {
		own := make(eval.Stimulus, len(c.Inputs))
		for i := range in {
			own[at[i]] = in[i]
		}
		if err := c.Fill(k, own); err != nil {
			return err
		}
		for i := range in {
			in[i] = own[at[i]]
		}
		return nil
	}, nil
}

// score says how well a network stands for the float one.
type score struct {
	agree    int     // samples with the same answer
	distance float64 // mean squared difference of the outputs' spike counts
}

// score runs a network over the samples.
func (c *calibrator) score(ctx context.Context, n *ir.Network) (score, error) {
	var s score
	err := c.record(ctx, n, nil, func(k int, _ []signal, counts []int) error {
		for i, x := range counts {
			d := float64(x - c.want[k][i])
			s.distance += d * d
		}
		if answer(counts) == answer(c.want[k]) {
			s.agree++
		}
		return nil
	})
	s.distance /= float64(c.cal.Samples)
	return s, err
}

// answer returns the neuron with most spikes, the first of several.
func answer(counts []int) int {
	best := 0
	for i, x := range counts {
		if x > counts[best] {
			best = i
		}
	}
	return best
}
