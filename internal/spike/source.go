package spike

import (
	"fmt"
	"math"
)

// Source is a stimulus: samples of equal length, one raster each.
type Source interface {
	// Samples returns the number of samples, at least 1.
	Samples() int
	// Steps returns the length of each sample in time steps.
	Steps() int
	// N returns the number of channels.
	N() int
	// Raster writes sample k (0 to Samples-1) into into, which takes the
	// shape Steps x N; its memory is used again where it suffices. Several
	// goroutines may call it at once, each with its own raster.
	Raster(k int, into *Raster) error
	// Labels returns the class of each sample, or nil if none are known.
	Labels() []int
}

// selection says which samples of a file a source yields, and their labels.
type selection struct {
	pick   []int // sample of the file; nil for all of them in order
	count  int
	steps  int
	labels []int // one a selected sample, or nil
}

func (s *selection) Samples() int  { return s.count }
func (s *selection) Steps() int    { return s.steps }
func (s *selection) Labels() []int { return s.labels }

// index returns the sample of the file that is sample k of the source.
func (s *selection) index(k int) (int, error) {
	if k < 0 || k >= s.count {
		return 0, fmt.Errorf("sample %d is outside 0 to %d", k, s.count-1)
	}
	if s.pick != nil {
		k = s.pick[k]
	}
	return k, nil
}

// memory is a Source whose samples are bits in memory: sample k is rows
// k*each to (k+1)*each-1 of all. A sample is cut, or filled up with silence,
// to selection.steps.
type memory struct {
	selection
	all  *Raster
	each int
}

func (m *memory) N() int { return m.all.N }

func (m *memory) Raster(k int, into *Raster) error {
	k, err := m.index(k)
	if err != nil {
		return err
	}
	if err := into.shape(m.steps, m.all.N); err != nil {
		return err
	}
	from := k * m.each * m.all.Stride
	clear(into.Words[copy(into.Words, m.all.Words[from:from+m.each*m.all.Stride]):])
	return nil
}

// shape gives the raster another shape. Its content is undefined afterwards.
func (r *Raster) shape(steps, n int) error {
	if r.Steps == steps && r.N == n && len(r.Words) == steps*r.Stride {
		return nil
	}
	fresh, err := New(steps, n)
	if err == nil {
		*r = *fresh
	}
	return err
}

// checkSize is the check of New, without the memory.
func checkSize(steps, n int) error {
	if stride := n/64 + 1; steps > MaxBits/64/stride {
		return fmt.Errorf("%d steps x %d channels are over the limit of %d bits", steps, n, MaxBits)
	}
	return nil
}

// NewSource returns a source of one sample, the raster itself.
func NewSource(r *Raster) Source {
	return &memory{selection: selection{count: 1, steps: r.Steps}, all: r, each: r.Steps}
}

// choose fills in the selection among the samples of a file.
//
// labels and test have one entry a sample of the file, or are nil.
func choose(samples int, labels []int, test []bool, opt Options) (selection, error) {
	var s selection
	if labels != nil && len(labels) != samples {
		return s, fmt.Errorf("%d labels for %d samples", len(labels), samples)
	}
	limit := math.MaxInt
	if opt.Limit > 0 {
		limit = opt.Limit
	}
	switch {
	case opt.Subset == "":
		s.count = min(samples, limit)
	case opt.Subset != "test" && opt.Subset != "train":
		return s, fmt.Errorf("subset %q is none of test and train", opt.Subset)
	case test == nil:
		return s, fmt.Errorf("subset %q needs a boolean array \"test\" beside the spikes in a .npz file", opt.Subset)
	case len(test) != samples:
		return s, fmt.Errorf("the array \"test\" has %d entries for %d samples", len(test), samples)
	default:
		for k := 0; k < samples && len(s.pick) < limit; k++ {
			if test[k] == (opt.Subset == "test") {
				s.pick = append(s.pick, k)
			}
		}
		s.count = len(s.pick)
	}
	if s.count == 0 {
		return s, fmt.Errorf("no sample is left of %d", samples)
	}
	if labels != nil {
		for k := range s.count {
			from, err := s.index(k)
			if err != nil {
				return s, err
			}
			s.labels = append(s.labels, labels[from])
		}
	}
	return s, nil
}
