package image

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/synfire/synfire/internal/imagefile"
)

// Ranges of the chip's address and register fields. What a given chip has
// of each (its limits) is the business of the target, not of the image.
const (
	maxCompartments = 1024    // 10-bit compartment id
	maxInAxons      = 4096    // 12-bit synapse map index
	maxAtoms        = 512     // 9 atom bits
	maxSynWords     = 1 << 14 // 14-bit synapse pointer
	maxCxProfiles   = 32
	maxVthProfiles  = 16
	maxSynFmts      = 1<<fmtBits - 1
	maxBase         = 1020 // 8-bit cxBase in units of 4
	maxVth          = 1<<17 - 1
	maxDecay        = 4095
	maxRefract      = 64
	maxBias         = 4096 // 13-bit signed mantissa
	maxBiasExp      = 7
	maxLatency      = 255  // the refractory counter that delays a layer has 8 bits
	accumulatorSize = 8192 // compartments x delay slots: 1024 at 8 slots (inferred)
	vBits           = 23   // magnitude bits of v
	maxName         = 1 << 12
)

// Validate checks every field range and every cross reference of an image and
// returns all that is wrong, joined (the first 100), or nil.
func Validate(img *Image) error {
	r := &imagefile.Report{}
	checkName(r, "name", img.Name)
	r.Check(img.DT >= 0 && !math.IsInf(img.DT, 0), "dt: %v is not a time", img.DT)
	for i, n := range img.Notes {
		r.Check(utf8.ValidString(n.Key) && utf8.ValidString(n.Value), "notes[%d]: not valid UTF-8", i)
	}
	for i := range img.Cores {
		checkCore(r, fmt.Sprintf("cores[%d]", i), &img.Cores[i])
	}
	checkPlaces(r, img.Cores)
	for i := range img.Cores {
		checkOutAxons(r, fmt.Sprintf("cores[%d]", i), img, &img.Cores[i])
	}
	checkInputs(r, img)
	checkPopulations(r, img)
	return r.Err()
}

func checkName(r *imagefile.Report, path, name string) {
	r.Check(utf8.ValidString(name), "%s: not valid UTF-8", path)
	r.Check(len(name) <= maxName, "%s: %d bytes is longer than %d", path, len(name), maxName)
}

// checkPlaces refuses two cores at one place of one chip.
func checkPlaces(r *imagefile.Report, cores []Core) {
	type place struct{ chip, id int32 }
	seen := make(map[place]int, len(cores))
	for i, c := range cores {
		p := place{c.Chip, c.ID}
		if j, ok := seen[p]; ok {
			r.Addf("cores[%d]: chip %d core %d is already cores[%d]", i, c.Chip, c.ID, j)
			continue
		}
		seen[p] = i
	}
}

// refProblem returns why a spike sent to ref arrives nowhere, or "".
func refProblem(img *Image, ref AxonRef) string {
	if ref.Core < 0 || int(ref.Core) >= len(img.Cores) {
		return fmt.Sprintf("no core %d of %d", ref.Core, len(img.Cores))
	}
	axons := img.Cores[ref.Core].InAxons
	if int(ref.Axon) >= len(axons) {
		return fmt.Sprintf("core %d has no in-axon %d", ref.Core, ref.Axon)
	}
	if a := axons[ref.Axon]; ref.Atom >= a.Atoms {
		return fmt.Sprintf("core %d in-axon %d has no atom %d", ref.Core, ref.Axon, ref.Atom)
	}
	return ""
}

func checkOutAxons(r *imagefile.Report, path string, img *Image, c *Core) {
	for i, o := range c.OutAxons {
		if int(o.Src) >= len(c.Compartments) {
			r.Addf("%s.out_axons[%d].src: no compartment %d", path, i, o.Src)
		}
		if i > 0 && c.OutAxons[i-1].Src > o.Src {
			r.Addf("%s.out_axons[%d].src: %d is out of order", path, i, o.Src)
		}
		if p := refProblem(img, o.AxonRef); p != "" {
			r.Addf("%s.out_axons[%d]: %s", path, i, p)
		}
	}
}

