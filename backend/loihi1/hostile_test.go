package loihi1_test

import (
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

// TestCorruptImages damages and truncates images of our own, half of them with
// a checksum that is right again: loading one ends in an error or a program,
// soon and in bounded memory, and never in a panic.
func TestCorruptImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(500, 0))
	n := randomDense(rng)
	whole := agree.Encode(t, compile(t, n, passes.Options{}))
	if _, err := engine.Load(whole); err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for i := range 500 {
		data := slices.Clone(whole)
		switch rng.IntN(4) {
		case 0:
			data = data[:rng.IntN(len(data))]
		default:
			for range 1 + rng.IntN(8) {
				data[rng.IntN(len(data))] = byte(rng.Uint32())
			}
		}
		if rng.IntN(2) == 0 && len(data) > 4 {
			body := data[:len(data)-4]
			binary.LittleEndian.PutUint32(data[len(data)-4:], crc32.ChecksumIEEE(body))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		if _, err := engine.Load(data); err == nil {
			loaded++
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if took > 2*time.Second {
			t.Errorf("corruption %d took %v", i, took)
		}
		if b := after.TotalAlloc - before.TotalAlloc; b > 1<<30 {
			t.Errorf("corruption %d allocated %d bytes", i, b)
		}
	}
	if loaded == 0 {
		t.Error("no damaged image passed the checksum: the decoder was not tested")
	}
	t.Logf("%d of 500 damaged images were still images", loaded)
}

// randomDense is a network that fills parts of two cores.
func randomDense(rng *rand.Rand) *ir.Network {
	n := &ir.Network{Name: "dense", DT: 1e-3}
	x := n.Add(ir.Node{Name: "x", Op: ir.OpInput, Out: ir.Shape{300}})
	fc := ir.Node{Name: "fc", Op: ir.OpDense}
	w := make([]float64, 300*600)
	for i := range w {
		w[i] = rng.NormFloat64()
	}
	fc.Set(ir.PWeight, ir.Floats(ir.Shape{600, 300}, w))
	pop := ir.Node{Name: "h", Op: ir.OpLIF, Out: ir.Shape{600}}
	pop.Set(ir.PTau, ir.Uniform(pop.Out, 16e-3))
	pop.Set(ir.PR, ir.Uniform(pop.Out, 16))
	pop.Set(ir.PVThreshold, ir.Uniform(pop.Out, 1))
	f, h := n.Add(fc), n.Add(pop)
	n.Connect(x, f, 0)
	n.Connect(f, h, 0)
	n.Connect(h, n.Add(ir.Node{Name: "y", Op: ir.OpOutput}), 0)
	return n
}
