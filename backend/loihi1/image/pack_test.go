package image_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/synfire/synfire/backend/loihi1/image"
	"pgregory.net/rapid"
)

// TestAxonWordsFollowsThePublishedAccounting: specs/loihi1.md 2.1, 1024 dense
// 8-bit weights are 16 blocks of 576 bits.
func TestAxonWordsFollowsThePublishedAccounting(t *testing.T) {
	dense := image.SynFmt{WgtBits: 8, Sign: image.Mixed, Compression: image.Dense}
	if got := image.AxonWords(dense, 1024) * 64; got != 9216 {
		t.Errorf("1024 dense 8-bit weights take %d bits, want 9216", got)
	}
	sparse := image.SynFmt{WgtBits: 8, Sign: image.Mixed, IdxBits: 10, DlyBits: 6}
	// 65 synapses: 64*24+10 = 1546 bits -> 25 words, and 24+10 -> 1 word.
	if got := image.AxonWords(sparse, 65); got != 26 {
		t.Errorf("65 sparse synapses take %d words, want 26", got)
	}
	if got := image.AxonWords(dense, 0); got != 0 {
		t.Errorf("no synapses take %d words", got)
	}
}

func TestUnpackReturnsWhatWasPacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img := random(t, rapid.Uint64().Draw(t, "seed"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "pick"), 1))
		c := &img.Cores[r.IntN(len(img.Cores))]
		for i, a := range c.InAxons {
			for k := range int(a.Atoms) {
				syns, err := image.UnpackAxon(c, i, k)
				if err != nil {
					t.Fatal(err)
				}
				words, err := image.PackAxon(c.SynFmts, int(a.Base), syns)
				if err != nil {
					t.Fatal(err)
				}
				list := c.SynMem[int(a.Ptr)+k*int(a.Len):][:a.Len]
				want := make([]uint64, len(list)) // zero words after the end
				copy(want, words)
				if d := cmp.Diff(want, []uint64(list), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("axon %d atom %d: %s", i, k, d)
				}
			}
		}
	})
}

// TestBitLayout pins the documented layout by hand, so that packing and
// unpacking cannot be wrong together.
func TestBitLayout(t *testing.T) {
	fmts := []image.SynFmt{{}, {WgtBits: 4, Sign: image.Mixed, DlyBits: 2, IdxBits: 6}}
	fmts[0] = fmts[1]
	words, err := image.PackAxon(fmts, 4, []image.Synapse{
		{Target: 9, Mantissa: -32, Delay: 3, Fmt: 1}, // index 5, weight -1, delay 3
		{Target: 4, Mantissa: 96, Delay: 1, Fmt: 1},  // index 0, weight 3, delay 1
	})
	want := uint64(2) | 1<<4 | // format 1 is stored as 2; count-1
		5<<10 | 15<<16 | 3<<20 |
		0<<22 | 3<<28 | 1<<32
	if err != nil || len(words) != 1 || words[0] != want {
		t.Fatalf("%x (%v), want %x", words, err, want)
	}
}

func TestPackRefusesWhatTheFormatCannotHold(t *testing.T) {
	fmts := []image.SynFmt{
		{WgtBits: 8, Sign: image.Inhibitory, IdxBits: 6},
		{WgtBits: 8, Sign: image.Mixed, Compression: image.Dense},
		{WgtBits: 4, Sign: image.Excitatory, DlyBits: 2, IdxBits: 6},
		{WgtBits: 1, Sign: image.Mixed, IdxBits: 6},
	}
	tests := []struct {
		syn  image.Synapse
		want string // "" means it must be accepted
	}{
		{image.Synapse{Fmt: 0, Target: 4, Mantissa: -256}, "weight mantissa -256"},
		{image.Synapse{Fmt: 0, Target: 4, Mantissa: 1}, "weight mantissa 1"},
		{image.Synapse{Fmt: 0, Target: 4, Mantissa: -255}, ""},
		{image.Synapse{Fmt: 1, Target: 4, Mantissa: -256}, ""},
		{image.Synapse{Fmt: 1, Target: 4, Mantissa: 255}, "weight mantissa 255"},
		{image.Synapse{Fmt: 1, Target: 5}, "target 5 where a dense block is at 4"},
		{image.Synapse{Fmt: 2, Target: 67, Mantissa: 240, Delay: 3}, ""},
		{image.Synapse{Fmt: 2, Target: 68, Mantissa: 240}, "out of reach"},
		{image.Synapse{Fmt: 2, Target: 3}, "out of reach"},
		{image.Synapse{Fmt: 2, Target: 4, Mantissa: 8}, "weight mantissa 8"},
		{image.Synapse{Fmt: 2, Target: 4, Delay: 4}, "delay 4"},
		{image.Synapse{Fmt: 3, Target: 4, Mantissa: -256}, ""},
		{image.Synapse{Fmt: 3, Target: 4, Mantissa: 256}, "weight mantissa 256"},
		{image.Synapse{Fmt: 4, Target: 4}, "no synapse format 4"},
	}
	for _, x := range tests {
		_, err := image.PackAxon(fmts, 4, []image.Synapse{x.syn})
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: %v, want %q", x.syn, err, x.want)
		}
	}
}

// TestActFollowsTheRule checks weights against specs/loihi1.md 1.5.
func TestActFollowsTheRule(t *testing.T) {
	tests := []struct {
		exp            int8
		mantissa, want int
	}{
		{0, -3, -3},
		{-1, -3, -2},
		{-1, 3, 1},
		{-8, -1, -1},
		{-8, 255, 0},
		{7, 255, 32640},
		{7, -256, -32767},
		{6, -256, -16384},
	}
	for _, x := range tests {
		if got := (image.SynFmt{WgtBits: 8, WgtExp: x.exp, Sign: image.Excitatory}).Act64(x.mantissa); got != x.want {
			t.Errorf("mantissa %d, exponent %d: %d, want %d", x.mantissa, x.exp, got, x.want)
		}
	}
}

func TestUnpackRefusesWhatIsNotThere(t *testing.T) {
	tests := []struct {
		want  string
		axon  int
		atom  int
		spoil func(*image.Core)
	}{
		{"no in-axon 1", 1, 0, nil},
		{"no in-axon -1", -1, 0, nil},
		{"no atom 1 of 1", 0, 1, nil},
		{"outside the synapse memory", 0, 0, func(c *image.Core) { c.InAxons[0].Ptr = 1 << 31 }},
		{"is not a compartment id", 0, 0, func(c *image.Core) { c.InAxons[0].Base = 65532 }},
		{"words needed", 0, 0, func(c *image.Core) { c.SynMem[0] |= 63 << 4 }},
		{"out of range", 0, 0, func(c *image.Core) { c.SynFmts[1].WgtBits = 77 }},
		{"relative target 4095", 0, 0, func(c *image.Core) { c.SynFmts[1].IdxBits = 12; c.SynMem[1] |= 4095 << 10 }},
	}
	for _, x := range tests {
		c := &minimal(t).Cores[0]
		if x.spoil != nil {
			x.spoil(c)
		}
		if _, err := image.UnpackAxon(c, x.axon, x.atom); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
}
