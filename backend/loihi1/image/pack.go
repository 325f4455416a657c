package image

import "fmt"

// A synapse list is a run of blocks, each of up to 64 synapses of one format:
// a header of 4 bits (format index + 1; 0 ends the list) and 6 bits (count-1),
// then per synapse the index (sparse only), the weight and the delay, each
// least significant bit first, padded to 64 bits.
const (
	blockMax   = 64
	fmtBits    = 4
	countBits  = 6
	headerBits = fmtBits + countBits
)

// AxonWords is how many 64-bit words n synapses of one format take.
func AxonWords(f SynFmt, n int) int {
	full, rest := n/blockMax, n%blockMax
	words := full * blockWords(f, blockMax)
	if rest > 0 {
		words += blockWords(f, rest)
	}
	return words
}

func blockWords(f SynFmt, n int) int { return (headerBits + n*f.entryBits() + 63) / 64 }

// PackAxon packs a synapse list for an axon with the given base (cxBase).
// Synapses keep their order; each run of one format becomes ceil(n/64) blocks,
// so it takes AxonWords of that format and run length. Targets of the dense
// synapses must be base, base+1, ... in order, whatever sparse ones stand
// between them. What a format cannot hold exactly is an error.
func PackAxon(fmts []SynFmt, base int, syns []Synapse) ([]uint64, error) {
	var words []uint64
	next := base
	for i := 0; i < len(syns); {
		n := 1
		for n < blockMax && i+n < len(syns) && syns[i+n].Fmt == syns[i].Fmt {
			n++
		}
		block := syns[i : i+n]
		if int(block[0].Fmt) >= len(fmts) || block[0].Fmt >= 1<<fmtBits-1 {
			return nil, fmt.Errorf("synapse %d: no synapse format %d", i, block[0].Fmt)
		}
		f := fmts[block[0].Fmt]
		if !f.valid() {
			return nil, fmt.Errorf("synapse format %d: a field is out of range", block[0].Fmt)
		}
		at := len(words)
		words = append(words, make([]uint64, blockWords(f, n))...)
		if err := packBlock(words[at:], f, base, next, block); err != nil {
			return nil, fmt.Errorf("synapses %d..%d: %w", i, i+n-1, err)
		}
		if f.Compression == Dense {
			next += n
		}
		i += n
	}
	return words, nil
}

func packBlock(words []uint64, f SynFmt, base, next int, block []Synapse) error {
	w := bitWriter{words: words}
	w.put(uint64(block[0].Fmt)+1, fmtBits)
	w.put(uint64(len(block)-1), countBits)
	for j, s := range block {
		idx := int(s.Target) - base
		if f.Compression == Dense {
			if int(s.Target) != next+j {
				return fmt.Errorf("target %d where a dense block is at %d", s.Target, next+j)
			}
		} else {
			if idx < 0 || idx >= 1<<f.IdxBits {
				return fmt.Errorf("target %d is out of reach of %d index bits from base %d", s.Target, f.IdxBits, base)
			}
			w.put(uint64(idx), int(f.IdxBits))
		}
		field, err := f.store(int(s.Mantissa))
		if err != nil {
			return err
		}
		w.put(field, int(f.WgtBits))
		if s.Delay>>f.DlyBits != 0 {
			return fmt.Errorf("delay %d does not fit %d bits", s.Delay, f.DlyBits)
		}
		w.put(uint64(s.Delay), int(f.DlyBits))
	}
	return nil
}

// UnpackAxon returns the synapses that a spike on the given atom of an in-axon
// reaches, in stored order.
func UnpackAxon(c *Core, axon, atom int) ([]Synapse, error) {
	if axon < 0 || axon >= len(c.InAxons) {
		return nil, fmt.Errorf("no in-axon %d", axon)
	}
	a := c.InAxons[axon]
	if atom < 0 || atom >= int(a.Atoms) {
		return nil, fmt.Errorf("in-axon %d: no atom %d of %d", axon, atom, a.Atoms)
	}
	lo := uint64(a.Ptr) + uint64(atom)*uint64(a.Len)
	hi := lo + uint64(a.Len)
	if hi > uint64(len(c.SynMem)) {
		return nil, fmt.Errorf("in-axon %d: words %d..%d are outside the synapse memory of %d words", axon, lo, hi, len(c.SynMem))
	}
	syns, err := UnpackList(c.SynFmts, c.SynMem[lo:hi])
	for i := range syns {
		if int(syns[i].Target)+int(a.Base) >= maxCompartments {
			return nil, fmt.Errorf("in-axon %d: target %d+%d is not a compartment id", axon, syns[i].Target, a.Base)
		}
		syns[i].Target += a.Base
	}
	return syns, err
}

// UnpackList returns the synapses of one list; targets are relative to the
// base of the axon. An error names the block that is malformed.
func UnpackList(fmts []SynFmt, words []uint64) ([]Synapse, error) {
	for i, f := range fmts {
		if !f.valid() {
			return nil, fmt.Errorf("synapse format %d: a field is out of range", i)
		}
	}
	var syns []Synapse
	next := 0
	for block := 0; len(words) > 0; block++ {
		r := bitReader{words: words}
		index, n := int(r.get(fmtBits)), int(r.get(countBits))+1
		if index == 0 {
			return syns, endOfList(words)
		}
		if index > len(fmts) {
			return nil, fmt.Errorf("block %d: no synapse format %d", block, index-1)
		}
		f := fmts[index-1]
		size := blockWords(f, n)
		if size > len(words) {
			return nil, fmt.Errorf("block %d: %d words needed, %d left in the list", block, size, len(words))
		}
		for range n {
			idx := next
			if f.Compression == Dense {
				next++
			} else {
				idx = int(r.get(int(f.IdxBits)))
			}
			if idx >= maxCompartments {
				return nil, fmt.Errorf("block %d: relative target %d is above %d", block, idx, maxCompartments-1)
			}
			m := f.load(r.get(int(f.WgtBits)))
			syns = append(syns, Synapse{Target: uint16(idx), Mantissa: int16(m), Delay: uint8(r.get(int(f.DlyBits))), Fmt: uint8(index - 1)})
		}
		words = words[size:]
	}
	return syns, nil
}

// endOfList refuses anything after the end mark, which would be lost.
func endOfList(words []uint64) error {
	for i, w := range words {
		if w != 0 {
			return fmt.Errorf("word %d after the end of the list is not zero", i)
		}
	}
	return nil
}

// bitWriter and bitReader move fields of up to 63 bits, least significant bit
// first, across 64-bit words; the caller keeps them inside the words.
type bitWriter struct {
	words []uint64
	pos   int
}

func (w *bitWriter) put(v uint64, n int) {
	if n == 0 {
		return
	}
	i, s := w.pos>>6, w.pos&63
	w.words[i] |= v << s
	if s+n > 64 {
		w.words[i+1] |= v >> (64 - s)
	}
	w.pos += n
}

type bitReader struct {
	words []uint64
	pos   int
}

func (r *bitReader) get(n int) uint64 {
	if n == 0 {
		return 0
	}
	i, s := r.pos>>6, r.pos&63
	v := r.words[i] >> s
	if s+n > 64 {
		v |= r.words[i+1] << (64 - s)
	}
	r.pos += n
	return v & (1<<n - 1)
}
