package runner

import (
	"bytes"
	"context"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/emulator/loihi1"
)

// loihi1Machine is a Machine that emulates an image of a Loihi 1-style chip.
type loihi1Machine struct {
	img    *image.Image
	prog   *loihi1.Program
	inputs []Port
	pops   []Port
}

// LoadLoihi1 decodes an image, binary or JSON, and makes it ready to run.
func LoadLoihi1(data []byte) (Machine, error) {
	img, err := decodeLoihi1(data)
	if err != nil {
		return nil, err
	}
	prog, err := loihi1.Compile(img)
	if err != nil {
		return nil, err
	}
	m := &loihi1Machine{img: img, prog: prog}
	for _, in := range img.Inputs {
		m.inputs = append(m.inputs, Port{Name: in.Name, Size: len(in.Ptr) - 1})
	}
	for i := range img.Populations {
		p := &img.Populations[i]
		m.pops = append(m.pops, Port{p.Name, neurons(p), p.Output})
	}
	return m, nil
}

func decodeLoihi1(data []byte) (*image.Image, error) {
	if len(data) > 0 && data[0] == '{' {
		return image.DecodeJSON(data)
	}
	return image.Decode(data)
}

func neurons(p *image.Population) int {
	n := 0
	for _, s := range p.Slices {
		n += int(s.Count)
	}
	return n
}

func (m *loihi1Machine) Inputs() []Port      { return m.inputs }
func (m *loihi1Machine) Populations() []Port { return m.pops }

func (m *loihi1Machine) Run(ctx context.Context, d *Data, opt Options, sink func(k int, s *Sample) error) error {
	newMeter := func() (*loihi1.Meter, error) {
		if opt.meter == nil {
			return nil, nil
		}
		return m.newMeter(opt.meter)
	}
	return runChip(ctx, m.prog.Engine(), d, m.inputs, opt, newMeter, func(k int, s *Sample, meter *loihi1.Meter) error {
		s.meter = meter
		return sink(k, s)
	})
}

// The start of an image, binary and JSON (docs/formats.md).
const (
	loihi1Magic = "SNFLOIH"
	loihi1JSON  = `{"format":"synfire-loihi1-image"`
)

// IsLoihi1 tells whether a file starts as an image of a Loihi 1-style chip.
func IsLoihi1(data []byte) bool {
	return bytes.HasPrefix(data, []byte(loihi1Magic)) || bytes.HasPrefix(data, []byte(loihi1JSON))
}

// JSONLoihi1 returns the JSON form of an image in either form.
func JSONLoihi1(data []byte) ([]byte, error) {
	img, err := decodeLoihi1(data)
	if err != nil {
		return nil, err
	}
	return image.EncodeJSON(img)
}
