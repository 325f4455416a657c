package spike

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/npy"
)

// images is a Source that encodes grey images as they are asked for.
type images struct {
	selection
	pixels []uint8
	n      int
}

// openImages makes a source of uint8 images [S, ...] of n pixels each.
func openImages(p parts, n int, opt Options) (Source, error) {
	a := p.data
	switch {
	case opt.Encode == "":
		return nil, errors.New("the file holds images, not spikes; encode them with --encode if")
	case opt.Form != "":
		return nil, fmt.Errorf("images have no --form %s", opt.Form)
	case p.shape != nil || a.Kind != npy.Uint || a.Bits != 8 || len(a.Shape) < 2:
		return nil, fmt.Errorf("--encode needs images, uint8 of shape [S, ...]; the array has the shape %v of %v%d", a.Shape, a.Kind, a.Bits)
	case opt.Steps == 0:
		return nil, errors.New("images have no duration; say for how many steps to show each with --steps")
	}
	if got := product(a.Shape[1:]); got != n {
		return nil, wrongShape(fmt.Errorf("the images %v have %d pixels each, the network has %d inputs", a.Shape, got, n))
	}
	if err := checkSize(opt.Steps, n); err != nil {
		return nil, err
	}
	s, err := selectSamples(a.Shape[0], p, opt)
	if err != nil {
		return nil, err
	}
	s.steps = opt.Steps
	return &images{selection: s, pixels: a.Bytes, n: n}, nil
}

func (m *images) N() int { return m.n }

func (m *images) Raster(k int, into *Raster) error {
	k, err := m.index(k)
	if err != nil {
		return err
	}
	if err := into.shape(m.steps, m.n); err != nil {
		return err
	}
	into.Clear()
	encode.IF(into, m.steps, m.pixels[k*m.n:(k+1)*m.n])
	return nil
}
