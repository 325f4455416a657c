package runner

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// QuantizeReport says what quantization did to a network.
type QuantizeReport struct {
	Network string `json:"network"`
	File    string `json:"file"`
	Target  string `json:"target"`
	Output  string `json:"output,omitempty"`
	// Memory is the bytes of all weights, packed at their widths; Float is
	// that of 32 bits each.
	Memory      int64                     `json:"memory"`
	Float       int64                     `json:"float"`
	Auto        *AutoReport               `json:"auto,omitempty"`
	Projections []passes.ProjectionReport `json:"projections"`
	// Parameters is empty for the reference, which keeps them as they are.
	Parameters []passes.ParameterReport `json:"parameters,omitempty"`
}

// Quantize returns a network with quantized weights: for the reference (a nil
// target) in float, each weight on a level of its step; for a target in its
// integers, thresholds, decays and biases, too. Both can be evaluated, run and
// saved. The diagnostics are returned in any case.
func Quantize(ctx context.Context, n *ir.Network, t *Target, opt passes.Options) (*ir.Network, *QuantizeReport, diag.List, error) {
	s := &passes.State{Net: n, Opt: opt}
	r := &QuantizeReport{Network: n.Name, Target: ReferenceName}
	var err error
	if t == nil {
		err = passes.QuantizeWeights(ctx, s)
	} else {
		s.Target, r.Target = t.Target, t.Name()
		err = passes.Run(ctx, s, passes.ToInteger, passes.Hooks{})
	}
	l := Findings(n, s)
	if err != nil {
		return nil, nil, l, err
	}
	r.Projections, r.Parameters = s.Report.Projections, s.Report.Parameters
	w := wiring{net: s.Net, reports: r.Projections}
	var m Metrics
	if err := w.footprint(&m); err != nil {
		return nil, nil, l, err
	}
	r.Memory, r.Float = m.Footprint.Weights, m.Weights*floatBits/8
	if t == nil {
		return inOriginal(ctx, n, s.Net, opt, r.Projections), r, l, nil
	}
	return s.Net, r, l, nil
}

// Text writes the report for people.
func (r *QuantizeReport) Text(w io.Writer) error {
	var b strings.Builder
	if r.Auto != nil {
		if err := r.Auto.Text(&b); err != nil {
			return err
		}
	}
	what := "weights on the levels of their steps, all else in float"
	if r.Target != ReferenceName {
		what = "weights, thresholds, decays and biases in its integers"
	}
	fmt.Fprintf(&b, "%s quantized for %s: %s\n", r.Network, r.Target, what)
	r.weights(&b)
	r.parameters(&b)
	fmt.Fprintf(&b, "memory of the weights: %s B, in float %s B\n", term.Count(r.Memory), term.Count(r.Float))
	if r.Output != "" {
		fmt.Fprintf(&b, "wrote %s\n", r.Output)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *QuantizeReport) weights(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, true, true, true, true, true, true}}
	t.Add("weights", "bits", "stored", "to zero", "saturated", "clipped", "error", "of potentials", "how")
	for _, p := range r.Projections {
		potential, how := "-", "nearest"
		if p.Stats.Method != "" {
			how = p.Stats.Method
		}
		if p.Stats.Potential > 0 {
			potential = fmt.Sprintf("%.3g %%", 100*math.Sqrt(p.Stats.Potential))
		}
		t.Add(p.Src+" -> "+p.Dst, fmt.Sprint(p.Bits), term.Count(int64(p.Stats.Weights)),
			part(p.Stats.Zeroed, p.Stats.Weights), part(p.Stats.Saturated, p.Stats.Weights), part(p.Stats.Clipped, p.Stats.Weights),
			fmt.Sprintf("%.3g %%", 100*p.Stats.Relative), potential, how)
	}
	b.WriteString(t.Indent("  "))
	for _, p := range r.Projections {
		b.WriteString(inputsByWidth(p.Src, p.Dst, p.Inputs))
	}
}

// part writes a count and which part of all it is.
func part(n, all int) string {
	return fmt.Sprintf("%s (%.1f %%)", term.Count(int64(n)), 100*float64(n)/float64(max(1, all)))
}

func (r *QuantizeReport) parameters(b *strings.Builder) {
	if len(r.Parameters) == 0 {
		return
	}
	t := term.Table{Right: []bool{false, false, true, true, true}}
	t.Add("population", "parameter", "values", "mean error", "largest error")
	for _, p := range r.Parameters {
		t.Add(p.Population, p.Name, term.Count(int64(p.Values)), fmt.Sprintf("%.3g %%", 100*p.MeanError), fmt.Sprintf("%.3g %%", 100*p.MaxError))
	}
	b.WriteString(t.Indent("  "))
}

// inOriginal returns the network as the user wrote it with the weights of a
// lowered and quantized one, if that says the same: lowered again it is the
// quantized network to the last weight. Else it returns the quantized one,
// whose maps are private to a projection and whose biases are sources.
func inOriginal(ctx context.Context, n, quantized *ir.Network, opt passes.Options, reports []passes.ProjectionReport) *ir.Network {
	out := n.Clone()
	for _, r := range reports {
		from, id := quantized.Node(quantized.Lookup(r.Name)), out.Lookup(r.Name)
		if id == ir.NoNode || out.Node(id).Op != from.Op {
			return quantized
		}
		key := ir.WeightKey(from.Op)
		w := from.P(key)
		if old := out.Node(id).P(key); !old.Valid() || !slices.Equal(old.Shape, w.Shape) {
			return quantized
		}
		out.Node(id).Set(key, w)
	}
	s := &passes.State{Net: out, Opt: opt}
	if err := passes.Lower(ctx, s); err != nil || !same(s.Net, quantized) {
		return quantized
	}
	return out
}

// same tells whether two networks print alike, arrays included.
func same(a, b *ir.Network) bool {
	digest := func(n *ir.Network) string {
		h := sha256.New()
		array := func(name string, t ir.Tensor) error {
			fmt.Fprintf(h, "%s %v", name, t.Shape)
			for i := range t.Stored() {
				binary.Write(h, binary.LittleEndian, t.At(i)) // never fails
			}
			return nil
		}
		if err := ir.Print(h, n, ir.PrintOptions{Arrays: array}); err != nil {
			return ""
		}
		return string(h.Sum(nil))
	}
	x := digest(a)
	return x != "" && x == digest(b)
}
