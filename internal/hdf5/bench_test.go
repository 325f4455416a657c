package hdf5

import "testing"

// benchTree is a dense layer of 1024 x 1024 single-precision weights.
func benchTree() *Group {
	w := make([]float64, 1<<20)
	for i := range w {
		w[i] = float64(float32(i) / 3)
	}
	return &Group{Datasets: []*Dataset{{Name: "weight", Kind: Float, Bits: 32, Shape: []int{1024, 1024}, Floats: w}}}
}

func BenchmarkRead(b *testing.B) {
	data, err := benchTree().Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Read(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	tree := benchTree()
	for b.Loop() {
		data, err := tree.Encode()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(data)))
	}
}
