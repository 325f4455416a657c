package image_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/backend/spinnaker1/image/imagetest"
	"pgregory.net/rapid"
)

func random(t interface{ Fatal(...any) }, seed uint64) *image.Image {
	img, err := imagetest.Random(rand.New(rand.NewPCG(seed, 0)), 8)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img := random(t, rapid.Uint64().Draw(t, "seed"))
		data, err := image.Encode(img)
		if err != nil {
			t.Fatal(err)
		}
		back, err := image.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(img, back); d != "" {
			t.Fatal(d)
		}
		again, err := image.Encode(back)
		if err != nil || string(again) != string(data) {
			t.Fatalf("a second encoding has other bytes (%v)", err)
		}
	})
}

// seal makes the checksums right again.
func seal(data []byte) []byte {
	imagetest.Mend(data)
	return data
}

// TestCorrupt changes and cuts images, with a checksum that is right again:
// either it is refused, or it is the image of just these bytes.
func TestCorrupt(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for i := range 1500 {
		data, err := image.Encode(random(t, uint64(i%40)))
		if err != nil {
			t.Fatal(err)
		}
		if rng.IntN(4) == 0 {
			data = data[:rng.IntN(len(data))]
		} else {
			for range 1 + rng.IntN(3) {
				data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			}
		}
		checkDecode(t, seal(data), &accepted)
	}
	if accepted < 100 {
		t.Error("few changed images were still some: the decoder was hardly tested")
	}
	t.Logf("%d changed images were still images", accepted)
}

func checkDecode(t *testing.T, data []byte, accepted *int) {
	img, err := image.Decode(data)
	if err != nil {
		return
	}
	*accepted++
	again, err := image.Encode(img)
	if err != nil || string(again) != string(data) {
		t.Errorf("an image was read that is written otherwise (%v)", err)
	}
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(8) {
		data, err := image.Encode(random(f, seed))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		checkDecode(t, seal(slices.Clone(data)), &n)
	})
}

func TestNoImage(t *testing.T) {
	whole, err := image.Encode(random(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	for want, data := range map[string][]byte{
		"not a spinnaker1 image":       []byte("SNFLOIH1 and more"),
		"image is of version 2":        append([]byte(image.Magic+"\x02"), whole[9:]...),
		"damaged or truncated":         whole[:len(whole)-1],
		"is unknown or out of order":   seal([]byte(image.Magic + "\x01MACH\x00\x00\x00\x00....")),
		"no HEAD section":              seal([]byte(image.Magic + "\x01....")),
		"section of 255 bytes with 0":  seal([]byte(image.Magic + "\x01HEAD\xff\x00\x00\x00....")),
		"HEAD at offset 8: 1701143909": seal([]byte(image.Magic + "\x01HEAD\x04\x00\x00\x00eeee....")),
	} {
		if _, err := image.Decode(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v", want, err)
		}
	}
}

// TestLookup checks the bits of a key with the example of a population on two
// cores of 100 and 60 neurons, 4 bits of colour.
func TestLookup(t *testing.T) {
	c := image.Core{Populations: []image.PopEntry{
		{Key: 0x0000, Mask: 0xfffff000, Neurons: 9},
		{Key: 0x2000, Mask: 0xffffe000, CoreMask: 1, MaskShift: 12, Neurons: 100},
		{Key: 0x8000, Mask: 0xfffff000, Neurons: 9},
	}}
	for _, x := range []struct {
		key        uint32
		entry, row int
		ok         bool
	}{
		{0x0017, 0, 1, true},
		{0x2000 + 99<<4 + 15, 1, 99, true},
		{0x3000, 1, 100, true},
		{0x3000 + 59<<4, 1, 159, true},
		{0x8080, 2, 8, true},
		{0x1000, 0, 0, false},
		{0x4000, 0, 0, false},
		{0x9000, 0, 0, false},
	} {
		if entry, row, ok := c.Lookup(x.key, 4); entry != x.entry || row != x.row || ok != x.ok {
			t.Errorf("%04x is row %d of entry %d, %v, want row %d of entry %d, %v", x.key, row, entry, ok, x.row, x.entry, x.ok)
		}
	}
}
