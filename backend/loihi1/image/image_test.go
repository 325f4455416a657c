package image_test

import (
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/backend/loihi1/image/imagetest"
	"pgregory.net/rapid"
)

func random(t interface{ Fatal(...any) }, seed uint64) *image.Image {
	img, err := imagetest.Random(rand.New(rand.NewPCG(seed, 0)), 4)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestBothFormsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img := random(t, rapid.Uint64().Draw(t, "seed"))
		forms := []struct {
			name   string
			encode func(*image.Image) ([]byte, error)
			decode func([]byte) (*image.Image, error)
		}{
			{"binary", image.Encode, image.Decode},
			{"json", image.EncodeJSON, image.DecodeJSON},
		}
		for _, f := range forms {
			data, err := f.encode(img)
			if err != nil {
				t.Fatal(f.name, err)
			}
			back, err := f.decode(data)
			if err != nil {
				t.Fatal(f.name, err)
			}
			if d := cmp.Diff(img, back, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%s: %s", f.name, d)
			}
			again, err := f.encode(back)
			if err != nil || string(again) != string(data) {
				t.Fatalf("%s: a second encoding has other bytes (%v)", f.name, err)
			}
		}
	})
}

// minimal is a hand-made image with one of everything, so that the tests below
// can break each part.
func minimal(t testing.TB) *image.Image {
	fmts := []image.SynFmt{
		{WgtBits: 8, Sign: image.Mixed, DlyBits: 3, Compression: image.Dense},
		{WgtBits: 8, Sign: image.Inhibitory, IdxBits: 6},
	}
	mem, err := image.PackAxon(fmts, 0, []image.Synapse{
		{Target: 0, Mantissa: -256, Delay: 6}, {Target: 1, Mantissa: 254}, {Target: 1, Mantissa: -255, Fmt: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &image.Image{
		Name:   "minimal",
		Inputs: []image.Input{{Name: "x", Shape: []int32{1}, Ptr: []int32{0, 1}, Targets: []image.AxonRef{{}}}},
		Populations: []image.Population{{
			Name: "p", Shape: []int32{2}, Scale: 1,
			Slices: []image.Slice{{First: 0, Count: 1, Compartment: 1}, {First: 1, Count: 1, Compartment: 0}},
		}},
		Cores: []image.Core{{
			VMinExp: 23, VMaxExp: 7, DelayBits: 3,
			CxProfiles: []image.CxProfile{{Refract: 1}}, VthProfiles: []uint32{100}, SynFmts: fmts,
			Compartments: make([]image.Compartment, 2),
			InAxons:      []image.InAxon{{Ptr: 0, Len: uint16(len(mem)), Atoms: 1}},
			SynMem:       mem,
			OutAxons:     []image.OutAxon{{Src: 1}},
		}},
	}
}

func TestValidateNamesEachProblem(t *testing.T) {
	if err := image.Validate(minimal(t)); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want  string
		spoil func(*image.Image, *image.Core)
	}{
		{"inputs[0].targets[0]: no core 1", func(m *image.Image, c *image.Core) { m.Inputs[0].Targets[0].Core = 1 }},
		{"inputs[0].targets[0]: no core -1", func(m *image.Image, c *image.Core) { m.Inputs[0].Targets[0].Core = -1 }},
		{"has no in-axon 1", func(m *image.Image, c *image.Core) { m.Inputs[0].Targets[0].Axon = 1 }},
		{"out_axons[0]: core 0 in-axon 0 has no atom 1", func(m *image.Image, c *image.Core) { c.OutAxons[0].Atom = 1 }},
		{"out_axons[0].src: no compartment 2", func(m *image.Image, c *image.Core) { c.OutAxons[0].Src = 2 }},
		{"shape [2] does not have 1 elements", func(m *image.Image, c *image.Core) { m.Inputs[0].Shape[0] = 2 }},
		{"inputs[0].ptr", func(m *image.Image, c *image.Core) { m.Inputs[0].Ptr[1] = 0 }},
		{"shape [65536 65536]", func(m *image.Image, c *image.Core) { m.Populations[0].Shape = []int32{65536, 65536} }},
		{"slices[1]: starts at neuron 0, not 1", func(m *image.Image, c *image.Core) { m.Populations[0].Slices[1].First = 0 }},
		{"compartment 1 of core 0 is taken", func(m *image.Image, c *image.Core) { m.Populations[0].Slices[1].Compartment = 1 }},
		{"no compartments 2147483647..+1", func(m *image.Image, c *image.Core) { m.Populations[0].Slices[1].Compartment = 1<<31 - 1 }},
		{"populations[0].latency", func(m *image.Image, c *image.Core) { m.Populations[0].Latency = 256 }},
		{"populations[0].scale", func(m *image.Image, c *image.Core) { m.Populations[0].Scale = 0 }},
		{"compartments[1].cx: no profile 1", func(m *image.Image, c *image.Core) { c.Compartments[1].CxProfile = 1 }},
		{"compartments[1].vth: no profile 9", func(m *image.Image, c *image.Core) { c.Compartments[1].VthProfile = 9 }},
		{"cx_profiles[0].refract: 0", func(m *image.Image, c *image.Core) { c.CxProfiles[0].Refract = 0 }},
		{"vth_profiles[0]: 131072", func(m *image.Image, c *image.Core) { c.VthProfiles[0] = 1 << 17 }},
		{"wgt_bits: 7", func(m *image.Image, c *image.Core) { c.SynFmts[0].WgtBits = 7 }},
		{"wgt_bits: 200", func(m *image.Image, c *image.Core) { c.SynFmts[0].WgtBits = 200 }},
		{"sign: 0", func(m *image.Image, c *image.Core) { c.SynFmts[0].Sign = 0 }},
		{"no synapse format 1", func(m *image.Image, c *image.Core) { c.SynFmts = c.SynFmts[:1] }},
		{"no compartment 1", func(m *image.Image, c *image.Core) { c.Compartments = c.Compartments[:1] }},
		{"no compartment 5", func(m *image.Image, c *image.Core) { c.InAxons[0].Base = 4 }},
		{"base: 2 is not a multiple", func(m *image.Image, c *image.Core) { c.InAxons[0].Base = 2 }},
		{"outside the synapse memory", func(m *image.Image, c *image.Core) { c.InAxons[0].Atoms = 2 }},
		{"outside the synapse memory", func(m *image.Image, c *image.Core) { c.InAxons[0].Ptr = 1<<32 - 1 }},
		{"lists overlap at word 1", func(m *image.Image, c *image.Core) {
			c.InAxons = append(c.InAxons, image.InAxon{Ptr: 1, Len: 1, Atoms: 1})
		}},
		{"overlaps the list", func(m *image.Image, c *image.Core) {
			c.InAxons = append(c.InAxons, image.InAxon{Ptr: 0, Len: 1, Atoms: 1})
		}},
		{"after the end of the list is not zero", func(m *image.Image, c *image.Core) { c.SynMem[0] &^= 15 }},
		{"delay 7 is over 6", func(m *image.Image, c *image.Core) { c.SynMem[0] |= 7 << (10 + 8) }},
		{"over the accumulator", func(m *image.Image, c *image.Core) { c.Compartments = make([]image.Compartment, 1024); c.DelayBits = 4 }},
		{"is already cores[0]", func(m *image.Image, c *image.Core) { m.Cores = append(m.Cores, image.Core{DelayBits: 3}) }},
	}
	for _, x := range tests {
		img := minimal(t)
		x.spoil(img, &img.Cores[0])
		err := image.Validate(img)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got: %v", x.want, err)
		}
		if _, err := image.Encode(img); err == nil {
			t.Errorf("%q: was encoded", x.want)
		}
	}
}

func TestValidateReportsAllProblemsAtOnce(t *testing.T) {
	img := minimal(t)
	img.Cores[0].CxProfiles[0].Refract = 0
	img.Populations[0].Scale = -1
	img.Inputs[0].Targets[0].Axon = 7
	err := image.Validate(img)
	for _, want := range []string{"refract", "scale", "in-axon 7"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

// TestOverlappingListsAreNotUnpacked: thousands of long lists that overlap
// would take quadratic work if each were unpacked.
func TestOverlappingListsAreNotUnpacked(t *testing.T) {
	img := minimal(t)
	c := &img.Cores[0]
	c.SynFmts = []image.SynFmt{{WgtBits: 0, Sign: image.Mixed, Compression: image.Dense}}
	c.SynMem = make([]uint64, 16384)
	for i := range c.SynMem {
		c.SynMem[i] = 1 | 63<<4
	}
	c.InAxons = nil
	for i := range 4096 {
		c.InAxons = append(c.InAxons, image.InAxon{Ptr: uint32(i), Len: 12000, Atoms: 1})
	}
	if err := image.Validate(img); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Fatal(err)
	}
}

func reseal(data []byte) []byte {
	body := data[:len(data)-4]
	return binary.LittleEndian.AppendUint32(body[:len(body):len(body)], crc32.ChecksumIEEE(body))
}

func TestDecodeRefusesDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, err := image.Encode(random(t, rapid.Uint64Range(0, 9).Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		if _, err := image.Decode(data[:at]); err == nil {
			t.Fatalf("truncation to %d of %d bytes was accepted", at, len(data))
		}
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := image.Decode(data); err == nil {
			t.Fatalf("bit flip at %d was accepted", at)
		}
		// With a right checksum the damage may be a valid image, which must
		// then encode to the very same bytes.
		data = reseal(data)
		if img, err := image.Decode(data); err == nil {
			if again, err := image.Encode(img); err != nil || string(again) != string(data) {
				t.Fatalf("decoded damage does not encode again (%v)", err)
			}
		}
	})
}

func TestDecodersSayWhatTheyCannotRead(t *testing.T) {
	js, err := image.EncodeJSON(minimal(t))
	if err != nil {
		t.Fatal(err)
	}
	bin, err := image.Encode(minimal(t))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) []byte {
		if !strings.Contains(string(js), old) {
			t.Fatalf("%q is not in %s", old, js)
		}
		return []byte(strings.Replace(string(js), old, new, 1))
	}
	next := append([]byte(nil), bin...)
	next[8] = 2
	// A core that claims 2^32-1 compartments in a few bytes.
	huge := append(append([]byte(nil), bin[:9]...), "CORE"...)
	tests := []struct {
		data []byte
		want string
	}{
		{edit(`"version":1`, `"version":2`), "version 2"},
		{edit(`"format":"synfire-loihi1-image"`, `"format":"x"`), `format "x"`},
		{edit(`"name"`, `"nmae"`), "nmae"},
		{edit(`"syn_mem":["`, `"syn_mem":["0`), "16 hexadecimal digits"},
		{edit(`"syn_mem":["`, `"syn_mem":["zzzzzzzzzzzzzzzz","`), "16 hexadecimal digits"},
		{edit(`"minimal"`, "\"\xff\""), "UTF-8"},
		{append(js, '1'), "more data"},
		{js[:len(js)-9], "unexpected EOF"},
		{[]byte("{}"), "format"},
		{[]byte("null"), "format"},
		{next, "version 2"},
		{reseal(append(huge, 0, 0, 0, 0, 0, 0, 0, 0)), "out of order"},
		{reseal(append(append([]byte(nil), bin[:9]...), 0, 0, 0, 0)), "no HEAD"},
		{[]byte("SNFL"), "not a loihi1 image"},
		{nil, "not a loihi1 image"},
	}
	for _, x := range tests {
		decode := image.Decode
		if len(x.data) > 0 && strings.ContainsRune("{n", rune(x.data[0])) {
			decode = image.DecodeJSON
		}
		if _, err := decode(x.data); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(3) {
		img := random(f, seed)
		bin, err := image.Encode(img)
		if err != nil {
			f.Fatal(err)
		}
		js, err := image.EncodeJSON(img)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bin)
		f.Add(js)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if img, err := image.DecodeJSON(data); err == nil {
			if _, err := image.Encode(img); err != nil {
				t.Fatal(err)
			}
		}
		if len(data) < 4 {
			return
		}
		data = reseal(data)
		img, err := image.Decode(data)
		if err != nil {
			return
		}
		if again, err := image.Encode(img); err != nil || string(again) != string(data) {
			t.Fatalf("decoded bytes do not encode again (%v)", err)
		}
	})
}
