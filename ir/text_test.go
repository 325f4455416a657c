package ir

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/synfire/synfire/internal/diag"
)

var update = flag.Bool("update", false, "rewrite the canonical forms of the examples")

// arrays is a side file in memory.
type arrays map[string]Tensor

func (a arrays) put(name string, t Tensor) error {
	if _, ok := a[name]; ok {
		return fmt.Errorf("array %q is written twice", name)
	}
	if arrayName(name) != name {
		return fmt.Errorf("array name %q is not plain", name)
	}
	a[name] = t
	return nil
}

func (a arrays) get(name string) (Tensor, error) {
	if t, ok := a[name]; ok {
		return t, nil
	}
	return Tensor{}, fmt.Errorf("no such array")
}

// messages renders the diagnostics of an error.
func messages(err error) string {
	var b strings.Builder
	if err := diag.FromError(err).Print(&b, 0); err != nil {
		return err.Error()
	}
	return b.String()
}

// TestRoundTrip checks that parsing what was printed gives an equal network,
// and that printing that gives the same text, with and without a side file.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := genNetwork(t, 0, nil)
		if l := Verify(n); l.HasErrors() {
			t.Fatalf("the generator made a bad network: %s", messages(l.Err()))
		}
		for _, side := range []arrays{nil, {}} {
			opt, from := PrintOptions{Inline: 1}, ParseOptions{}
			if side != nil {
				opt.Arrays, from.Arrays = side.put, side.get
			}
			text, again := printed(t, n, opt), ""
			m, err := Parse("round.snn", []byte(text), from)
			if err != nil {
				t.Fatalf("%s\n%s", messages(err), text)
			}
			if !Equal(n, m) {
				t.Fatalf("parsed network differs:\n%s\nprints as\n%s", text, Format(m))
			}
			if side != nil {
				clear(side)
			}
			if again = printed(t, m, opt); text != again {
				t.Fatalf("text changes: %s", cmp.Diff(text, again))
			}
		}
	})
}

func printed(t interface{ Fatal(...any) }, n *Network, opt PrintOptions) string {
	var b bytes.Buffer
	if err := Print(&b, n, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestExamples compares the canonical form of the example files.
func TestExamples(t *testing.T) {
	side := arrays{"fc1": Uniform(Shape{128, 784}, 0.5), "fc2": Uniform(Shape{10, 128}, 0.25)}
	files, err := filepath.Glob("testdata/*.snn")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n, err := Parse(file, src, ParseOptions{Arrays: side.get})
			if err != nil {
				t.Fatal(messages(err))
			}
			golden := strings.TrimSuffix(file, ".snn") + ".canonical"
			if *update {
				if err := os.WriteFile(golden, []byte(Format(n)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), Format(n)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestMeaning checks what the examples leave to defaults.
func TestMeaning(t *testing.T) {
	n, err := Parse("t", []byte(`network t {
  dt 100us
  in image [1, 2, 3]
  pop a [4] lif { tau 20ms, threshold 20mV, reset -5mV }
  pop b [2] lif like a { threshold 1, integrator exp-unit }
  pop c [4] cubalif { tau_syn 1ms, tau_mem 2ms, threshold 1 }
  pop d [4] if { threshold 1 }
  proj a -> a, c, a one-to-one seed 7 { weight 1mV }
  out b
  out b
  proj k: image -> e conv2d fill [1, 1, 2, 2] 1 { padding [1, 0] }
  pop e [1, 3, 2] li { tau 1ms, integrator exp }
}`), ParseOptions{})
	if err != nil {
		t.Fatal(messages(err))
	}
	at := func(name string) *Node { return n.Node(n.Lookup(name)) }
	for _, c := range []struct {
		node string
		key  Param
		want float64
	}{
		{"a", PR, 20e-3 / 100e-6},
		{"a", PVReset, -5e-3},
		{"a", PVThreshold, 20e-3},
		{"b", PR, 1},
		{"b", PVThreshold, 1},
		{"b", PTau, 20e-3},
		{"b", PVReset, -5e-3},
		{"c", PR, 1},
		{"d", PR, 1 / 100e-6},
		{"a->c", PWeight, 1e-3},
	} {
		if got := at(c.node).P(c.key).At(0); got != c.want {
			t.Errorf("%s of %s is %g, want %g", c.key, c.node, got, c.want)
		}
	}
	// Under every integrator, a weight of w raises the potential by w.
	for _, name := range []string{"a", "b", "d", "e"} {
		node := at(name).Clone()
		if node.Neuron.Integrator == IntegratorUnset {
			node.Neuron.Integrator = Euler
		}
		c, err := node.Coefficients(n.DT)
		if err != nil {
			t.Fatal(err)
		}
		if g := c.GM.At(0); g < 1-1e-12 || g > 1+1e-12 {
			t.Errorf("the gain of %s is %g", name, g)
		}
	}
	var names []string
	for i := range n.Nodes {
		names = append(names, n.Nodes[i].Name)
	}
	want := []string{"image", "a", "b", "c", "d", "a->a", "a->c", "a->a#2", "output", "output#2", "k", "e"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	if b := at("b"); b.Neuron.Reset != ResetValue || !b.P(PTau).Shape.Equal(Shape{2}) {
		t.Errorf("b is %+v, not like a", b)
	}
	if a, b := at("a->a").Rule.Seed, at("a->c").Rule.Seed; a != 7 || b == 7 {
		t.Errorf("seeds %d and %d", a, b)
	}
	if c := at("k").Conv; c.PadEnd != [2]int{1, 0} || c.Stride != [2]int{1, 1} || !at("k").In.Equal(Shape{1, 2, 3}) {
		t.Errorf("convolution %+v of %v", *c, at("k").In)
	}
}

// FuzzParse checks that no text makes the parser panic or read what the
// printer cannot write back.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("network a { in x [?] -> [3]; map m [3]->[2] dense float [[1,2,3],[4,5,6]] { format {} }; edge x -> m delay 3 }"))
	side := func(string) (Tensor, error) { return Floats(Shape{2, 2}, []float64{1, 2, 3, 4}), nil }
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := Parse("f", src, ParseOptions{Arrays: side})
		if err != nil {
			var le *diag.ListError
			if !errors.As(err, &le) || le.List[0].File != "f" {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		text := Format(n)
		m, err := Parse("again", []byte(text), ParseOptions{})
		if err != nil {
			t.Fatalf("%s\n%s", messages(err), text)
		}
		if !Equal(n, m) || Format(m) != text {
			t.Fatalf("changes:\n%s\n%s", text, Format(m))
		}
	})
}
