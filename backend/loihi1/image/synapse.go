package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

// Sign says which weights a synapse format can hold (fanoutType).
type Sign uint8

// The sign modes, with the numbers of the chip's field.
const (
	Mixed      Sign = 1 // two's complement
	Excitatory Sign = 2 // magnitude, counted positive
	Inhibitory Sign = 3 // magnitude, counted negative
)

// Compression says how a block stores its targets.
type Compression uint8

// The two storage modes whose layout is public.
const (
	Sparse Compression = 0 // an index of IdxBits beside each synapse
	Dense  Compression = 3 // consecutive targets, no index
)

// SynFmt is a synapse format: how the synapses of a block are stored and
// scaled. A format with no more to say is the zero value of no chip; set Sign.
type SynFmt struct {
	WgtBits     uint8       `json:"wgt_bits"` // 0..6 or 8
	WgtExp      int8        `json:"wgt_exp"`  // -8..7
	Sign        Sign        `json:"sign"`
	DlyBits     uint8       `json:"dly_bits,omitempty"` // 0..6
	IdxBits     uint8       `json:"idx_bits,omitempty"` // 0 or 6..12; unused when dense
	Compression Compression `json:"compression,omitempty"`
}

// Synapse is one unpacked synapse. Target is a compartment of the core
// (cxBase already added), Mantissa the signed weight mantissa on the format's
// grid, Fmt an index into Core.SynFmts.
type Synapse struct {
	Target   uint16
	Mantissa int16
	Delay    uint8
	Fmt      uint8
}

// actLimit bounds what one synapse may add, in units of 64.
const actLimit = 1<<15 - 1

// Shift is k of specs/loihi1.md 1.5: mantissas are multiples of 2^k.
func (f SynFmt) Shift() int {
	k := 8 - int(f.WgtBits)
	if f.Sign == Mixed {
		k++
	}
	return k
}

// Act64 is what a synapse of this mantissa adds to the accumulator, divided by
// 64: the mantissa scaled by 2^WgtExp (floor), clamped to ±32767. The
// mantissa must be on the grid.
func (f SynFmt) Act64(mantissa int) int {
	if f.WgtExp >= 0 {
		mantissa <<= f.WgtExp
	} else {
		mantissa >>= -f.WgtExp
	}
	return max(-actLimit, min(actLimit, mantissa))
}

// valid tells whether the fields are in range, so that no shift goes wrong.
func (f SynFmt) valid() bool {
	r := &imagefile.Report{}
	checkFmt(r, "", f)
	return r.Err() == nil
}

// entryBits is the width of one stored synapse.
func (f SynFmt) entryBits() int {
	n := int(f.WgtBits) + int(f.DlyBits)
	if f.Compression == Sparse {
		n += int(f.IdxBits)
	}
	return n
}

// store returns the weight field of a mantissa, or an error if the format
// cannot hold it exactly.
func (f SynFmt) store(mantissa int) (uint64, error) {
	k := f.Shift()
	q := mantissa >> k
	lo, hi := 0, 1<<f.WgtBits-1
	switch f.Sign {
	case Mixed:
		lo, hi = -(1<<f.WgtBits)/2, (1<<f.WgtBits)/2-1
		if f.WgtBits == 0 {
			lo, hi = 0, 0
		}
	case Inhibitory:
		q = -q
	}
	if mantissa&(1<<k-1) != 0 || q < lo || q > hi {
		return 0, fmt.Errorf("weight mantissa %d is not a value of a %s format of %d bits", mantissa, f.Sign, f.WgtBits)
	}
	return uint64(q) & (1<<f.WgtBits - 1), nil
}

// load is the inverse of store.
func (f SynFmt) load(field uint64) int {
	q := int(field)
	switch {
	case f.Sign == Inhibitory:
		q = -q
	case f.Sign == Mixed && f.WgtBits > 0 && field>>(f.WgtBits-1) == 1:
		q -= 1 << f.WgtBits
	}
	return q << f.Shift()
}

// String names the sign mode.
func (s Sign) String() string {
	switch s {
	case Mixed:
		return "mixed"
	case Excitatory:
		return "excitatory"
	case Inhibitory:
		return "inhibitory"
	}
	return fmt.Sprintf("sign(%d)", uint8(s))
}
