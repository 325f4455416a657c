// Package imagetest makes random valid chip images for tests: every weight
// width, exponent, sign and storage mode, delays up to what the accumulator
// holds, shared and population axons, biases, refractory periods and limits of
// the membrane potential.
package imagetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/synfire/synfire/backend/loihi1/image"
)

// Random returns an image of 1 to maxCores cores. The same state of r gives
// the same image.
func Random(r *rand.Rand, maxCores int) (*image.Image, error) {
	img := &image.Image{
		Name:  "random",
		DT:    float64(r.IntN(3)) * 1e-3,
		Notes: []image.Note{{Key: "dt", Value: "a <guess> & \"quotes\" \u00e9"}},
	}
	for k := range 1 + r.IntN(maxCores) {
		c, err := randomCore(r)
		if err != nil {
			return nil, err
		}
		c.Chip, c.ID = int32(k/2), int32(k%2)
		img.Cores = append(img.Cores, c)
	}
	for k := range img.Cores {
		connect(r, img, &img.Cores[k])
	}
	for i := range 1 + r.IntN(3) {
		img.Inputs = append(img.Inputs, randomInput(r, img, fmt.Sprintf("in%d", i)))
	}
	img.Populations = randomPopulations(r, img)
	return img, nil
}

func randomCore(r *rand.Rand) (image.Core, error) {
	c := image.Core{
		VMinExp:   uint8(r.IntN(24)),
		VMaxExp:   uint8(r.IntN(8)),
		DelayBits: uint8(3 + r.IntN(4)),
	}
	for range 1 + r.IntN(3) {
		c.CxProfiles = append(c.CxProfiles, image.CxProfile{DecayU: decay(r), DecayV: decay(r), Refract: refract(r)})
	}
	for range 1 + r.IntN(3) {
		c.VthProfiles = append(c.VthProfiles, uint32(r.IntN(1<<(1+r.IntN(17)))))
	}
	n := 1 + r.IntN(100)
	x := image.Compartment{}
	for range n {
		if r.IntN(4) == 0 { // runs of equal compartments of random length
			x = image.Compartment{CxProfile: uint8(r.IntN(len(c.CxProfiles))), VthProfile: uint8(r.IntN(len(c.VthProfiles)))}
			if r.IntN(3) == 0 {
				x.BiasMant, x.BiasExp = int16(r.IntN(8192)-4096), uint8(r.IntN(8))
			}
			if r.IntN(3) == 0 {
				x.InitRef, x.InitV = uint8(r.IntN(1<<r.IntN(9))), int32(r.IntN(1<<24)-1<<23)
			}
		}
		c.Compartments = append(c.Compartments, x)
	}
	for range 1 + r.IntN(4) {
		c.SynFmts = append(c.SynFmts, randomFmt(r, n))
	}
	return c, randomAxons(r, &c)
}

// decay favours the ends of the range, where the arithmetic has its corners.
func decay(r *rand.Rand) uint16 {
	switch r.IntN(4) {
	case 0:
		return 0
	case 1:
		return 4095
	}
	return uint16(r.IntN(1 << (1 + r.IntN(12))))
}

func refract(r *rand.Rand) uint8 {
	if r.IntN(2) == 0 {
		return 1
	}
	return uint8(1 + r.IntN(64))
}

func randomFmt(r *rand.Rand, n int) image.SynFmt {
	f := image.SynFmt{
		WgtBits: []uint8{0, 1, 2, 3, 4, 5, 6, 8, 8, 8}[r.IntN(10)],
		WgtExp:  int8(r.IntN(16) - 8),
		Sign:    image.Sign(1 + r.IntN(3)),
		DlyBits: uint8(r.IntN(7)),
	}
	if r.IntN(2) == 0 {
		f.Compression = image.Dense
	} else if f.IdxBits = uint8(7 + r.IntN(6)); n <= 64 && r.IntN(2) == 0 {
		f.IdxBits = 6
	}
	return f
}

