package runner

import (
	"slices"

	"github.com/synfire/synfire/internal/spike"
)

// Effect is what approximations change, compared with another run: that in
// float, or that with everything off.
type Effect struct {
	Accuracy *Accuracy `json:"accuracy,omitempty"` // nil without labels
	// Changed counts the samples of another predicted class; of those with a
	// label, Lost were right before and Gained are right now.
	Changed int `json:"changed"`
	Lost    int `json:"lost"`
	Gained  int `json:"gained"`
	// Spikes of all populations: of each neuron in each sample the k-th spike
	// is compared with the k-th before. Moved is the mean distance in steps,
	// Extra and Missing count those without a partner.
	Moved   float64 `json:"moved"`
	Extra   int64   `json:"extra"`
	Missing int64   `json:"missing"`
	// Layers are the populations in which spikes changed.
	Layers    []LayerEffect `json:"layers,omitempty"`
	SpikeHash string        `json:"spike_hash"`
}

// LayerEffect is what changes in one population.
type LayerEffect struct {
	Name    string  `json:"name"`
	Spikes  int64   `json:"spikes"` // before
	Moved   float64 `json:"moved"`
	Extra   int64   `json:"extra"`
	Missing int64   `json:"missing"`
}

// movement holds the spikes of a run to compare others with.
type movement struct {
	pops      []Port
	samples   [][]*spike.Raster // by sample and population
	predicted []int
	labels    []int
	hash      string
	only      []Port // populations to compare; nil = all
}

func newMovement(pops []Port) *movement { return &movement{pops: pops} }

// keep notes the spikes of a sample, which come in order.
func (m *movement) keep(_ int, s *Sample) error {
	rasters := make([]*spike.Raster, len(s.Spikes))
	for i, p := range s.Spikes {
		r := *p.Raster
		r.Words = append([]uint64(nil), p.Words...)
		rasters[i] = &r
	}
	m.samples = append(m.samples, rasters)
	return nil
}

// comparison compares another run of the same data.
type comparison struct {
	before *movement
	of     []int // population of the run, for each before; -1 = none
	layers []LayerEffect
	pairs  []int64
	far    []int64 // steps that pairs are apart, in all
	a, b   spikeTimes
}

func (m *movement) comparison(pops []Port) *comparison {
	c := &comparison{before: m, pairs: make([]int64, len(m.pops)), far: make([]int64, len(m.pops))}
	for _, p := range m.pops {
		same := func(q Port) bool { return q.Name == p.Name && q.Size == p.Size }
		at := slices.IndexFunc(pops, same)
		if m.only != nil && !slices.ContainsFunc(m.only, same) {
			at = -1
		}
		c.of = append(c.of, at)
		c.layers = append(c.layers, LayerEffect{Name: p.Name})
	}
	return c
}

func (c *comparison) sample(k int, s *Sample) error {
	for i, at := range c.of {
		if at < 0 {
			continue
		}
		was := c.before.samples[k][i]
		c.layers[i].Spikes += int64(was.Count())
		now := s.Spikes[at].Raster
		if n, _, _, err := spike.Diff(was, now); err != nil {
			return err
		} else if n == 0 {
			c.pairs[i] += int64(was.Count())
			continue
		}
		c.a.read(was)
		c.b.read(now)
		for j := range was.N {
			c.neuron(i, c.a[j], c.b[j])
		}
	}
	return nil
}

// neuron pairs the spikes of one neuron.
func (c *comparison) neuron(i int, was, now []int32) {
	n := min(len(was), len(now))
	c.layers[i].Missing += int64(len(was) - n)
	c.layers[i].Extra += int64(len(now) - n)
	c.pairs[i] += int64(n)
	for k := range n {
		c.far[i] += int64(max(was[k]-now[k], now[k]-was[k]))
	}
}

// spikeTimes are the steps in which each neuron spikes.
type spikeTimes [][]int32

func (s *spikeTimes) read(r *spike.Raster) {
	for len(*s) < r.N {
		*s = append(*s, nil)
	}
	for j := range *s {
		(*s)[j] = (*s)[j][:0]
	}
	for t := range r.Steps {
		r.Each(t, func(j int) { (*s)[j] = append((*s)[j], int32(t)) })
	}
}

// effect sums up.
func (c *comparison) effect(sum *Summary) *Effect {
	e := &Effect{Accuracy: sum.Accuracy, SpikeHash: sum.SpikeHash}
	var pairs, far int64
	for i, l := range c.layers {
		if c.pairs[i] > 0 {
			l.Moved = float64(c.far[i]) / float64(c.pairs[i])
		}
		pairs, far = pairs+c.pairs[i], far+c.far[i]
		e.Extra += l.Extra
		e.Missing += l.Missing
		if l.Moved > 0 || l.Extra > 0 || l.Missing > 0 {
			e.Layers = append(e.Layers, l)
		}
	}
	if pairs > 0 {
		e.Moved = float64(far) / float64(pairs)
	}
	f := c.before
	for k, now := range sum.Predicted {
		was := f.predicted[k]
		if was == now {
			continue
		}
		e.Changed++
		if f.labels != nil && was == f.labels[k] {
			e.Lost++
		}
		if f.labels != nil && now == f.labels[k] {
			e.Gained++
		}
	}
	return e
}
