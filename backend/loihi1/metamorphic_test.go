package loihi1_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/irtest"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
	"pgregory.net/rapid"
)

// measure counts what a decoded core holds of each resource, from its
// unpacked synapses and tables alone.
func measure(t agree.TB, core *image.Core) map[string]int64 {
	t.Helper()
	formats, longest := map[uint8]bool{}, 0
	for axon := range core.InAxons {
		for atom := range core.InAxons[axon].Atoms {
			syns, err := image.UnpackAxon(core, axon, int(atom))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range syns {
				if int(s.Target) >= len(core.Compartments) {
					t.Fatalf("axon %d has target %d of %d compartments", axon, s.Target, len(core.Compartments))
				}
				formats[s.Fmt] = true
				longest = max(longest, int(s.Delay))
			}
		}
	}
	if longest > image.MaxDelay(int(core.DelayBits)) {
		t.Fatalf("a delay of %d steps with %d delay bits", longest, core.DelayBits)
	}
	cx, vth := map[image.CxProfile]bool{}, map[uint32]bool{}
	for _, c := range core.Compartments {
		cx[core.CxProfiles[c.CxProfile]] = true
		vth[core.VthProfiles[c.VthProfile]] = true
	}
	if len(cx) != len(core.CxProfiles) || len(vth) != len(core.VthProfiles) {
		t.Fatalf("%d compartment and %d threshold profiles, of which %d and %d are used", len(core.CxProfiles), len(core.VthProfiles), len(cx), len(vth))
	}
	out := map[image.AxonRef]bool{} // a population axon once, whatever the atom
	for _, o := range core.OutAxons {
		out[image.AxonRef{Core: o.Core, Axon: o.Axon}] = true
	}
	return map[string]int64{
		"compartments": int64(len(core.Compartments)), "in-axons": int64(len(core.InAxons)), "synapse words": int64(len(core.SynMem)),
		"out-axons": int64(len(out)), "compartment profiles": int64(len(cx)), "threshold profiles": int64(len(vth)),
		"synapse formats": int64(len(formats)), "delay slots": int64(len(core.Compartments)) << core.DelayBits,
	}
}

// requireSound checks a compiled network against its decoded image: each
// neuron in one place, every limit kept, and what the meter said of each core.
func requireSound(t agree.TB, s *passes.State, data []byte) *image.Image {
	t.Helper()
	img, err := image.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]int64{}
	for _, l := range (loihi1.Target{}).Limits() {
		limits[l.Resource] = l.Value
	}
	places := map[[2]int32]bool{}
	for c := range img.Cores {
		used := measure(t, &img.Cores[c])
		for what, n := range used {
			if n > limits[what] {
				t.Fatalf("core %d holds %d %s, possible are %d", c, n, what, limits[what])
			}
		}
		for _, u := range s.Map.Cores[c].Usage {
			if used[u.Resource] != u.Used || limits[u.Resource] != u.Limit {
				t.Fatalf("core %d: the meter counts %d %s of %d, the image has %d of %d", c, u.Used, u.Resource, u.Limit, used[u.Resource], limits[u.Resource])
			}
		}
		if at := [2]int32{img.Cores[c].Chip, img.Cores[c].ID}; places[at] {
			t.Fatalf("two cores are at %v", at)
		} else {
			places[at] = true
		}
	}
	for i := range s.Net.Nodes {
		if node := &s.Net.Nodes[i]; node.Op.IsNeuron() {
			requireHomes(t, img, node)
		}
	}
	return img
}

// requireHomes checks that each neuron of a population has one compartment.
func requireHomes(t agree.TB, img *image.Image, node *ir.Node) {
	t.Helper()
	i := slices.IndexFunc(img.Populations, func(p image.Population) bool { return p.Name == node.Name })
	if i < 0 {
		t.Fatalf("%s is not in the image", node.Name)
	}
	homes := make([]int, node.Out.Size())
	for _, sl := range img.Populations[i].Slices {
		for j := sl.First; j < sl.First+sl.Count; j++ {
			homes[j]++
		}
	}
	for j, n := range homes {
		if n != 1 {
			t.Fatalf("neuron %d of %s is in %d places", j, node.Name, n)
		}
	}
}

// TestSameSpikesHoweverPlaced compiles random networks for different axons
// and chips and runs them on different numbers of threads: the same spikes.
func TestSameSpikesHoweverPlaced(t *testing.T) {
	split := 0
	for _, kind := range []irtest.Kind{{}, {Wide: true}, {Wide: true, Lossy: true}} {
		rapid.Check(t, func(t *rapid.T) {
			n := genNetwork(t, kind)
			opt := genOptions(t, n, kind.Lossy)
			opt.Target.Axon = ""
			s := tryCompile(t, n, opt, passes.Hooks{})
			if s == nil {
				return
			}
			data := agree.Encode(t, s)
			requireSound(t, s, data)
			if len(s.Map.Cores) > 1 {
				split++
			}
			const steps = 25
			in := agree.RandomRasters(t, s.Net, steps, 0.4, 9)
			one := emulate(t, data, in, steps, 1)
			agree.RequireEqual(t, agree.Evaluate(t, s.Net, in, steps), one)
			for threads := 2; threads <= 3; threads++ {
				if d := cmp.Diff(one, emulate(t, data, in, steps, threads)); d != "" {
					t.Fatalf("%d threads: %s", threads, d)
				}
			}
			for _, target := range []backend.Options{
				{Axon: "pop16"}, {Axon: "discrete", Chips: 200, Cores: 1}, {Axon: "pop16", Chips: 100, Cores: 3},
			} {
				other := opt
				other.Target = target
				p := tryCompile(t, n, other, passes.Hooks{})
				if p == nil {
					t.Fatalf("%+v does not take the network", target)
				}
				data := agree.Encode(t, p)
				requireSound(t, p, data)
				got := emulate(t, data, in, steps, 2)
				if d := cmp.Diff(one.Spikes, got.Spikes); d != "" {
					t.Fatalf("%+v: %s", target, d)
				}
			}
		})
	}
	if split == 0 {
		t.Error("no network took several cores")
	}
}

// TestOrderOfNodesAndEdges checks that the image does not depend on how the
// nodes of a network are numbered and in which order its edges stand.
func TestOrderOfNodesAndEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := irtest.Kind{Lossy: rapid.Bool().Draw(t, "lossy")}
		n := genNetwork(t, kind)
		opt := genOptions(t, n, kind.Lossy)
		s := tryCompile(t, n, opt, passes.Hooks{})
		p := tryCompile(t, irtest.Shuffled(n, rapid.Uint64().Draw(t, "order")), opt, passes.Hooks{})
		if (s == nil) != (p == nil) {
			t.Fatalf("compiles %v, shuffled %v", s != nil, p != nil)
		}
		if s == nil {
			return
		}
		if !bytes.Equal(agree.Encode(t, s), agree.Encode(t, p)) {
			t.Fatalf("images differ:\n%s", cmp.Diff(ir.Format(s.Net), ir.Format(p.Net)))
		}
		if d := cmp.Diff(s.Report, p.Report); d != "" {
			t.Fatalf("reports differ: %s", d)
		}
	})
}
