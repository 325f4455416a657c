package eval

import (
	"slices"

	"github.com/synfire/synfire/ir"
)

// delay hands over its input, each element a number of steps later.
type delay struct {
	steps []int64
	ring  [][]float64 // row t%len(ring) is the input of step t
	t     int
}

func (b *builder) delay(n *ir.Node) (func() cell, error) {
	steps, err := b.steps(n, ir.PDelaySteps, ir.PDelay)
	if err != nil {
		return nil, err
	}
	depth := int(slices.Max(steps)) + 1
	if err := b.take(depth, len(steps)); err != nil {
		return nil, err
	}
	return func() cell { return &delay{steps: steps, ring: newRows(depth, len(steps))} }, nil
}

func (c *delay) reset() {
	c.t = 0
	for _, row := range c.ring {
		clear(row)
	}
}

func (c *delay) step(x, y []float64) error {
	depth := len(c.ring)
	now := c.t % depth
	copy(c.ring[now], x)
	for j, d := range c.steps {
		at := now - int(d)
		if at < 0 {
			at += depth
		}
		y[j] = c.ring[at][j]
	}
	c.t++
	return nil
}
