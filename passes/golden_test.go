package passes_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden runs the pipeline on the networks in testdata/golden. A file says
// in its comment what it shows and, on lines "option NAME VALUE", what the
// user chose; its part "in.snn" is the network, each part "after PASS" the
// network after that pass, "report" what the report says of weights and
// populations, and "diagnostics" what people are told.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(src)
	in := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "in.snn" })
	if in < 0 {
		t.Fatal("no part in.snn")
	}
	n := parse(t, string(a.Files[in].Data))
	opt, err := options(string(a.Comment))
	if err != nil {
		t.Fatal(err)
	}
	got := run(n, opt)
	if !slices.ContainsFunc(a.Files, func(f txtar.File) bool { return f.Name == "diagnostics" }) {
		a.Files = append(a.Files, txtar.File{Name: "diagnostics"})
	}
	for i := range a.Files {
		f := &a.Files[i]
		if i == in {
			continue
		}
		text, ok := got[f.Name]
		if !ok && f.Name != "diagnostics" {
			t.Errorf("%s: there is no such result: %s", f.Name, got["diagnostics"])
		}
		if *update {
			f.Data = []byte(text)
		} else if d := gocmp.Diff(string(f.Data), text); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t testing.TB, text string) *ir.Network {
	t.Helper()
	n, err := ir.Parse("in.snn", []byte(text), ir.ParseOptions{})
	if err != nil {
		var b strings.Builder
		_ = diag.FromError(err).Print(&b, 0)
		t.Fatal(b.String())
	}
	return n
}

// options reads the lines "option NAME VALUE" of a comment.
func options(comment string) (passes.Options, error) {
	var opt passes.Options
	for line := range strings.Lines(comment) {
		w := strings.Fields(line)
		if len(w) == 0 || w[0] != "option" {
			continue
		}
		value := strings.Join(w[2:], " ")
		x, err := 0.0, error(nil)
		number := func() float64 {
			x, err = strconv.ParseFloat(value, 64)
			return x
		}
		switch w[1] {
		case "dt":
			opt.DT = number()
		case "compat":
			opt.Compat = value
		case "reset":
			opt.Reset, err = ir.ParseReset(value)
		case "integrator":
			opt.Integrator, err = ir.ParseIntegrator(value)
		case "keep":
			opt.Keep = w[2:]
		case "bits":
			opt.Bits = quantize.Bits(number())
		case "layer-delay":
			opt.LayerDelay = int32(number())
		case "allow-approximate":
			opt.AllowApproximate = true
		default:
			err = errors.New("unknown option")
		}
		if err != nil {
			return opt, fmt.Errorf("%q: %w", line, err)
		}
	}
	return opt, nil
}

// run compiles a network for loihi1 and returns its text after each pass, the
// report and the diagnostics.
func run(n *ir.Network, opt passes.Options) map[string]string {
	got := map[string]string{}
	s := &passes.State{Net: n, Target: loihi1.Target{}, Opt: opt}
	err := passes.Run(context.Background(), s, passes.ToInteger, passes.Hooks{After: func(pass string, s *passes.State) error {
		got["after "+pass] = ir.Format(ordered(s.Net))
		if s.Map != nil {
			got["latencies"] = latencies(s)
		}
		return nil
	}})
	var b bytes.Buffer
	_ = s.Diags.Print(&b, 0)
	var list *diag.ListError
	if err != nil && !errors.As(err, &list) {
		fmt.Fprintln(&b, err)
	}
	got["diagnostics"] = b.String()
	got["report"] = report(&s.Report)
	return got
}

func latencies(s *passes.State) string {
	var b strings.Builder
	for _, id := range passes.Canonical(s.Net) {
		if node := s.Net.Node(id); node.Op.IsNeuron() {
			fmt.Fprintf(&b, "%s %d\n", node.Name, s.Map.Latency[id])
		}
	}
	return b.String()
}

func report(r *passes.Report) string {
	var b strings.Builder
	for _, f := range r.Fidelity {
		fmt.Fprintf(&b, "%s: %s %s\n", f.Node, f.Fidelity, f.Reason)
	}
	for _, p := range r.Projections {
		fmt.Fprintf(&b, "%s -> %s: %v bits, exp %d, %d synapses, %d weights, %d zeroed, %d clipped, errors up to %.4g, mean %.4g\n",
			p.Src, p.Dst, p.Bits, p.Exp, p.Synapses, p.Stats.Weights, p.Stats.Zeroed, p.Stats.Clipped, p.Stats.MaxError, p.Stats.MeanError)
	}
	for _, p := range r.Populations {
		fmt.Fprintf(&b, "%s: %d neurons, scale %.6g\n", p.Name, p.Neurons, p.Scale)
	}
	return b.String()
}

// ordered returns n with its nodes in canonical order and edges by the map
// that they belong to, so that the text does not depend on how a pass numbers
// nodes.
func ordered(n *ir.Network) *ir.Network {
	order := passes.Canonical(n)
	rank := make([]ir.NodeID, len(order))
	c := n.Clone()
	for r, id := range order {
		rank[id] = ir.NodeID(r)
		c.Nodes[r] = n.Nodes[id].Clone()
		c.Nodes[r].ID = ir.NodeID(r)
	}
	for i := range c.Edges {
		c.Edges[i].Src, c.Edges[i].Dst = rank[c.Edges[i].Src], rank[c.Edges[i].Dst]
	}
	key := func(e ir.Edge) ir.NodeID {
		if !c.Node(e.Dst).Op.IsMap() && c.Node(e.Src).Op.IsMap() {
			return 2*e.Src + 1
		}
		return 2 * e.Dst
	}
	slices.SortFunc(c.Edges, func(a, b ir.Edge) int {
		return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.Src, b.Src), cmp.Compare(a.Dst, b.Dst), cmp.Compare(a.Delay, b.Delay))
	})
	return c
}
