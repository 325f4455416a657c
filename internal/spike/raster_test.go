package spike_test

import (
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

func TestRasterHoldsWhatWasSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps, n := rapid.IntRange(1, 20).Draw(t, "steps"), rapid.IntRange(1, 200).Draw(t, "n")
		r, err := spike.New(steps, n)
		if err != nil {
			t.Fatal(err)
		}
		type ti struct{ t, i int }
		want := map[ti]bool{}
		for range rapid.IntRange(0, 50).Draw(t, "k") {
			k := ti{rapid.IntRange(0, steps-1).Draw(t, "t"), rapid.IntRange(0, n-1).Draw(t, "i")}
			want[k] = true
			r.Set(k.t, k.i)
		}
		got := 0
		for s := range steps {
			last := -1
			r.Each(s, func(i int) {
				if !want[ti{s, i}] || i <= last || !r.Get(s, i) {
					t.Fatalf("step %d yields %d after %d", s, i, last)
				}
				last = i
				got++
			})
		}
		if got != len(want) || r.Count() != got {
			t.Fatalf("%d spikes seen, %d counted, %d set", got, r.Count(), len(want))
		}
	})
}

func TestRasterRefusesHugeShapes(t *testing.T) {
	for _, s := range [][2]int{{-1, 3}, {3, -1}, {1 << 40, 1 << 40}, {1 << 62, 65}, {1, 1 << 62}} {
		if _, err := spike.New(s[0], s[1]); err == nil {
			t.Errorf("%v was accepted", s)
		}
	}
}

func TestDiffFindsTheFirstWrongBit(t *testing.T) {
	a, _ := spike.New(3, 70)
	b, _ := spike.New(3, 70)
	a.Set(1, 69)
	a.Set(2, 0)
	b.Set(2, 0)
	n, at, i, err := spike.Diff(a, b)
	if n != 1 || at != 1 || i != 69 || err != nil {
		t.Fatalf("diff = %d at %d,%d (%v), want 1 at 1,69", n, at, i, err)
	}
	if c, _ := spike.New(2, 70); c != nil {
		if _, _, _, err := spike.Diff(a, c); err == nil {
			t.Fatal("rasters of different shape were compared")
		}
	}
}
