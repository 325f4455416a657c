package image

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/synfire/synfire/internal/imagefile"
)

// Limits of ours on what an image may say.
const (
	minDT       = 1e-12 // seconds; how much slower a tick is stays a number
	maxLatency  = 255
	maxName     = 1 << 12
	maxSubsteps = 1 << 10
	maxSpikes   = 1 << 16 // packets that can wait
	maxNeurons  = 1 << 30 // of a population
)

// Validate checks every range and every cross reference of an image and returns
// all that is wrong, joined (the first 100), or nil. Whether packets arrive
// where they are waited for is for whoever follows them through the tables to
// say (emulator/spinnaker1).
func Validate(img *Image) error {
	r := &imagefile.Report{}
	checkName(r, "name", img.Name)
	r.Check(img.DT == 0 || img.DT >= minDT && !math.IsInf(img.DT, 0), "dt: %v is not a time", img.DT)
	r.Check(img.TimerPeriod > 0, "timer_period: 0 is not a time")
	r.Check(img.ColourBits <= maxColourBits, "colour_bits: %d is more than %d", img.ColourBits, maxColourBits)
	for i, n := range img.Notes {
		r.Check(utf8.ValidString(n.Key) && utf8.ValidString(n.Value), "notes[%d]: not valid UTF-8", i)
	}
	mesh := checkMachine(r, &img.Machine)
	if mesh == nil {
		return r.Err()
	}
	checkChips(r, mesh, img.Chips)
	checkPlaces(r, mesh, img.Cores)
	for i := range img.Cores {
		checkCore(r, fmt.Sprintf("cores[%d]", i), &img.Cores[i])
	}
	checkKeys(r, img)
	used := make([][]bool, len(img.Cores))
	checkInputs(r, img, used)
	checkPopulations(r, img, used)
	return r.Err()
}

func checkName(r *imagefile.Report, path, name string) {
	r.Check(utf8.ValidString(name), "%s: not valid UTF-8", path)
	r.Check(len(name) <= maxName, "%s: %d bytes is longer than %d", path, len(name), maxName)
}

// checkMachine returns nil if there is no such machine.
func checkMachine(r *imagefile.Report, m *Machine) *Mesh {
	mesh, err := NewMesh(m)
	if err != nil {
		r.Addf("machine: %w", err)
		return nil
	}
	ascending(r, "machine.dead_chips", m.DeadChips, func(d ChipAt) int { return place(d.X, d.Y, 0) })
	ascending(r, "machine.dead_links", m.DeadLinks, func(d LinkAt) int { return place(d.X, d.Y, d.Link) })
	ascending(r, "machine.dead_cores", m.DeadCores, func(d CoreAt) int { return place(d.X, d.Y, d.P) })
	return mesh
}

// place numbers a part of a chip: row by row.
func place(x, y, part uint8) int { return int(y)<<16 | int(x)<<8 | int(part) }

// ascending refuses entries out of order and two for one place.
func ascending[T any](r *imagefile.Report, path string, list []T, at func(T) int) {
	for i := 1; i < len(list); i++ {
		r.Check(at(list[i-1]) < at(list[i]), "%s[%d]: %v is out of order, or there twice", path, i, list[i])
	}
}

func checkChips(r *imagefile.Report, mesh *Mesh, chips []Chip) {
	last := -1
	for i := range chips {
		c, path := &chips[i], fmt.Sprintf("chips[%d]", i)
		at := place(c.X, c.Y, 0)
		r.Check(at > last, "%s: (%d,%d) is out of order, or there twice", path, c.X, c.Y)
		last = at
		if !mesh.Has(int(c.X), int(c.Y)) {
			r.Addf("%s: (%d,%d) is no working chip of the machine", path, c.X, c.Y)
			continue
		}
		r.Check(len(c.Entries) > 0 && len(c.Entries) <= MaxEntries, "%s.entries: %d is outside 1..%d", path, len(c.Entries), MaxEntries)
		for k, e := range c.Entries {
			checkEntry(r, path, k, mesh, c, e)
		}
	}
}

func checkEntry(r *imagefile.Report, path string, k int, mesh *Mesh, c *Chip, e Entry) {
	if e.Key&^e.Mask != 0 {
		r.Addf("%s.entries[%d]: key %08x has bits outside of mask %08x, so that nothing matches", path, k, e.Key, e.Mask)
	}
	if e.Route>>24 != 0 {
		r.Addf("%s.entries[%d]: route %08x has more than 24 bits", path, k, e.Route)
	}
	for l := range Links {
		if _, ok := mesh.Next(mesh.Chip(int(c.X), int(c.Y)), l); !ok && e.Route>>l&1 == 1 {
			r.Addf("%s.entries[%d]: link %d of chip (%d,%d) does not work", path, k, l, c.X, c.Y)
		}
	}
	for p := range 24 - Links {
		if e.Route>>(Links+p)&1 == 1 && !mesh.HasCore(int(c.X), int(c.Y), p) {
			r.Addf("%s.entries[%d]: core %d of chip (%d,%d) does not work", path, k, p, c.X, c.Y)
		}
	}
}

