package passes

import (
	"context"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// every is how often traces are taken: in every fourth step.
const every = 4

// traces returns the filtered inputs of a sample, one row for each step that
// counts, or for each position of a convolution that is looked at then. s holds the signal of each part.
func (p *calibrated) traces(s []*signal, steps int) [][]float64 {
	inputs := p.n
	if p.window != nil {
		inputs = p.window.inputs
	}
	v, cur := make([]float64, inputs), make([]float64, inputs)
	var out [][]float64
	for t := range steps {
		for i := range cur {
			cur[i] *= p.as
		}
		for i := range p.parts {
			part := &p.parts[i]
			if t >= part.lag {
				s[i].each(t-part.lag, func(k int, x float64) { cur[part.first+k] += x })
			}
		}
		for i := range v {
			v[i] = p.am*v[i] + cur[i]
		}
		if t%every == every-1 || t == steps-1 && steps < every {
			if p.window != nil {
				out = p.window.look(out, v, t)
			} else {
				out = append(out, append([]float64(nil), v...))
			}
		}
	}
	return out
}

// moments gathers the moments of a population's traces. With targets, traces
// are those of the network as it is now, and the targets are the potentials of
// the float network.
func (c *calibrator) moments(ctx context.Context, p *calibrated, w []float64, targets bool) (*quantize.Moments, error) {
	rows := 0
	if targets {
		rows = p.rows
	}
	m, err := quantize.NewMoments(p.n, rows)
	if err != nil {
		return nil, err
	}
	sent := make([]*signal, len(p.parts))
	float := func(k int) [][]float64 {
		for i := range p.parts {
			sent[i] = &c.sent[p.parts[i].pre][k]
		}
		return p.traces(sent, c.cal.Steps)
	}
	if !targets {
		for k := range c.cal.Samples {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for _, x := range float(k) {
				if err := m.Add(x, nil); err != nil {
					return nil, err
				}
			}
		}
		m.Finish()
		return m, nil
	}
	nodes := make([]ir.NodeID, len(p.parts))
	for i := range p.parts {
		nodes[i] = p.parts[i].pre
	}
	err = c.record(ctx, c.now, nodes, func(k int, s []signal, _ []int) error {
		ys := float(k)
		for i := range s {
			sent[i] = &s[i]
		}
		for t, x := range p.traces(sent, c.cal.Steps) {
			y := make([]float64, p.rows)
			for j := range y {
				for i, a := range ys[t] {
					y[j] += w[j*p.n+i] * a
				}
			}
			if err := m.Add(x, y); err != nil {
				return err
			}
		}
		return nil
	})
	m.Finish()
	return m, err
}
