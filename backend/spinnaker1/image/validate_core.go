package image

import (
	"fmt"
	"math/bits"

	"github.com/synfire/synfire/internal/imagefile"
)

func checkCore(r *imagefile.Report, path string, c *Core) {
	r.Check(c.Model >= Source && c.Model <= CurrDelta, "%s.model: %d is unknown", path, c.Model)
	if c.LogNeurons < 1 || c.LogNeurons > MaxRingBits || c.Size() < 1 || c.Size() > 1<<c.LogNeurons {
		r.Addf("%s: %d neurons whose index has %d bits", path, c.Size(), c.LogNeurons)
		return
	}
	if c.Model == Source {
		rest := *c
		rest.X, rest.Y, rest.P, rest.Model, rest.Keys, rest.LogNeurons = 0, 0, 0, 0, nil, 0
		r.Check(rest.isZero(), "%s: a source has keys and nothing else", path)
		return
	}
	r.Check(len(c.Keys) == 0 || len(c.Keys) == len(c.Neurons), "%s: %d keys for %d neurons", path, len(c.Keys), len(c.Neurons))
	if ring := int(c.LogNeurons) + Bits(Types) + int(c.LogDelay); c.LogDelay < 1 || ring > MaxRingBits {
		r.Addf("%s.log_delay: %d makes a ring buffer of %d bits, the limit is %d", path, c.LogDelay, ring, MaxRingBits)
		return
	}
	r.Check(c.SpikeBuffer >= 1 && c.SpikeBuffer <= maxSpikes, "%s.spike_buffer: %d is outside 1..%d", path, c.SpikeBuffer, maxSpikes)
	r.Check(c.Substeps >= 1 && c.Substeps <= maxSubsteps, "%s.substeps: %d is outside 1..%d", path, c.Substeps, maxSubsteps)
	for i, s := range c.Shifts {
		r.Check(s <= MaxShift, "%s.shifts[%d]: %d is more than %d", path, i, s, MaxShift)
	}
	for i := range c.Neurons {
		checkNeuron(r, path, i, c)
	}
	checkPopTable(r, path, c)
}

// isZero tells whether all fields are.
func (c *Core) isZero() bool {
	return c.LogDelay == 0 && !c.DropLate && c.SpikeBuffer == 0 && c.Shifts == [Types]uint32{} && c.Substeps == 0 &&
		len(c.Neurons) == 0 && len(c.Populations) == 0 && len(c.Addresses) == 0 && len(c.Matrix) == 0
}

func checkNeuron(r *imagefile.Report, path string, i int, c *Core) {
	n := &c.Neurons[i]
	ok := n.C > 0 && n.TauM > 0 && n.Refractory >= 0 && n.RefractInit >= 0 && int64(n.Step) >= int64(c.Substeps)
	if c.Model == CurrExp {
		ok = ok && n.TauExc > 0 && n.TauInh > 0
	} else {
		ok = ok && n.TauExc == 0 && n.TauInh == 0
	}
	if !ok {
		r.Addf("%s.neurons[%d]: a capacitance, time constant, refractory period or step is out of range: %+v", path, i, *n)
	}
}

// checkPopTable checks the master population table and all rows.
func checkPopTable(r *imagefile.Report, path string, c *Core) {
	next, last, inOrder := 0, int64(-1), true
	for i := range c.Populations {
		e, at := &c.Populations[i], fmt.Sprintf("%s.populations[%d]", path, i)
		free := ^e.Mask
		r.Check(e.Key&free == 0 && free&(free+1) == 0, "%s: key %08x with mask %08x is not a range of keys", at, e.Key, e.Mask)
		r.Check(int64(e.Key) > last, "%s: key %08x is out of order, or is also a key of the entry before", at, e.Key)
		last = int64(e.Key) | int64(free)
		cores := uint64(e.CoreMask) << min(e.MaskShift, 32)
		r.Check(e.CoreMask&(e.CoreMask+1) == 0 && cores&^uint64(free) == 0, "%s: core mask %x at bit %d is not of the free bits %08x", at, e.CoreMask, e.MaskShift, free)
		r.Check(e.Neurons > 0, "%s: no neurons", at)
		inOrder = inOrder && e.Count > 0 && int(e.Start) == next
		r.Check(inOrder, "%s: addresses %d+%d, want one or more from %d on", at, e.Start, e.Count, next)
		next += int(e.Count)
	}
	if !inOrder || next != len(c.Addresses) {
		r.Addf("%s: the entries have %d addresses of %d", path, next, len(c.Addresses))
		return
	}
	if len(c.Addresses) == 0 {
		r.Check(len(c.Matrix) == 0, "%s: %d words of rows that nothing points to", path, len(c.Matrix))
		return
	}
	blocks, ok := c.Blocks()
	if !ok {
		r.Addf("%s: the addresses do not divide %d words into blocks of rows", path, len(c.Matrix))
		return
	}
	for i := range c.Populations {
		checkBlocks(r, fmt.Sprintf("%s.populations[%d]", path, i), c, &c.Populations[i], blocks)
	}
}

