package spike

import (
	"io"

	"github.com/synfire/synfire/internal/npy"
)

// WriteNPZ writes a raster as a .npz file of two arrays, which Open reads:
// "spikes", the bits as in PackedArray, and "shape", [Steps, N]. In NumPy:
// np.unpackbits(spikes, axis=-1, count=shape[-1], bitorder='little').
func WriteNPZ(w io.Writer, r *Raster) error {
	return npy.WriteNPZ(w, []*npy.Array{PackedArray("spikes", r), shapeArray(r)})
}

// WriteEventsNPZ writes a raster as a .npz file of two arrays, which Open
// reads: "events", as in EventArray, and "shape", [Steps, N].
func WriteEventsNPZ(w io.Writer, r *Raster) error {
	return npy.WriteNPZ(w, []*npy.Array{EventArray("events", r), shapeArray(r)})
}

func shapeArray(r *Raster) *npy.Array {
	return &npy.Array{Name: "shape", Shape: []int{2}, Kind: npy.Int, Bits: 64, Ints: []int64{int64(r.Steps), int64(r.N)}}
}
