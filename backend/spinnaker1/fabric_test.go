package spinnaker1_test

import (
	"reflect"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1"
)

// TestMachines counts the chips and cores of machines, and follows every link
// back.
func TestMachines(t *testing.T) {
	for _, c := range []struct {
		opt          backend.Options
		chips, cores int
	}{
		{backend.Options{Board: 4}, 4, 4 * 16},
		{backend.Options{Board: 4, Cores: 17}, 4, 4 * 17},
		{backend.Options{}, 48, 48 * 16},
		{backend.Options{Cores: 17}, 48, 40*17 + 8*16},
		{backend.Options{Boards: 2}, 96, 96 * 16},
		{backend.Options{Boards: 3}, 144, 144 * 16},
		{backend.Options{Boards: 7, Cores: 5}, 7 * 48, 7 * 48 * 5},
		{backend.Options{Boards: 1200}, 57600, 57600 * 16},
		{backend.Options{Dead: backend.Dead{Chips: [][2]int{{2, 2}, {2, 2}}, Cores: [][3]int{{1, 1, 3}, {0, 0, 3}}, Links: [][3]int{{0, 0, 0}}}}, 47, 47*16 - 1},
	} {
		f, err := spinnaker1.Target{}.Fabric(c.opt)
		if err != nil {
			t.Fatalf("%+v: %v", c.opt, err)
		}
		chips, cores, oneWay := 0, 0, 0
		for i := range f.Chips {
			if len(f.Chips[i].Cores) > 0 {
				chips++
			}
			cores += len(f.Chips[i].Cores)
			for l, next := range f.Chips[i].Next {
				if next < 0 {
					continue
				}
				if len(f.Chips[i].Cores) == 0 || len(f.Chips[next].Cores) == 0 {
					t.Fatalf("%+v: a link of chip %d leads from or to a chip that is not there", c.opt, i)
				}
				if f.Chips[next].Next[(l+3)%6] != int32(i) {
					oneWay++
				}
			}
		}
		if chips != c.chips || cores != c.cores || oneWay != len(c.opt.Dead.Links) {
			t.Errorf("%+v: %d chips with %d cores and %d links that lead one way, want %d with %d", c.opt, chips, cores, oneWay, c.chips, c.cores)
		}
	}
}

// TestDeadTogether lists a dead chip with parts of it, as lists of faults do.
func TestDeadTogether(t *testing.T) {
	chip := backend.Dead{Chips: [][2]int{{2, 2}}}
	parts := backend.Dead{Chips: chip.Chips, Cores: [][3]int{{2, 2, 3}}, Links: [][3]int{{2, 2, 0}}}
	want, err := spinnaker1.Target{}.Fabric(backend.Options{Dead: chip})
	if err != nil {
		t.Fatal(err)
	}
	got, err := spinnaker1.Target{}.Fabric(backend.Options{Dead: parts})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a dead chip with its parts is another machine than without, or an error: %v", err)
	}
}

// TestLarger asks for machines of some cores: they have them, and one board less
// has not.
func TestLarger(t *testing.T) {
	count := func(opt backend.Options) (n int) {
		f, err := spinnaker1.Target{}.Fabric(opt)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Chips {
			n += len(f.Chips[i].Cores)
		}
		return n
	}
	for _, opt := range []backend.Options{{}, {Board: 4}, {Cores: 17}, {Cores: 3, Boards: 2}} {
		for _, cores := range []int{1, 65, 769, 809, 1617, 2425, 10000} {
			larger, flags, ok := spinnaker1.Target{}.Larger(opt, cores)
			if !ok || flags == "" || count(larger) < cores || count(larger) <= count(opt) {
				t.Errorf("%+v: %q has %d cores for %d", opt, flags, count(larger), cores)
			}
			if less := larger; larger.Boards > max(opt.Boards, 1)+1 {
				less.Boards--
				if count(less) >= cores {
					t.Errorf("%+v: %d boards for %d cores are one too many", opt, larger.Boards, cores)
				}
			}
		}
	}
	if _, flags, ok := (spinnaker1.Target{}).Larger(backend.Options{}, 1<<30); ok {
		t.Errorf("%s has 2^30 cores", flags)
	}
}
