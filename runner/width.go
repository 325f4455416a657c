package runner

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// Width is the width of a network's weights in bits.
type Width struct {
	// Bits is the width asked for; 0 is the target's widest, float for the
	// reference.
	Bits int `json:"bits"`
	// Readout is that of the weights onto populations that an output reads,
	// if it is another one; else 0.
	Readout int `json:"readout_bits,omitempty"`
	// Auto says that --auto chose a width for each projection.
	Auto bool `json:"auto,omitempty"`
}

// ParseWidth reads N, or N+M for weights of N bits and of M onto the readout.
func ParseWidth(s string) (Width, error) {
	all, readout, mixed := strings.Cut(s, "+")
	bits := func(s string) (int, bool) {
		n, err := strconv.ParseUint(s, 10, 8) // no sign
		return int(n), err == nil && n >= 1 && n <= quantize.MaxBits
	}
	var w Width
	var ok1, ok2 bool
	w.Bits, ok1 = bits(all)
	if w.Readout, ok2 = bits(readout); !mixed {
		w.Readout, ok2 = 0, true
	}
	if !ok1 || !ok2 {
		return Width{}, fmt.Errorf("%q is not a width of 1 to %d bits, such as 4, or 2+8 for 2 bits with 8 onto the readout", s, quantize.MaxBits)
	}
	if w.Readout == w.Bits {
		w.Readout = 0
	}
	return w, nil
}

// String writes a width as ParseWidth reads it.
func (w Width) String() string {
	switch {
	case w.Auto:
		return "auto"
	case w.Readout == 0:
		return strconv.Itoa(w.Bits)
	}
	return fmt.Sprintf("%d+%d", w.Bits, w.Readout)
}

// phrase names a width in a sentence.
func (w Width) phrase() string {
	switch {
	case w.Auto:
		return "the widths of --auto"
	case w.Readout == 0:
		return plural(w.Bits, "bit")
	}
	return fmt.Sprintf("%s with %d onto the readout", plural(w.Bits, "bit"), w.Readout)
}

// SweepWidths returns the widths that tell most about a network: uniform ones,
// and where it has a hidden population the narrowest with a wide readout.
func SweepWidths(n *ir.Network) []Width {
	out := []Width{{Bits: 8}, {Bits: 6}, {Bits: 5}, {Bits: 4}, {Bits: 3}, {Bits: 2}, {Bits: 1}}
	read := outputNodes(n)
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() && !read[i] {
			return append(out, Width{Bits: 2, Readout: 8}, Width{Bits: 1, Readout: 8})
		}
	}
	return out
}
