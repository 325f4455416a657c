package runner

import (
	"fmt"
	"strings"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

// Width is the width of a network's weights in bits.
type Width struct {
	// Bits is the width asked for; 0 is the target's widest, float for the
	// reference.
	Bits quantize.Bits `json:"bits"`
	// Readout is that of the weights onto populations that an output reads,
	// if it is another one; else 0.
	Readout quantize.Bits `json:"readout_bits,omitempty"`
	// Auto says that --auto chose a width for each projection.
	Auto bool `json:"auto,omitempty"`
}

// ParseWidth reads N, or N+M for weights of N bits and of M onto the readout.
// Either may be a mean (quantize.ParseBits).
func ParseWidth(s string) (Width, error) {
	all, readout, mixed := strings.Cut(s, "+")
	var w Width
	var err1, err2 error
	w.Bits, err1 = quantize.ParseBits(all)
	if mixed {
		w.Readout, err2 = quantize.ParseBits(readout)
	}
	if err1 != nil || err2 != nil {
		return Width{}, fmt.Errorf("%q is not a width of 1 to %d bits, such as 4, a mean over inputs, such as 1.75, or 2+8 for 2 bits with 8 onto the readout", s, quantize.MaxBits)
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
		return w.Bits.String()
	}
	return fmt.Sprintf("%v+%v", w.Bits, w.Readout)
}

// phrase names a width in a sentence.
func (w Width) phrase() string {
	switch {
	case w.Auto:
		return "the widths of --auto"
	case w.Readout == 0:
		return bitsPhrase(w.Bits)
	}
	return fmt.Sprintf("%s with %v onto the readout", bitsPhrase(w.Bits), w.Readout)
}

// bitsPhrase names a width in a sentence.
func bitsPhrase(b quantize.Bits) string {
	switch {
	case b.IsMean():
		return fmt.Sprintf("%v bits in the mean", b)
	case b == 1:
		return "1 bit"
	}
	return fmt.Sprintf("%v bits", b)
}

// inputsByWidth says how many inputs of a projection have which width, nothing
// if all have one.
func inputsByWidth(src, dst string, inputs []passes.InputWidth) string {
	if len(inputs) == 0 {
		return ""
	}
	var parts []string
	for _, w := range inputs {
		parts = append(parts, fmt.Sprintf("%s of %s", term.Count(w.Inputs), plural(w.Bits, "bit")))
	}
	return fmt.Sprintf("  inputs of %s -> %s: %s\n", src, dst, strings.Join(parts, ", "))
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
