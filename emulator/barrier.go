package emulator

import (
	"runtime"
	"sync/atomic"
)

// Barrier makes goroutines wait for each other, spinning: a step of a chip is
// shorter than it takes to put a goroutine to sleep.
type Barrier struct {
	n          int32
	arrived    atomic.Int32
	generation atomic.Uint32
}

// NewBarrier returns a barrier for n goroutines.
func NewBarrier(n int) *Barrier { return &Barrier{n: int32(n)} }

// Wait returns when all goroutines have arrived and the last has run f.
func (b *Barrier) Wait(f func()) {
	g := b.generation.Load()
	if b.arrived.Add(1) == b.n {
		b.arrived.Store(0)
		f()
		b.generation.Add(1)
		return
	}
	for spin := 0; b.generation.Load() == g; spin++ {
		if spin > 200 {
			runtime.Gosched()
		}
	}
}
