package nir

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

// goldenFiles lists all .nir files of the conformance data folder.
func goldenFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, dir := range []string{"golden/nir", "nets"} {
		err := filepath.WalkDir(testenv.Shared(t, dir), func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".nir") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// sloppy lists what is said of published files that do not follow the format,
// by the end of their path. Every code must be among the diagnostics, and no
// other warning or error.
var sloppy = map[string][]string{
	"braille_noDelay_bias_zero_subgraph.nir":       {noteName, noteReset, noteDT},
	"braille_noDelay_noBias_subtract_subgraph.nir": {noteName, noteReset, noteDT},
	"aee771e1fb__braille_subtract_subgraph.nir":    {noteName, noteReset, noteDT},
	"19004303a0__braille_flattened.nir":            {noteScalar, noteReset, noteWIn, noteDTUnknown},
	"3a3afb6f8d__lif_norse.nir":                    {noteScalar, noteReset, noteDTUnknown},
	"50b2fc28b0__braille_v2.nir":                   {noteName, noteAxes, noteInnerPort, noteReset, noteWIn, noteDT},
	"a7c67c3a7c__braille.nir":                      {noteName, noteAxes, noteInnerPort, noteScalar, noteReset, noteWIn, noteDTUnknown},
	"64a0b954dd__braille_v2a.nir":                  {noteReset, noteWIn, noteDT},
	"232ebad89d__scnn_mnist.nir":                   {noteFlatInput, noteReset, noteDTUnknown},
	"669fbfadd3__scnn_mnist.nir":                   {noteAxes, noteFlatAxes, noteFlatInput, noteConvInput, noteReset, noteDTUnknown},
	"c381ba29a0__braille.nir":                      {errMismatch, notePort, noteShape, noteReset, noteWIn},
	"braille_int8.nir":                             {errValue, noteReset},
	"lif_rockpool.nir":                             {noteAxes, noteReset, noteDT},
	"mlp_mnist_if.nir":                             {noteMeta, noteDT},
	"_tests_feedback_graph.nir":                    {noteDTUnknown},
	"corpus/allnodes_gzip.nir":                     {noteDT},
	"corpus/conv1d_same.nir":                       {},
	"corpus/deep12.nir":                            {},
	"corpus/chain_60.nir":                          {},
	"golden/nir/cnn/cnn_sinabs.nir":                {noteReset, noteDTUnknown},
}

func codes(l diag.List) []string {
	var out []string
	for i := range l {
		out = append(out, l[i].Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestGoldenFiles(t *testing.T) {
	for _, path := range goldenFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			n, diags, err := ReadFile(path)
			for end, want := range sloppy {
				want = slices.Sorted(slices.Values(want))
				if strings.HasSuffix(filepath.ToSlash(path), end) && !slices.Equal(codes(diags), want) {
					t.Errorf("codes %q, want %q", codes(diags), want)
				}
			}
			for i := range diags {
				if diags[i].Severity != diag.Note && diags[i].Hint == "" && diags[i].Code != notePort {
					t.Errorf("no hint what to do: %s", diags[i].Error())
				}
			}
			if err != nil {
				if n != nil || !diags.HasErrors() {
					t.Errorf("error %v without an error among the diagnostics", err)
				}
				return
			}
			if broken := ir.Verify(n); len(broken) > 0 {
				t.Errorf("verifier: %s", broken[0].Error())
			}
			testRoundTrip(t, n)
		})
	}
}

// testRoundTrip writes n, which Read made, and reads it again.
func testRoundTrip(t *testing.T, n *ir.Network) {
	t.Helper()
	data, _ := encode(t, n)
	root, err := hdf5.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	back, diags, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range diags {
		if c := diags[i].Code; c != noteDT && c != noteDTUnknown && c != noteMeta && c != noteMetaOdd {
			t.Errorf("a written file needs a repair: %s", diags[i].Error())
		}
	}
	if a, b := bare(n), bare(back); !ir.Equal(a, b) {
		t.Errorf("the network changed:\n%+v\n%+v", a, b)
	}
	if again, _ := encode(t, back); !bytes.Equal(data, again) {
		t.Error("written twice, the bytes differ")
	}
}

func encode(t testing.TB, n *ir.Network) ([]byte, diag.List) {
	t.Helper()
	var buf bytes.Buffer
	diags, err := Write(&buf, n)
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes(), diags
}

// bare returns the network without what a NIR file does not hold.
func bare(n *ir.Network) *ir.Network {
	c := n.Clone()
	c.Name, c.Notes = "", nil
	return c
}

// TestAllNodes checks that the file with every node type reads as what its
// generator put in.
func TestAllNodes(t *testing.T) {
	dir := testenv.Shared(t, "golden/nir/corpus")
	plain, _, err := ReadFile(filepath.Join(dir, "allnodes_None.nir"))
	if err != nil {
		t.Fatal(err)
	}
	packed, _, err := ReadFile(filepath.Join(dir, "allnodes_gzip.nir"))
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for i := range plain.Nodes {
		types = append(types, typeFor(&plain.Nodes[i]).name)
	}
	slices.Sort(types)
	want := slices.DeleteFunc(typeNames(), func(s string) bool { return s == graphType || s == "Conv1d" })
	slices.Sort(want)
	if !slices.Equal(slices.Compact(types), want) {
		t.Errorf("types %q, want %q", types, want)
	}
	for i := range packed.Nodes { // the random weights differ
		if a, b := plain.Nodes[i], packed.Nodes[i]; a.Name != b.Name || a.Op != b.Op || !a.Out.Equal(b.Out) {
			t.Errorf("node %q differs between the plain and the compressed file", a.Name)
		}
	}
	if plain.DT != 1e-4 {
		t.Errorf("dt = %g, want 1e-4 of the metadata", plain.DT)
	}
	lif := plain.Node(plain.Lookup("lif"))
	keys := make([]string, len(lif.Meta))
	for i := range lif.Meta {
		keys[i] = lif.Meta[i].Key
	}
	if want := []string{"arr", "flag", "n", "nested/a", "nested/b", "some"}; !slices.Equal(keys, want) {
		t.Errorf("metadata %q, want %q", keys, want)
	}
	if got := lif.Meta[5].Str; got != "métadata" {
		t.Errorf("metadata some = %q", got)
	}
	if tau := lif.P(ir.PTau); !tau.IsUniform() || tau.At(0) != float64(float32(0.01)) {
		t.Errorf("tau = %v, want the float32 nearest to 0.01 for all neurons", tau)
	}
	if d := plain.Node(plain.Lookup("delay")).P(ir.PDelay); !slices.Equal(d.F, []float64{0.001, 0.002, 0}) {
		t.Errorf("delay = %v", d)
	}
	if s := plain.Node(plain.Lookup("flat")).Out; !s.Equal(ir.Shape{4}) {
		t.Errorf("flatten gives %v, want [4]", s)
	}
}

// TestSamePadding checks the one file that names its padding.
func TestSamePadding(t *testing.T) {
	n, _, err := ReadFile(filepath.Join(testenv.Shared(t, "golden/nir/corpus"), "conv1d_same.nir"))
	if err != nil {
		t.Fatal(err)
	}
	conv := n.Node(n.Lookup("conv1d"))
	if c := conv.Conv; c.Padding[0] != 2 || c.PadEnd[0] != 2 || !conv.Out.Equal(ir.Shape{3, 32}) {
		t.Errorf("padding %v and %v, output %v", c.Padding, c.PadEnd, conv.Out)
	}
	if first, last := samePadding(3, 4); first != 4 || last != 5 {
		t.Errorf("9 cells split into %d and %d, PyTorch has 4 and 5", first, last)
	}
}
