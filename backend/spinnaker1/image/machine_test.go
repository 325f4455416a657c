package image

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMachineSizes counts the chips and cores of machines, from the sizes that
// the specification gives.
func TestMachineSizes(t *testing.T) {
	for _, c := range []struct {
		m            Machine
		chips, cores int
	}{
		{Machine{Board: Spin3, Width: 2, Height: 2}, 4, 4 * 18},
		{Machine{Board: Spin5, Width: 8, Height: 8}, 48, 40*18 + 8*17},
		{Machine{Board: Spin5, Width: 12, Height: 12}, 3 * 48, 3 * (40*18 + 8*17)},
		{Machine{Board: Spin5, Width: 16, Height: 16}, 3 * 48, 3 * (40*18 + 8*17)},
		{Machine{Board: Spin5, Width: 28, Height: 16}, 6 * 48, 6 * (40*18 + 8*17)},
		{Machine{Board: Spin5, Width: 240, Height: 240}, 57600, 1200 * (40*18 + 8*17)},
		{Machine{Board: Spin5, Width: 8, Height: 8, DeadChips: []ChipAt{{3, 6}}, DeadCores: []CoreAt{{0, 0, 17}, {1, 1, 16}}}, 47, 39*18 + 8*17 - 2},
	} {
		mesh, err := NewMesh(&c.m)
		if err != nil {
			t.Fatalf("%+v: %v", c.m, err)
		}
		chips, cores := 0, 0
		for chip := range mesh.Width * mesh.Height {
			x, y := mesh.Place(chip)
			if mesh.Has(x, y) {
				chips++
			}
			for p := range 32 {
				if mesh.HasCore(x, y, p) {
					cores++
				}
			}
		}
		if chips != c.chips || cores != c.cores {
			t.Errorf("%+v has %d chips with %d cores, want %d with %d", c.m, chips, cores, c.chips, c.cores)
		}
	}
}

func TestNoMachine(t *testing.T) {
	for _, m := range []Machine{
		{},
		{Board: Spin3, Width: 8, Height: 8},
		{Board: Spin5, Width: 2, Height: 2},
		{Board: Spin5, Width: 4, Height: 4},
		{Board: Spin5, Width: 8, Height: 12},
		{Board: Spin5, Width: 18, Height: 12},
		{Board: Spin5, Width: 1 << 30, Height: 12},
		{Board: Spin5, Width: 8, Height: 8, DeadChips: []ChipAt{{7, 0}}},
		{Board: Spin5, Width: 8, Height: 8, DeadChips: []ChipAt{{0, 0}, {0, 0}}},
		{Board: Spin5, Width: 8, Height: 8, DeadLinks: []LinkAt{{0, 0, 6}}},
		{Board: Spin5, Width: 8, Height: 8, DeadLinks: []LinkAt{{200, 0, 0}}},
		{Board: Spin5, Width: 8, Height: 8, DeadCores: []CoreAt{{1, 1, 17}}},
		{Board: Spin5, Width: 8, Height: 8, DeadCores: []CoreAt{{1, 1, 0}}},
	} {
		if _, err := NewMesh(&m); err == nil {
			t.Errorf("%+v is taken for a machine", m)
		}
	}
}

// TestMesh walks the links of machines: each leads back where it came from,
// around the edges of machines that are wrapped, and not off the others.
func TestMesh(t *testing.T) {
	for _, c := range []struct {
		m     Machine
		links int // that work
	}{
		{Machine{Board: Spin3, Width: 2, Height: 2}, 4 * 6},
		{Machine{Board: Spin5, Width: 12, Height: 12}, 144 * 6},
		// Each of the 6 sides of a board has 8 links to its neighbours.
		{Machine{Board: Spin5, Width: 8, Height: 8}, 48*6 - 6*8},
		{Machine{Board: Spin5, Width: 8, Height: 8, DeadChips: []ChipAt{{3, 3}}, DeadLinks: []LinkAt{{0, 0, 0}}}, 48*6 - 6*8 - 12 - 1},
	} {
		mesh, err := NewMesh(&c.m)
		if err != nil {
			t.Fatal(err)
		}
		links := 0
		for chip := range mesh.Width * mesh.Height {
			for l := range Links {
				to, ok := mesh.Next(chip, l)
				if !ok {
					continue
				}
				links++
				if back, ok := mesh.Next(to, Opposite(l)); ok && back != chip {
					t.Errorf("%+v: link %d of chip %d leads to %d, and back to %d", c.m, l, chip, to, back)
				}
			}
		}
		if links != c.links {
			t.Errorf("%+v: %d links, want %d", c.m, links, c.links)
		}
	}
	mesh, err := NewMesh(&Machine{Board: Spin5, Width: 12, Height: 12})
	if err != nil {
		t.Fatal(err)
	}
	if to, ok := mesh.Next(mesh.Chip(11, 11), 1); !ok || to != mesh.Chip(0, 0) {
		t.Errorf("north-east of (11,11) is chip %d, want (0,0)", to)
	}
}

