package image

import (
	"bytes"
	"errors"
	"fmt"
)

// ReadCSRAM reads the core memory of a core at x, y, the form that AppendCSRAM
// writes: num_neurons words of WordBits binary digits between white space and
// comments. The axons are of type 0 until ReadTypes sets them. What it returns
// is not yet checked against the rest of the chip; see Validate.
func ReadCSRAM(data []byte, c *Config, x, y int32) (*Core, error) {
	p := problems{file: "config.json"}
	if c.validate(&p); p.list != nil {
		return nil, p.err()
	}
	l := newLayout(c)
	core := &Core{X: x, Y: y}
	err := eachWord(data, l.bits, func(n int, digits []byte) error {
		if n >= l.maxNeurons {
			return fmt.Errorf("num_neurons is %d", l.maxNeurons)
		}
		var row []uint64
		for a := range l.axons {
			if digits[l.axons-1-a] == '1' {
				row = setBit(row, a)
			}
		}
		r := wordReader(digits[l.axons:])
		core.Connections = append(core.Connections, row)
		core.Neurons = append(core.Neurons, r.neuron(&l))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n := len(core.Neurons); n != l.maxNeurons {
		return nil, fmt.Errorf("%d words for %d neurons", n, l.maxNeurons)
	}
	return core, nil
}

// ReadTypes reads the types of the axons of a core, the form that AppendTypes
// writes.
func ReadTypes(data []byte, c *Config, core *Core) error {
	p := problems{file: "config.json"}
	if c.validate(&p); p.list != nil {
		return p.err()
	}
	width := indexBits(c.NumWeights)
	var types []uint16
	err := eachWord(data, width, func(a int, digits []byte) error {
		r := wordReader(digits)
		t := r.unsigned(width)
		if a >= int(c.NumAxons) || t >= c.NumWeights {
			return fmt.Errorf("axon %d of type %d, there are %d axons and %d types", a, t, c.NumAxons, c.NumWeights)
		}
		types = append(types, uint16(t))
		return nil
	})
	if err != nil {
		return err
	}
	if len(types) != int(c.NumAxons) && width > 0 {
		return fmt.Errorf("%d types for %d axons", len(types), c.NumAxons)
	}
	core.Axons = types
	return nil
}

// eachWord calls f with each word of a memory file for $readmemb; all must have
// the same number of digits.
func eachWord(data []byte, width int, f func(i int, digits []byte) error) error {
	for i := 0; ; i++ {
		var err error
		if data, err = skipComments(data); err != nil {
			return fmt.Errorf("word %d: %w", i, err)
		}
		n := 0
		for n < len(data) && (data[n] == '0' || data[n] == '1') {
			n++
		}
		switch {
		case len(data) == 0:
			return nil
		case n == 0:
			return fmt.Errorf("word %d: %q is not a binary digit", i, data[0])
		case n != width:
			return fmt.Errorf("word %d: %d digits, want %d", i, n, width)
		}
		if err := f(i, data[:n]); err != nil {
			return fmt.Errorf("word %d: %w", i, err)
		}
		data = data[n:]
	}
}

// skipComments cuts white space and comments off the front.
func skipComments(data []byte) ([]byte, error) {
	for {
		data = bytes.TrimLeft(data, " \t\r\n\f")
		switch {
		case bytes.HasPrefix(data, []byte("//")):
			_, data, _ = bytes.Cut(data, []byte("\n"))
		case bytes.HasPrefix(data, []byte("/*")):
			_, after, ok := bytes.Cut(data[2:], []byte("*/"))
			if !ok {
				return nil, errors.New("a comment has no end")
			}
			data = after
		default:
			return data, nil
		}
	}
}

// wordReader takes fields off the front of a word, which is long enough.
type wordReader []byte

func (r *wordReader) unsigned(width int) int32 {
	x := int32(0)
	for _, c := range (*r)[:width] {
		x = x<<1 | int32(c&1)
	}
	*r = (*r)[width:]
	return x
}

// signed reads two's complement.
func (r *wordReader) signed(width int) int32 {
	return r.unsigned(width) << (32 - width) >> (32 - width)
}

func (r *wordReader) neuron(l *layout) Neuron {
	n := Neuron{Potential: r.signed(signedBits), ResetPotential: r.signed(signedBits)}
	for range l.weights {
		n.Weights = append(n.Weights, r.signed(signedBits))
	}
	n.Leak = r.signed(signedBits)
	n.PositiveThreshold = r.signed(signedBits)
	n.NegativeThreshold = r.signed(signedBits)
	n.ResetMode = r.unsigned(resetModeBits)
	n.DX, n.DY = r.signed(offsetBits), r.signed(offsetBits)
	n.Axon, n.Delay = r.unsigned(l.axonBits), r.unsigned(l.delayBits)
	return n
}