// Block is a block of rows, one for each neuron of a source from its first on.
type Block struct {
	Offset int // in Matrix
	Rows   int
	Room   int // synapses that fit a row
}

// Row returns the words of the synapses of a row, a view into the matrix.
func (c *Core) Row(b Block, row int) []uint32 {
	at := b.Offset + row*(HeaderWords+b.Room)
	return c.Matrix[at+HeaderWords:][:c.Matrix[at+1]]
}

// Blocks returns the block at each address: blocks fill the matrix one after
// another. ok is false if they do not.
func (c *Core) Blocks() (blocks []Block, ok bool) {
	next := 0
	for i, address := range c.Addresses {
		offset, room := UnpackAddress(address)
		end := len(c.Matrix)
		if i+1 < len(c.Addresses) {
			end, _ = UnpackAddress(c.Addresses[i+1])
		}
		if offset != next || end <= offset || end > len(c.Matrix) {
			return nil, false
		}
		b := Block{Offset: offset, Rows: (end - offset) / (HeaderWords + room), Room: room}
		left := end - offset - b.Rows*(HeaderWords+room)
		if b.Rows == 0 || left >= BlockWords || left > 0 && i == len(c.Addresses)-1 {
			return nil, false
		}
		for _, w := range c.Matrix[end-left : end] {
			if w != 0 {
				return nil, false
			}
		}
		blocks = append(blocks, b)
		next = end
	}
	return blocks, true
}

// checkBlocks checks the rows of an entry.
func checkBlocks(r *imagefile.Report, path string, c *Core, e *PopEntry, blocks []Block) {
	blocks = blocks[e.Start:][:e.Count]
	for k, b := range blocks {
		r.Check(b.Rows == blocks[0].Rows && b.Rows <= int(e.Neurons)*(int(e.CoreMask)+1), "%s: block %d has %d rows for %d neurons on up to %d cores, the first one %d",
			path, k, b.Rows, e.Neurons, int(e.CoreMask)+1, blocks[0].Rows)
		for row := range b.Rows {
			if !c.rowOK(c.Matrix[b.Offset+row*(HeaderWords+b.Room):][:HeaderWords+b.Room]) {
				r.Addf("%s: row %d of block %d is not a row of up to %d synapses on %d neurons", path, row, k, b.Room, len(c.Neurons))
			}
		}
	}
}

// rowOK tells whether a row is as addBlock writes it.
func (c *Core) rowOK(row []uint32) bool {
	if row[0] != 0 || row[2] != 0 || int64(row[1]) > int64(len(row)-HeaderWords) {
		return false
	}
	synapses, padding := row[HeaderWords:][:row[1]], row[HeaderWords+int(row[1]):]
	n := uint32(c.LogNeurons)
	for _, w := range synapses {
		if int(w&(1<<n-1)) >= len(c.Neurons) || bits.Len16(uint16(w)) > int(n)+1+int(c.LogDelay) {
			return false
		}
	}
	for _, w := range padding {
		if w != 0 {
			return false
		}
	}
	return true
}

// Lookup returns what a packet means to a core: the entry that its key matches,
// and the row that the neuron has in the entry's blocks. ok is false if there is
// no entry (specs/spinnaker1.md 2.2).
func (c *Core) Lookup(key uint32, colourBits uint8) (entry, row int, ok bool) {
	lo, hi := 0, len(c.Populations)
	for lo < hi {
		mid := (lo + hi) / 2
		switch e := &c.Populations[mid]; {
		case key&e.Mask == e.Key:
			local := key &^ (e.Mask | uint32(e.CoreMask)<<e.MaskShift)
			core := key >> e.MaskShift & uint32(e.CoreMask)
			return mid, int(local>>colourBits) + int(core)*int(e.Neurons), true
		case key < e.Key:
			hi = mid
		default:
			lo = mid + 1
		}
	}
	return 0, 0, false
}
