package image

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
)

// Widths of the RTL's core memory in bits.
const (
	signedBits    = 9 // potentials, weights, leak, thresholds
	offsetBits    = 9 // dx and dy
	resetModeBits = 1
)

// layout is the order of the fields of a word, first the most significant.
type layout struct {
	axons, weights       int
	axonBits, delayBits  int
	bits                 int // of the whole word
	maxNeurons, maxDelay int
}

func newLayout(c *Config) layout {
	l := layout{
		axons: int(c.NumAxons), weights: int(c.NumWeights),
		axonBits: indexBits(c.NumAxons), delayBits: indexBits(c.MaxTickOffset),
		maxNeurons: int(c.NumNeurons), maxDelay: max(0, int(c.MaxTickOffset)-2),
	}
	l.bits = l.axons + (5+l.weights)*signedBits + resetModeBits + 2*offsetBits + l.axonBits + l.delayBits
	return l
}

// indexBits is how many bits an index below n needs.
func indexBits(n int32) int { return bits.Len32(uint32(max(n, 1) - 1)) }

// WordBits returns the length of a word of core memory: 368 with 256 axons, 4
// types and 16 delays.
func (c *Config) WordBits() int { return newLayout(c).bits }

// undefined is a neuron of a core that its image does not list.
var undefined = Neuron{PositiveThreshold: 1}

// AppendCSRAM appends the core memory of img.Input.Cores[k] to dst: num_neurons
// lines of WordBits binary digits, as $readmemb of Verilog reads them. Values
// that the RTL's registers do not hold are an error, and so is reset type 1,
// which the RTL does not have, and the delay of max_tick_offset-1, which drops
// the spike.
func AppendCSRAM(dst []byte, img *Image, k int) ([]byte, error) {
	if err := Validate(img); err != nil {
		return nil, err
	}
	if img.Config.NeuronResetType != 0 {
		return nil, errors.New("config.json: neuron_reset_type: the RTL has type 0 only")
	}
	if k < 0 || k >= len(img.Input.Cores) {
		return nil, fmt.Errorf("input.json: there is no cores[%d]", k)
	}
	core, l := &img.Input.Cores[k], newLayout(&img.Config)
	for n := range l.maxNeurons {
		w := wordWriter{dst: dst}
		if n < len(core.Neurons) {
			for a := l.axons - 1; a >= 0; a-- {
				w.dst = append(w.dst, bit(core.Connected(n, a)))
			}
			w.neuron(&core.Neurons[n], &l)
		} else {
			w.dst = append(w.dst, bytes.Repeat([]byte{'0'}, l.axons)...)
			w.neuron(&undefined, &l)
		}
		if w.err != nil {
			return nil, fmt.Errorf("input.json: cores[%d].neurons[%d].%w", k, n, w.err)
		}
		dst = append(w.dst, '\n')
	}
	return dst, nil
}

// wordWriter appends the digits of fields.
type wordWriter struct {
	dst []byte
	err error // the first
}

func (w *wordWriter) neuron(n *Neuron, l *layout) {
	w.signed("current_potential", n.Potential, signedBits)
	w.signed("reset_potential", n.ResetPotential, signedBits)
	for t := range l.weights {
		w.signed("weights", n.Weight(t), signedBits)
	}
	w.signed("leak", n.Leak, signedBits)
	w.signed("positive_threshold", n.PositiveThreshold, signedBits)
	w.signed("negative_threshold", n.NegativeThreshold, signedBits)
	w.put("reset_mode", n.ResetMode, 0, 1, resetModeBits)
	w.signed("destination_core_offset", n.DX, offsetBits)
	w.signed("destination_core_offset", n.DY, offsetBits)
	w.put("destination_axon", n.Axon, 0, 1<<l.axonBits-1, l.axonBits)
	w.put("destination_tick", n.Delay, 0, int32(l.maxDelay), l.delayBits)
}

func (w *wordWriter) signed(name string, x int32, width int) {
	w.put(name, x, -(1 << (width - 1)), 1<<(width-1)-1, width)
}

func (w *wordWriter) put(name string, x, lo, hi int32, width int) {
	if (x < lo || x > hi) && w.err == nil {
		w.err = fmt.Errorf("%s: %s, the range of the core memory", name, outside(x, lo, hi))
	}
	for i := width - 1; i >= 0; i-- {
		w.dst = append(w.dst, bit(x>>i&1 == 1))
	}
}

// AppendTypes appends the axon types of img.Input.Cores[k] to dst, one in
// binary a line: what the RTL's token controller reads.
func AppendTypes(dst []byte, img *Image, k int) ([]byte, error) {
	if err := Validate(img); err != nil {
		return nil, err
	}
	if k < 0 || k >= len(img.Input.Cores) {
		return nil, fmt.Errorf("input.json: there is no cores[%d]", k)
	}
	w := wordWriter{dst: dst}
	width := indexBits(img.Config.NumWeights)
	for a := range int(img.Config.NumAxons) {
		w.put("axons", int32(img.Input.Cores[k].Type(a)), 0, img.Config.NumWeights-1, width)
		w.dst = append(w.dst, '\n')
	}
	return w.dst, nil
}
