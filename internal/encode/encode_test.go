package encode_test

import (
	"testing"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

// The number of spikes after t steps has a closed form; all grey values and
// all prefixes of 64 steps are compared with it.
func TestIFSpikesAtTheClosedFormTimes(t *testing.T) {
	const steps = 64
	pixels := make([]uint8, 256)
	for x := range pixels {
		pixels[x] = uint8(x)
	}
	r, err := spike.New(steps, len(pixels))
	if err != nil {
		t.Fatal(err)
	}
	encode.IF(r, steps, pixels)
	for x := range pixels {
		n := 0
		for s := range steps {
			if r.Get(s, x) {
				n++
			}
			if want := (128 + x*(s+1)) / 255; n != want {
				t.Fatalf("grey value %d: %d spikes after %d steps, want %d", x, n, s+1, want)
			}
		}
	}
}

// The first 20 test digits, as the reference that trained lifs_mnist saw them.
func TestIFEqualsTheReferenceRasters(t *testing.T) {
	images, err := idx.ReadImages(testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lifs_mnist_ref", "lif_mnist_ref", "mlp_mnist_if_T8_ref", "mlp_mnist_if_T32_ref"} {
		z, err := npy.OpenNPZ(testenv.Shared(t, "golden/quant/"+name+".npz"))
		if err != nil {
			t.Fatal(err)
		}
		ref, err := z.Load("raster_in") // bits of [T, 20, 784], packed little
		z.Close()
		if err != nil {
			t.Fatal(err)
		}
		steps, samples, row := ref.Shape[0], ref.Shape[1], ref.Shape[2]
		r, err := spike.New(steps, 784)
		if err != nil {
			t.Fatal(err)
		}
		for k := range samples {
			r.Clear()
			encode.IF(r, steps, images.Image(k))
			for s := range steps {
				for i := range 784 {
					want := ref.Bytes[(s*samples+k)*row+i/8]>>(i%8)&1 == 1
					if r.Get(s, i) != want {
						t.Fatalf("%s: digit %d, step %d, pixel %d: spike %v, want %v", name, k, s, i, !want, want)
					}
				}
			}
		}
	}
}
