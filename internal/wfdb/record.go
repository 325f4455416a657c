package wfdb

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/synfire/synfire/internal/regular"
)

// invalid is the sample of format 212 that stands for none.
const invalid = -2048

// Record is a header and the samples it describes.
type Record struct {
	Header
	// ADC holds the samples of each signal in units of the converter, -2048 to
	// 2047; all signals are equally long.
	ADC [][]int16
}

// Physical returns the samples of a signal in its units,
// (sample - baseline) / gain, and NaN where the sample is marked as invalid.
func (r *Record) Physical(signal int) []float64 {
	s := &r.Signals[signal]
	out := make([]float64, len(r.ADC[signal]))
	for t, x := range r.ADC[signal] {
		out[t] = (float64(x) - float64(s.Baseline)) / s.Gain
		if x == invalid {
			out[t] = math.NaN()
		}
	}
	return out
}

// Read reads the record whose header is the file path, and its signal files
// beside it. Errors carry the path of the file they are about.
func Read(path string) (*Record, error) {
	text, err := regular.ReadFile(path, maxHeader)
	if err != nil {
		return nil, err
	}
	h, err := ParseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := &Record{Header: *h, ADC: make([][]int16, len(h.Signals))}
	for from := 0; from < len(h.Signals); {
		end := from + 1
		for end < len(h.Signals) && h.Signals[end].File == h.Signals[from].File {
			end++
		}
		file := filepath.Join(filepath.Dir(path), h.Signals[from].File)
		if err := r.readGroup(file, from, end); err != nil {
			return nil, err
		}
		from = end
	}
	return r, nil
}

// readGroup reads the signals from to end-1, which share a file.
func (r *Record) readGroup(file string, from, end int) error {
	offset, signals := r.Signals[from].Offset, end-from
	limit := MaxSamples/len(r.Signals)*signals/2*3 + 3
	data, err := regular.ReadFile(file, int64(limit+min(offset, limit)))
	if err != nil {
		return err
	}
	if offset > len(data) {
		return fmt.Errorf("%s: the samples begin at byte %d, the file has %d", file, offset, len(data))
	}
	data = data[offset:]
	if r.Samples == 0 {
		r.Samples = len(data) / 3 * 2 / signals
	}
	if r.Samples < 1 {
		return fmt.Errorf("%s: the file holds no samples", file)
	}
	total := r.Samples * signals
	if need := packedBytes(total); len(data) < need {
		return fmt.Errorf("%s: %d samples of %d signals need %d bytes, there are %d: %w", file, r.Samples, signals, need, len(data), regular.ErrTruncated)
	}
	for i := from; i < end; i++ {
		r.ADC[i] = make([]int16, r.Samples)
	}
	for k := range total {
		r.ADC[from+k%signals][k/signals] = sample(data, k)
	}
	for i := from; i < end; i++ {
		if err := r.verify(i); err != nil {
			return fmt.Errorf("%s: signal %d: %w", file, i, err)
		}
	}
	return nil
}

// packedBytes returns the bytes of n samples; an odd last one takes two.
func packedBytes(n int) int { return n/2*3 + n%2*2 }

// sample returns sample k of format 212: in three bytes a b c the first sample
// is the low half of b above a, the second the high half of b above c.
func sample(data []byte, k int) int16 {
	at := k / 2 * 3
	low, high := uint16(data[at]), uint16(data[at+1])&0x0f
	if k%2 == 1 {
		low, high = uint16(data[at+2]), uint16(data[at+1])>>4
	}
	return int16(high<<12|low<<4) >> 4 // extends the sign
}

// verify compares a signal with its initial value and checksum.
func (r *Record) verify(i int) error {
	s, samples := &r.Signals[i], r.ADC[i]
	if s.initial != nil && int(samples[0]) != *s.initial {
		return fmt.Errorf("the first sample is %d, the header says %d", samples[0], *s.initial)
	}
	if s.checksum == nil {
		return nil
	}
	sum := uint16(0)
	for _, x := range samples {
		sum += uint16(x)
	}
	if sum != uint16(*s.checksum) {
		return fmt.Errorf("the checksum is %d, the header says %d: the file is damaged", int16(sum), *s.checksum)
	}
	return nil
}