// checkPlaces checks that cores are in order, work, and fit their chip's memory.
func checkPlaces(r *imagefile.Report, mesh *Mesh, cores []Core) {
	var bytes int64
	for i := range cores {
		c, path := &cores[i], fmt.Sprintf("cores[%d]", i)
		r.Check(c.P > 0 && mesh.HasCore(int(c.X), int(c.Y), int(c.P)), "%s: (%d,%d,%d) is no working core for applications", path, c.X, c.Y, c.P)
		if i == 0 || cores[i-1].X != c.X || cores[i-1].Y != c.Y {
			bytes = 0
		}
		bytes += c.Bytes()
		r.Check(bytes <= SDRAM, "%s: the cores of chip (%d,%d) up to this take %d bytes of SDRAM, over the limit of %d", path, c.X, c.Y, bytes, SDRAM)
	}
	for i := 1; i < len(cores); i++ {
		a, b := &cores[i-1], &cores[i]
		r.Check(place(a.X, a.Y, a.P) < place(b.X, b.Y, b.P), "cores[%d]: (%d,%d,%d) is out of order, or there twice", i, b.X, b.Y, b.P)
	}
}

// checkKeys checks that each key belongs to one neuron.
func checkKeys(r *imagefile.Report, img *Image) {
	type owner struct {
		key  uint32
		core int
	}
	var all []owner
	colour := uint32(1)<<min(img.ColourBits, maxColourBits) - 1
	for i := range img.Cores {
		for k, key := range img.Cores[i].Keys {
			if key&colour != 0 {
				r.Addf("cores[%d].keys[%d]: %08x has a colour", i, k, key)
			}
			all = append(all, owner{key, i})
		}
	}
	slices.SortFunc(all, func(a, b owner) int { return cmp.Or(cmp.Compare(a.key, b.key), a.core-b.core) })
	for i := 1; i < len(all); i++ {
		if all[i-1].key == all[i].key {
			r.Addf("cores[%d].keys: %08x is also a key of cores[%d]", all[i].core, all[i].key, all[i-1].core)
		}
	}
}

func checkInputs(r *imagefile.Report, img *Image, used [][]bool) {
	names := map[string]bool{}
	for i := range img.Inputs {
		in, path := &img.Inputs[i], fmt.Sprintf("inputs[%d]", i)
		checkUnique(r, path, in.Name, names)
		checkSlices(r, path, in.Shape, in.Slices, img, used, true)
	}
}

func checkPopulations(r *imagefile.Report, img *Image, used [][]bool) {
	names := map[string]bool{}
	for i := range img.Populations {
		p, path := &img.Populations[i], fmt.Sprintf("populations[%d]", i)
		checkUnique(r, path, p.Name, names)
		r.Check(p.Latency >= 0 && p.Latency <= maxLatency, "%s.latency: %d is outside 0..%d", path, p.Latency, maxLatency)
		r.Check(p.Scale > 0 && !math.IsInf(p.Scale, 0), "%s.scale: %v is not above 0", path, p.Scale)
		r.Check(!math.IsNaN(p.VOffset) && !math.IsInf(p.VOffset, 0), "%s.v_offset: %v is not finite", path, p.VOffset)
		checkSlices(r, path, p.Shape, p.Slices, img, used, false)
	}
}

func checkUnique(r *imagefile.Report, path, name string, names map[string]bool) {
	checkName(r, path+".name", name)
	r.Check(!names[name], "%s.name: %q is there twice", path, name)
	names[name] = true
}

// checkSlices checks that slices cover a shape, and neurons that nothing else
// covers, of sources or of others.
func checkSlices(r *imagefile.Report, path string, shape []int32, list []Slice, img *Image, used [][]bool, sources bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 1 || n*int64(d) > maxNeurons {
			r.Addf("%s.shape: %v is not the shape of 1..%d elements", path, shape, maxNeurons)
			return
		}
		n *= int64(d)
	}
	next := int64(0)
	for k, s := range list {
		at := fmt.Sprintf("%s.slices[%d]", path, k)
		if s.Core < 0 || int(s.Core) >= len(img.Cores) {
			r.Addf("%s: no core %d of %d", at, s.Core, len(img.Cores))
			return
		}
		c := &img.Cores[s.Core]
		if int64(s.First) != next || s.Count < 1 || s.Neuron < 0 || int64(s.Neuron)+int64(s.Count) > int64(c.Size()) {
			r.Addf("%s: elements %d+%d on neurons %d+%d of a core of %d, want them from %d on", at, s.First, s.Count, s.Neuron, s.Count, c.Size(), next)
			return
		}
		r.Check((c.Model == Source) == sources, "%s: core %d runs %s", at, s.Core, c.Model)
		next += int64(s.Count)
		if used[s.Core] == nil {
			used[s.Core] = make([]bool, c.Size())
		}
		for i := s.Neuron; i < s.Neuron+s.Count; i++ {
			if used[s.Core][i] {
				r.Addf("%s: neuron %d of core %d is taken", at, i, s.Core)
			}
			used[s.Core][i] = true
		}
	}
	r.Check(next == n, "%s: slices cover %d elements of shape %v", path, next, shape)
}
