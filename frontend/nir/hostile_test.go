package nir

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// tooLong is far above what any of these files takes; it finds hangs.
const tooLong = 2 * time.Second

// TestCorruptions damages published files at random: reading them must end in
// a sound network or in an error, soon.
func TestCorruptions(t *testing.T) {
	files := goldenFiles(t)
	rng := rand.New(rand.NewPCG(1, 2))
	var opened int
	for i := range 500 {
		path := files[rng.IntN(len(files))]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damage(data, rng)
		if rng.IntN(4) == 0 {
			data = data[:rng.IntN(len(data))]
		}
		start := time.Now()
		if readBytes(t, data) {
			opened++
		}
		if d := time.Since(start); d > tooLong {
			t.Errorf("corruption %d of %s took %v", i, path, d)
		}
	}
	if opened == 0 {
		t.Error("no damaged file could be read: the damage never reaches this package")
	}
}

// damage overwrites a few bytes, most of them near the start, where the
// structure is.
func damage(data []byte, rng *rand.Rand) {
	for range 1 + rng.IntN(8) {
		span := len(data)
		if rng.IntN(2) == 0 {
			span = min(span, 20000)
		}
		data[rng.IntN(span)] = byte(rng.Uint32() >> rng.IntN(8))
	}
}

// readBytes reads a file that may be broken and tells whether it opened.
func readBytes(t testing.TB, data []byte) bool {
	root, err := hdf5.Read(data)
	if err != nil {
		return false
	}
	n, diags, err := Read(root)
	if err != nil {
		if !diags.HasErrors() {
			t.Errorf("error %v without an error among the diagnostics", err)
		}
		return false
	}
	if broken := ir.Verify(n); len(broken) > 0 {
		t.Errorf("verifier: %s", broken[0].Error())
	}
	return true
}

// TestTrees builds trees out of nodes and edges chosen at random, which reach
// deeper than damaged bytes: reading ends in a sound network, which survives a
// round trip, or in an error.
func TestTrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	opened := 0
	for range 3000 {
		n, _, err := read(t, randomGraph(rng, "node", 2))
		if err != nil {
			continue
		}
		opened++
		if broken := ir.Verify(n); len(broken) > 0 {
			t.Fatalf("verifier: %v", broken)
		}
		testRoundTrip(t, n)
		if t.Failed() {
			t.Fatalf("network %+v", n)
		}
	}
	if opened < 100 {
		t.Errorf("only %d of 3000 trees could be read: they do not reach the later steps", opened)
	}
}

// randomGraph makes a chain of nodes of sizes 1 to 3 with some edges and
// fields gone astray.
func randomGraph(rng *rand.Rand, name string, depth int) *hdf5.Group {
	names := []string{"input", "a", "a.b", "ab", "output"}
	size := 1 + rng.IntN(3)
	var nodes []*hdf5.Group
	var used []string
	for _, id := range names {
		g := randomNode(rng, id, size, depth)
		if rng.IntN(12) == 0 && len(g.Datasets) > 1 {
			g.Datasets = g.Datasets[:len(g.Datasets)-1]
		}
		if rng.IntN(12) != 0 {
			nodes = append(nodes, g)
		}
		used = append(used, id)
	}
	var edges []string
	for i := 0; i+1 < len(used); i++ {
		edges = append(edges, used[i], used[i+1])
	}
	for range rng.IntN(3) {
		edges = append(edges, names[rng.IntN(len(names))], names[rng.IntN(len(names))])
	}
	return graphOf(name, edges, nodes...)
}

func randomNode(rng *rand.Rand, name string, size, depth int) *hdf5.Group {
	shape := [][]int{{size}, {size}, {}, {1}, {1, size}, {2, size}}[rng.IntN(6)]
	switch {
	case name == "input":
		return nodeOf(name, "Input", list("shape", [][]int{{size}, {1, size}, {0}}[rng.IntN(3)]...))
	case name == "output":
		return nodeOf(name, "Output", list("shape", [][]int{{size}, {1, 1, size}}[rng.IntN(2)]...))
	}
	switch rng.IntN(6) {
	case 0:
		if depth > 0 {
			return randomGraph(rng, name, depth-1)
		}
		return nodeOf(name, "Threshold", arr("threshold", shape, 1))
	case 1:
		return linear(name, size, size)
	case 2:
		return nodeOf(name, "Flatten", intScalar("start_dim", rng.IntN(2)), intScalar("end_dim", -1))
	case 3:
		return nodeOf(name, "Delay", arr("delay", shape, 0, 0.001))
	case 4:
		return withMeta(lif(name, shape...), arr("v0", nil, 0.5), stringData("compare", ">="), intScalar("refractory_steps", 3))
	}
	return lif(name, shape...)
}

// FuzzRead reads arbitrary bytes.
func FuzzRead(f *testing.F) {
	for _, g := range []*hdf5.Group{simple(chain), convNet(conv2d(), nodeOf("input", "Input", list("shape", 2, 6, 6)))} {
		data, err := (&hdf5.Group{Groups: []*hdf5.Group{g}}).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { readBytes(t, data) })
}
