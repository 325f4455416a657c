package spinnaker1_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/backend/spinnaker1/image/imagetest"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// TestCorruptImages damages images and makes their checksums right again:
// loading one ends in an error or a program that runs, in bounded memory, and
// never in a panic.
func TestCorruptImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	loaded := 0
	for i := range 600 {
		img, err := imagetest.Random(rand.New(rand.NewPCG(uint64(i%30), 0)), 6)
		if err != nil {
			t.Fatal(err)
		}
		data, err := image.Encode(img)
		if err != nil {
			t.Fatal(err)
		}
		if rng.IntN(5) == 0 {
			data = data[:rng.IntN(len(data))]
		} else {
			for range 1 + rng.IntN(4) {
				data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			}
		}
		imagetest.Mend(data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := spinnaker1.Load(data)
		runtime.ReadMemStats(&after)
		if b := after.TotalAlloc - before.TotalAlloc; b > 1<<27 {
			t.Errorf("corruption %d allocated %d bytes", i, b)
		}
		if err == nil {
			loaded++
			run(t, p, noise(t, p, 10, 1), spinnaker1.NewDetailedMeter(p, figures(t)))
		}
	}
	if loaded < 50 {
		t.Errorf("only %d of 600 damaged images were still images", loaded)
	}
	t.Logf("%d of 600 damaged images were still images", loaded)
}
