package spike_test

import (
	"fmt"
	"testing"

	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

func TestConformanceStimuli(t *testing.T) {
	t.Run("spoken digits", func(t *testing.T) {
		path := testenv.Shared(t, "data/fsdd/fsdd_spikes.npz")
		s, err := spike.Open(path, 64, spike.Options{Subset: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if s.Samples() != 300 || s.Steps() != 50 || len(s.Labels()) != 300 {
			t.Fatalf("%d samples of %d steps", s.Samples(), s.Steps())
		}
		// The reference holds the input of the first 20 test samples.
		z, err := npy.OpenNPZ(testenv.Shared(t, "golden/quant/rlif_fsdd_ref.npz"))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		ref, err := z.Load("raster_in") // [50, 20, 8]
		if err != nil {
			t.Fatal(err)
		}
		label, err := z.Load("label")
		if err != nil {
			t.Fatal(err)
		}
		for k := range 300 {
			if int(label.Bytes[k]) != s.Labels()[k] {
				t.Fatalf("label %d is %d, want %d", k, s.Labels()[k], label.Bytes[k])
			}
		}
		for k := range 20 {
			one := u8("", []int{50, 8})
			for at := range 50 {
				one.Bytes = append(one.Bytes, ref.Bytes[(at*20+k)*8:][:8]...)
			}
			want, err := spike.FromPacked(one, 64)
			if err != nil {
				t.Fatal(err)
			}
			mustEqual(t, fmt.Sprint("sample ", k), sample(t, s, k), want)
		}
	})
	t.Run("braille", func(t *testing.T) {
		var got [2]*spike.Raster
		for k, ext := range []string{"csv", "npy"} {
			s, err := spike.Open(testenv.Shared(t, "golden/nir/braille/ds_test_0_input_recovered_256x12."+ext), 12, spike.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got[k] = sample(t, s, 0)
		}
		mustEqual(t, "csv and npy", got[0], got[1])
		if got[0].Steps != 256 || got[0].Count() == 0 {
			t.Fatalf("%d steps, %d spikes", got[0].Steps, got[0].Count())
		}
	})
	t.Run("digits", func(t *testing.T) {
		s, err := spike.Open(testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz"), 784, spike.Options{
			Encode: "if", Steps: 25, Labels: testenv.Shared(t, "data/mnist/t10k-labels-idx1-ubyte.gz"), Limit: 100,
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.Samples() != 100 || len(s.Labels()) != 100 || s.Labels()[0] != 7 {
			t.Fatalf("%d samples, labels %v", s.Samples(), s.Labels())
		}
		m, err := idx.ReadImages(testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz"))
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, x := range m.Image(99) {
			want += (128 + 25*int(x)) / 255
		}
		if got := sample(t, s, 99).Count(); got != want {
			t.Errorf("digit 99 has %d spikes, want %d", got, want)
		}
	})
}

// One spoken digit from bits in memory; one written digit encoded for 25 steps.
func BenchmarkRaster(b *testing.B) {
	for _, c := range []struct {
		name, path string
		n          int
		opt        spike.Options
	}{
		{"bits", "data/fsdd/fsdd_spikes.npz", 64, spike.Options{}},
		{"images", "data/mnist/t10k-images-idx3-ubyte.gz", 784, spike.Options{Encode: "if", Steps: 25}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := spike.Open(testenv.Shared(b, c.path), c.n, c.opt)
			if err != nil {
				b.Fatal(err)
			}
			var r spike.Raster
			b.ReportAllocs()
			k := 0
			for b.Loop() {
				if err := s.Raster(k%s.Samples(), &r); err != nil {
					b.Fatal(err)
				}
				k++
			}
		})
	}
}
