package passes_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// TestTableOrder breaks the order of the pass table in every possible way by
// moving one pass: a move over a constraint is refused and says why, any other
// is fine.
func TestTableOrder(t *testing.T) {
	names := passes.Names()
	for i := range names {
		for k := range names {
			moved := slices.Delete(slices.Clone(names), i, i+1)
			moved = slices.Insert(moved, k, names[i])
			broken := false
			for _, c := range passes.Constraints() {
				broken = broken || slices.Index(moved, c[0]) > slices.Index(moved, c[1])
			}
			switch err := passes.CheckMoved(i, k); {
			case broken && err == nil:
				t.Errorf("%s at %d breaks the order %v, but is taken", names[i], k, moved)
			case !broken && err != nil:
				t.Errorf("%s at %d: %v", names[i], k, err)
			case broken && !strings.Contains(err.Error(), "has to come before"):
				t.Errorf("%v does not say what is wrong", err)
			}
		}
		// Every pass stands in some constraint, so its absence is noticed.
		if err := passes.CheckWithout(i); err == nil || !strings.Contains(err.Error(), "unknown pass") {
			t.Errorf("without %s: %v", names[i], err)
		}
	}
}

// TestDescribe checks that the table for people names every pass once.
func TestDescribe(t *testing.T) {
	var b bytes.Buffer
	if err := passes.Describe(&b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		words := strings.Fields(line)
		if len(words) < 4 {
			t.Errorf("%q says too little", line)
		}
		got = append(got, words[0])
	}
	if d := gocmp.Diff(passes.Names(), got); d != "" {
		t.Error(d)
	}
}

// image compiles a network and returns its encoded bytes, nil if it is refused
// or does not fit, and what people are told.
func image(t *testing.T, n *ir.Network, opt passes.Options) ([]byte, string) {
	t.Helper()
	s := &passes.State{Net: n, Target: loihi1.Target{}, Opt: opt}
	err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{})
	var b bytes.Buffer
	if err := s.Diags.Print(&b, 0); err != nil {
		t.Fatal(err)
	}
	if err != nil || !s.Report.Fit.Fits {
		return nil, b.String()
	}
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	return data, b.String()
}

// TestOrderOfNodes compiles the networks of the golden files, and trained
// ones, with their nodes in other orders: the same bytes and diagnostics.
func TestOrderOfNodes(t *testing.T) {
	type net struct {
		name string
		n    *ir.Network
		opt  passes.Options
	}
	var nets []net
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		opt, err := options(string(a.Comment))
		if err != nil {
			t.Fatal(err)
		}
		nets = append(nets, net{file, parse(t, string(a.Files[0].Data)), opt})
	}
	compiled := 0
	compare := func(t *testing.T, x net) {
		want, text := image(t, x.n, x.opt)
		if want != nil {
			compiled++
		}
		for seed := range uint64(2) {
			c := x.n.Clone()
			passes.Shuffle(c, seed)
			got, other := image(t, c, x.opt)
			if !bytes.Equal(got, want) {
				t.Errorf("%s: order %d gives another image", x.name, seed)
			}
			if text != other {
				t.Errorf("%s: order %d: %s", x.name, seed, gocmp.Diff(text, other))
			}
		}
	}
	for _, x := range nets {
		compare(t, x)
	}
	if compiled < len(nets)/3 {
		t.Errorf("%d of %d networks compiled", compiled, len(nets))
	}
	for _, file := range []string{"nets/rlif_fsdd.nir", "golden/nir/braille/braille_noDelay_bias_zero_subgraph.nir", "golden/nir/cnn/cnn_sinabs.nir"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			n, _, err := frontend.Open(testenv.Shared(t, file), frontend.Options{})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, net{file, n, passes.Options{}})
		})
	}
}

// TestRunLeavesTheInput checks that the caller's network stays as it was.
func TestRunLeavesTheInput(t *testing.T) {
	n := parse(t, `network n {
  dt 1ms
  in x [2]
  pop a [2] cubalif { tau_syn 5ms, tau_mem 10ms, threshold [1, 2], current old, v_leak 0.1, refractory 2ms }
  proj x -> a dense [[1, 2], [3, 4]] { bias [1, 2], delay 2ms }
  edge a -> a
  out a
}`)
	before := ir.Format(n)
	if data, text := image(t, n, passes.Options{AllowApproximate: true}); data == nil {
		t.Fatal(text)
	}
	if d := gocmp.Diff(before, ir.Format(n)); d != "" {
		t.Error(d)
	}
}

// TestCancel checks that the pipeline stops when the context does.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	seen := ""
	s := &passes.State{Net: parse(t, "network n { dt 1ms\n in x [1]\n pop a [1] lif { tau 10ms, threshold 1 }\n edge x -> a\n out a }"), Target: loihi1.Target{}}
	err := passes.Run(ctx, s, passes.ToImage, passes.Hooks{After: func(pass string, _ *passes.State) error {
		if seen = pass; pass == "fold" {
			cancel()
		}
		return nil
	}})
	if err != context.Canceled || seen != "fold" {
		t.Errorf("%v after pass %s", err, seen)
	}
}