// TestPack checks that words are the fields of specs/spinnaker1.md 2.3 and are
// read back.
func TestPack(t *testing.T) {
	c := Core{LogNeurons: 8, LogDelay: 4}
	if w, err := c.Pack(Synapse{Weight: 0xabcd, Delay: 3, Type: 1, Neuron: 0x42}); err != nil || w != 0xabcd0742 {
		t.Errorf("packed to %08x, %v", w, err)
	}
	if w, err := c.Pack(Synapse{Weight: 1, Delay: 16}); err != nil || w != 0x10000 {
		t.Errorf("the longest delay is packed to %08x, %v", w, err)
	}
	for _, bad := range []Synapse{{Delay: 0}, {Delay: 17}, {Delay: 1, Type: 2}, {Delay: 1, Neuron: 256}} {
		if w, err := c.Pack(bad); err == nil {
			t.Errorf("%+v is packed to %08x", bad, w)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := Core{LogNeurons: rapid.Uint8Range(1, 8).Draw(t, "n"), LogDelay: rapid.Uint8Range(1, 5).Draw(t, "d")}
		s := Synapse{
			Weight: rapid.Uint16().Draw(t, "w"), Delay: rapid.Uint32Range(1, 1<<c.LogDelay).Draw(t, "delay"),
			Type: rapid.Uint32Range(0, 1).Draw(t, "type"), Neuron: rapid.Uint32Range(0, 1<<c.LogNeurons-1).Draw(t, "i"),
		}
		if w, err := c.Pack(s); err != nil || c.Unpack(w) != s {
			t.Errorf("%+v is read back as %+v, %v", s, c.Unpack(w), err)
		}
	})
}

// TestAddSource checks the layout of blocks, with rows too long for one.
func TestAddSource(t *testing.T) {
	var c Core
	rows := [][]uint32{{1, 2, 3}, nil, make([]uint32, 300)}
	for i := range rows[2] {
		rows[2][i] = uint32(1000 + i)
	}
	if err := c.AddSource(PopEntry{Key: 0x100, Mask: 0xffffff00, Neurons: 3}, rows[:2]); err != nil {
		t.Fatal(err)
	}
	if err := c.AddSource(PopEntry{Key: 0x200, Mask: 0xffffff00, Neurons: 3}, rows); err != nil {
		t.Fatal(err)
	}
	if len(c.Populations) != 2 || c.Populations[1].Start != 1 || c.Populations[1].Count != 2 {
		t.Fatalf("entries %+v", c.Populations)
	}
	for i, want := range []struct{ offset, n, row, fixed, first int }{
		{0, 3, 0, 3, 1}, {12, 256, 2, 256, 1000}, {12 + 3*259 + 3, 44, 2, 44, 1256},
	} {
		offset, n := UnpackAddress(c.Addresses[i])
		if offset != want.offset || n != want.n {
			t.Fatalf("block %d is at %d with rows of %d, want %d with %d", i, offset, n, want.offset, want.n)
		}
		row := c.Matrix[offset+want.row*(HeaderWords+n):]
		if row[0] != 0 || int(row[1]) != want.fixed || row[2] != 0 || int(row[3]) != want.first {
			t.Errorf("block %d: row %d starts with %d, want 0 %d 0 %d", i, want.row, row[:4], want.fixed, want.first)
		}
	}
}
