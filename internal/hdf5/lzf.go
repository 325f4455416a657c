package hdf5

import (
	"errors"
	"fmt"
)

var errLZF = errors.New("the compressed stream is damaged")

// unLZF decompresses LZF (Marc Lehmann's LibLZF format, which h5py ships):
// a control byte below 32 starts a run of literals, others refer back, with a
// length in the top 3 bits (7: one more byte) and a distance in 13 bits. The
// stream must hold exactly want bytes.
func unLZF(data []byte, want int) ([]byte, error) {
	// Three bytes code at most 264.
	if want/88 > len(data) {
		return nil, fmt.Errorf("%d bytes cannot hold the %d of the chunk", len(data), want)
	}
	out := make([]byte, 0, want)
	for len(data) > 0 {
		control := int(data[0])
		data = data[1:]
		if control < 32 {
			n := control + 1
			if n > len(data) || n > want-len(out) {
				return nil, errLZF
			}
			out = append(out, data[:n]...)
			data = data[n:]
			continue
		}
		n := control >> 5
		if n == 7 {
			if len(data) == 0 {
				return nil, errLZF
			}
			n += int(data[0])
			data = data[1:]
		}
		n += 2
		if len(data) == 0 {
			return nil, errLZF
		}
		from := len(out) - (control&0x1f)<<8 - int(data[0]) - 1
		data = data[1:]
		if from < 0 || n > want-len(out) {
			return nil, errLZF
		}
		for i := range n { // byte by byte: the ranges may overlap
			out = append(out, out[from+i])
		}
	}
	if len(out) != want {
		return nil, fmt.Errorf("the stream holds %d bytes, the chunk %d", len(out), want)
	}
	return out, nil
}
