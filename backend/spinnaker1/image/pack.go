package image

import (
	"errors"
	"fmt"
)

// Synapse is a synapse of a row.
type Synapse struct {
	Weight uint16
	Delay  uint32 // ticks, 1..2^LogDelay
	Type   uint32 // Excitatory or Inhibitory
	Neuron uint32 // of the core
}

// Pack returns the word of a synapse: weight, delay, type and neuron, from the
// upper end. The longest delay is written as 0.
func (c *Core) Pack(s Synapse) (uint32, error) {
	n := uint32(c.LogNeurons)
	switch {
	case s.Delay < 1 || s.Delay > 1<<c.LogDelay:
		return 0, fmt.Errorf("delay %d is outside 1..%d", s.Delay, 1<<c.LogDelay)
	case s.Type >= Types || s.Neuron >= 1<<n:
		return 0, fmt.Errorf("type %d of neuron %d does not fit %d bits", s.Type, s.Neuron, n+1)
	}
	delay := s.Delay & (1<<c.LogDelay - 1)
	return uint32(s.Weight)<<16 | delay<<(n+1) | s.Type<<n | s.Neuron, nil
}

// Unpack is the inverse of Pack.
func (c *Core) Unpack(word uint32) Synapse {
	n := uint32(c.LogNeurons)
	s := Synapse{
		Weight: uint16(word >> 16),
		Delay:  word & 0xffff >> (n + 1) & (1<<c.LogDelay - 1),
		Type:   word >> n & 1,
		Neuron: word & (1<<n - 1),
	}
	if s.Delay == 0 {
		s.Delay = 1 << c.LogDelay
	}
	return s
}

// invalid is the offset of a block that is not there.
const invalid = 1<<24 - 1

// PackAddress returns the word of the address list for a block at a word offset
// into the matrix, a multiple of BlockWords, of rows with room for n synapses.
func PackAddress(offset, n int) (uint32, error) {
	if offset < 0 || offset%BlockWords != 0 || offset/BlockWords >= invalid || n < 1 || n > MaxRow {
		return 0, fmt.Errorf("a block of rows of %d at word %d cannot be addressed", n, offset)
	}
	return uint32(offset/BlockWords)<<8 | uint32(n-1), nil
}

// UnpackAddress is the inverse of PackAddress.
func UnpackAddress(word uint32) (offset, n int) {
	return int(word>>8) * BlockWords, int(word&0xff) + 1
}

// AddSource appends an entry to the master population table together with its
// blocks of rows: rows[i] has the packed synapses of neuron id i. Rows longer
// than MaxRow are spread over several blocks. Entries must be added in
// ascending order of their keys.
func (c *Core) AddSource(e PopEntry, rows [][]uint32) error {
	longest := 1
	for _, row := range rows {
		longest = max(longest, len(row))
	}
	e.Start, e.Count = uint16(len(c.Addresses)), 0
	if len(c.Addresses) > MaxPopStart {
		return errors.New("the master population table has no room for another entry")
	}
	for lo := 0; lo < longest; lo += MaxRow {
		address, err := c.addBlock(rows, lo, min(MaxRow, longest-lo))
		if err != nil {
			return err
		}
		c.Addresses = append(c.Addresses, address)
		e.Count++
	}
	c.Populations = append(c.Populations, e)
	return nil
}

// addBlock appends synapses lo..lo+n-1 of each row to the matrix.
func (c *Core) addBlock(rows [][]uint32, lo, n int) (address uint32, err error) {
	for len(c.Matrix)%BlockWords != 0 {
		c.Matrix = append(c.Matrix, 0)
	}
	if address, err = PackAddress(len(c.Matrix), n); err != nil {
		return 0, err
	}
	for _, row := range rows {
		part := row[min(lo, len(row)):min(lo+n, len(row))]
		c.Matrix = append(c.Matrix, 0, uint32(len(part)), 0)
		c.Matrix = append(c.Matrix, part...)
		c.Matrix = append(c.Matrix, make([]uint32, n-len(part))...)
	}
	return address, nil
}