func checkInputs(r *imagefile.Report, img *Image) {
	names := map[string]bool{}
	for i, in := range img.Inputs {
		path := fmt.Sprintf("inputs[%d]", i)
		checkUnique(r, path, in.Name, names)
		n, ok := volume(in.Shape)
		if !ok || len(in.Ptr) == 0 || n != len(in.Ptr)-1 {
			r.Addf("%s: shape %v does not have %d elements", path, in.Shape, len(in.Ptr)-1)
			continue
		}
		r.Check(in.Ptr[0] == 0 && int(in.Ptr[n]) == len(in.Targets), "%s.ptr: does not span the %d targets", path, len(in.Targets))
		for k := range n {
			if in.Ptr[k] > in.Ptr[k+1] {
				r.Addf("%s.ptr[%d]: descends", path, k+1)
			}
		}
		for k, ref := range in.Targets {
			if p := refProblem(img, ref); p != "" {
				r.Addf("%s.targets[%d]: %s", path, k, p)
			}
		}
	}
}

func checkUnique(r *imagefile.Report, path, name string, names map[string]bool) {
	checkName(r, path+".name", name)
	r.Check(!names[name], "%s.name: %q is used twice", path, name)
	names[name] = true
}

func checkPopulations(r *imagefile.Report, img *Image) {
	names := map[string]bool{}
	used := make([][]bool, len(img.Cores)) // per core: compartments that are some neuron
	for i := range used {
		used[i] = make([]bool, len(img.Cores[i].Compartments))
	}
	for i, p := range img.Populations {
		path := fmt.Sprintf("populations[%d]", i)
		checkUnique(r, path, p.Name, names)
		r.Check(p.Latency >= 0 && p.Latency <= maxLatency, "%s.latency: %d is outside 0..%d", path, p.Latency, maxLatency)
		r.Check(p.Scale > 0 && !math.IsInf(p.Scale, 0), "%s.scale: %v is not a positive number", path, p.Scale)
		r.Check(!math.IsNaN(p.VOffset) && !math.IsInf(p.VOffset, 0), "%s.v_offset: %v is not a number", path, p.VOffset)
		next := 0
		for k, s := range p.Slices {
			at := fmt.Sprintf("%s.slices[%d]", path, k)
			r.Check(int(s.First) == next, "%s: starts at neuron %d, not %d", at, s.First, next)
			next = int(s.First) + int(s.Count)
			claim(r, at, s, used)
		}
		n, ok := volume(p.Shape)
		r.Check(ok && n == next, "%s: shape %v does not have the %d neurons of its slices", path, p.Shape, next)
	}
}

// claim marks the compartments of a slice as used.
func claim(r *imagefile.Report, path string, s Slice, used [][]bool) {
	if s.Core < 0 || int(s.Core) >= len(used) {
		r.Addf("%s: no core %d of %d", path, s.Core, len(used))
		return
	}
	cxs := used[s.Core]
	if s.Count < 1 || s.Compartment < 0 || int64(s.Compartment)+int64(s.Count) > int64(len(cxs)) {
		r.Addf("%s: core %d has no compartments %d..+%d", path, s.Core, s.Compartment, s.Count)
		return
	}
	for k := range s.Count {
		if cxs[s.Compartment+k] {
			r.Addf("%s: compartment %d of core %d is taken", path, s.Compartment+k, s.Core)
			return
		}
		cxs[s.Compartment+k] = true
	}
}

// volume is the product of a shape, or false if a dimension is negative or the
// product is not an int32.
func volume(shape []int32) (int, bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if n *= int64(d); n > math.MaxInt32 {
			return 0, false
		}
	}
	return int(n), true
}