// randomAxons appends synapse lists and axons; some axons share a list.
func randomAxons(r *rand.Rand, c *image.Core) error {
	for range r.IntN(12) {
		if k := len(c.InAxons); k > 0 && r.IntN(4) == 0 {
			c.InAxons = append(c.InAxons, c.InAxons[r.IntN(k)])
			continue
		}
		atoms := 1
		if r.IntN(3) == 0 {
			atoms = 2 + r.IntN(4)
		}
		base := 4 * r.IntN(1+(len(c.Compartments)-1)/4)
		lists := make([][]uint64, atoms)
		size := 0
		for a := range lists {
			var err error
			if lists[a], err = image.PackAxon(c.SynFmts, base, randomList(r, c, base)); err != nil {
				return err
			}
			size = max(size, len(lists[a]))
		}
		c.InAxons = append(c.InAxons, image.InAxon{
			Ptr: uint32(len(c.SynMem)), Len: uint16(size), Atoms: uint16(atoms), Base: uint16(base),
		})
		for _, l := range lists {
			c.SynMem = append(c.SynMem, l...)
			c.SynMem = append(c.SynMem, make([]uint64, size-len(l))...)
		}
	}
	return nil
}

func randomList(r *rand.Rand, c *image.Core, base int) []image.Synapse {
	var syns []image.Synapse
	next := base
	for range r.IntN(4) {
		k := r.IntN(len(c.SynFmts))
		f := c.SynFmts[k]
		n := 1 + r.IntN(90)
		for range n {
			s := image.Synapse{Mantissa: mantissa(r, f), Fmt: uint8(k)}
			s.Delay = uint8(r.IntN(min(1<<f.DlyBits-1, image.MaxDelay(int(c.DelayBits))) + 1))
			if f.Compression == image.Dense {
				if next >= len(c.Compartments) {
					break
				}
				s.Target = uint16(next)
				next++
			} else {
				s.Target = uint16(base + r.IntN(min(len(c.Compartments)-base, 1<<f.IdxBits)))
			}
			syns = append(syns, s)
		}
	}
	return syns
}

func mantissa(r *rand.Rand, f image.SynFmt) int16 {
	q := r.IntN(1 << f.WgtBits)
	switch {
	case f.Sign == image.Inhibitory:
		q = -q
	case f.Sign == image.Mixed && f.WgtBits > 0:
		q -= 1 << (f.WgtBits - 1)
	}
	return int16(q << f.Shift())
}

// target returns a random atom of a random in-axon, or false if the core
// drawn has none.
func target(r *rand.Rand, img *image.Image) (image.AxonRef, bool) {
	k := r.IntN(len(img.Cores))
	axons := img.Cores[k].InAxons
	if len(axons) == 0 {
		return image.AxonRef{}, false
	}
	a := r.IntN(len(axons))
	return image.AxonRef{Core: int32(k), Axon: uint16(a), Atom: uint16(r.IntN(int(axons[a].Atoms)))}, true
}

func connect(r *rand.Rand, img *image.Image, c *image.Core) {
	for i := range c.Compartments {
		for range r.IntN(3) {
			if t, ok := target(r, img); ok {
				c.OutAxons = append(c.OutAxons, image.OutAxon{Src: uint16(i), AxonRef: t})
			}
		}
	}
}

func randomInput(r *rand.Rand, img *image.Image, name string) image.Input {
	shape := []int32{int32(r.IntN(5)), int32(1 + r.IntN(4))}
	in := image.Input{Name: name, Shape: shape, Ptr: []int32{0}}
	for range shape[0] * shape[1] {
		for range r.IntN(4) {
			if t, ok := target(r, img); ok {
				in.Targets = append(in.Targets, t)
			}
		}
		in.Ptr = append(in.Ptr, int32(len(in.Targets)))
	}
	return in
}

// randomPopulations cuts the cores into slices and deals them out, leaving
// some compartments to no population.
func randomPopulations(r *rand.Rand, img *image.Image) []image.Population {
	pops := make([]image.Population, 1+r.IntN(3))
	for i := range pops {
		pops[i] = image.Population{
			Name: fmt.Sprintf("pop.%d", i), Shape: []int32{0}, Latency: int32(r.IntN(4)),
			Output: r.IntN(2) == 0, Scale: 1 + r.Float64(), VOffset: r.NormFloat64(),
		}
	}
	for k, c := range img.Cores {
		for at := 0; at < len(c.Compartments); {
			n := 1 + r.IntN(len(c.Compartments)-at)
			if i := r.IntN(len(pops) + 1); i < len(pops) {
				p := &pops[i]
				p.Slices = append(p.Slices, image.Slice{First: p.Shape[0], Count: int32(n), Core: int32(k), Compartment: int32(at)})
				p.Shape[0] += int32(n)
			}
			at += n
		}
	}
	return pops
}
