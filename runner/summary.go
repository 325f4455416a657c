package runner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"time"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/passes"
)

// Summary is what a machine made of a data set.
type Summary struct {
	Target      string             `json:"target"`
	Samples     int                `json:"samples"`
	Steps       int                `json:"steps"`
	Populations []PopulationSpikes `json:"populations"`
	// Accuracy is nil without labels, or without exactly one output that
	// spikes.
	Accuracy *Accuracy `json:"accuracy,omitempty"`
	Work     *Work     `json:"work,omitempty"` // nil for the reference
	// SpikeHash is the SHA-256 of all spikes of all populations.
	SpikeHash string  `json:"spike_hash"`
	Seconds   float64 `json:"seconds"`

	// RealTime is of chips that have to keep up with a clock.
	RealTime *RealTime `json:"real_time,omitempty"`

	Predicted []int `json:"-"` // class of each sample; nil without one output
	Counts    []int `json:"-"` // spikes of the output, samples x neurons
}

// Work counts what a chip did, over all samples and chip steps
// (emulator.Stats).
type Work struct {
	SynapticEvents   int64 `json:"synaptic_events"`
	NeuronUpdates    int64 `json:"neuron_updates"`
	Spikes           int64 `json:"spikes"`
	ChipSteps        int   `json:"chip_steps"`
	AccumulatorWraps int64 `json:"accumulator_wraps"`
	CurrentWraps     int64 `json:"current_wraps"`
	Saturations      int64 `json:"saturations"`
}

func (w *Work) add(s *emulator.Stats) {
	w.SynapticEvents += s.SynEvents
	w.NeuronUpdates += s.Updates
	w.Spikes += s.Spikes
	w.ChipSteps += s.Steps
	w.AccumulatorWraps += s.AccumulatorWraps
	w.CurrentWraps += s.CurrentWraps
	w.Saturations += s.Saturations
}

// PopulationSpikes counts the spikes of a population over all samples.
type PopulationSpikes struct {
	Name    string `json:"name"`
	Neurons int    `json:"neurons"`
	Spikes  int64  `json:"spikes"`
	// Rate is the fraction of neurons that spike in a step.
	Rate float64 `json:"rate"`
}

// Accuracy counts the samples whose class was found: the neuron of the output
// with most spikes, the lowest index of several.
type Accuracy struct {
	Correct int     `json:"correct"`
	Total   int     `json:"total"`
	Percent float64 `json:"percent"`
	Ties    int     `json:"ties"` // samples in which several neurons had most
}

// tally collects a Summary sample by sample.
type tally struct {
	Summary
	data   *Data
	output int // index of the one output population, -1 if there is not one
	hash   hash.Hash
	rows   []byte
	spikes []int64
}

// Measure runs the data through a machine. also, if not nil, sees each sample.
func Measure(ctx context.Context, m Machine, name string, d *Data, opt Options, also func(k int, s *Sample) error) (*Summary, error) {
	t := &tally{data: d, output: -1, hash: sha256.New(), spikes: make([]int64, len(m.Populations()))}
	t.Target, t.Samples, t.Steps = name, d.Samples, d.Steps
	outputs := 0
	for i, p := range m.Populations() {
		if p.Output {
			outputs++
			t.output = i
		}
	}
	if outputs != 1 {
		t.output = -1
	}
	if err := checkLabels(m.Populations(), d); err != nil {
		return nil, err
	}
	start := time.Now()
	err := m.Run(ctx, d, opt, func(k int, s *Sample) error {
		t.add(k, s)
		if also == nil {
			return nil
		}
		return also(k, s)
	})
	if err != nil {
		return nil, err
	}
	t.Seconds = time.Since(start).Seconds()
	t.finish(m.Populations())
	return &t.Summary, nil
}

// checkLabels makes sure that each class has a neuron in the one output.
func checkLabels(pops []Port, d *Data) error {
	i := slices.IndexFunc(pops, func(p Port) bool { return p.Output })
	if i < 0 || slices.ContainsFunc(pops[i+1:], func(p Port) bool { return p.Output }) {
		return nil
	}
	for k, class := range d.Labels {
		if class < 0 || class >= pops[i].Size {
			return spike.WithHint(fmt.Errorf("%s: sample %d has the label %d, but the output %s has %s, for the classes 0 to %d", d.labelFile, d.first+k, class, pops[i].Name, plural(pops[i].Size, "neuron"), pops[i].Size-1),
				"give it the labels of this data set, counted from 0: --labels FILE")
		}
	}
	return nil
}

func (t *tally) add(k int, s *Sample) {
	order := make([]int, len(s.Spikes))
	for i, p := range s.Spikes {
		order[i] = i
		t.spikes[i] += int64(p.Count())
	}
	slices.SortFunc(order, func(a, b int) int {
		if s.Spikes[a].Name < s.Spikes[b].Name {
			return -1
		}
		return 1
	})
	for _, i := range order {
		t.digest(s.Spikes[i].Raster)
	}
	if s.realTime != nil {
		t.RealTime = s.realTime
	}
	if s.Stats != nil {
		if t.Work == nil {
			t.Work = &Work{}
		}
		t.Work.add(s.Stats)
	}
	if t.output < 0 {
		return
	}
	counts := s.Spikes[t.output].Counts()
	class, tied := Argmax(counts)
	t.Predicted = append(t.Predicted, class)
	t.Counts = append(t.Counts, counts...)
	if t.data.Labels == nil {
		return
	}
	if t.Accuracy == nil {
		t.Accuracy = &Accuracy{}
	}
	t.Accuracy.Total++
	if class == t.data.Labels[k] {
		t.Accuracy.Correct++
	}
	if tied {
		t.Accuracy.Ties++
	}
}

func (t *tally) digest(r *spike.Raster) {
	t.rows = t.rows[:0]
	for _, w := range r.Words {
		t.rows = binary.LittleEndian.AppendUint64(t.rows, w)
	}
	t.hash.Write(t.rows) // never fails
}

func (t *tally) finish(pops []Port) {
	for i, p := range pops {
		x := PopulationSpikes{Name: p.Name, Neurons: p.Size, Spikes: t.spikes[i]}
		if places := float64(p.Size) * float64(t.Steps) * float64(t.Samples); places > 0 {
			x.Rate = float64(x.Spikes) / places
		}
		t.Populations = append(t.Populations, x)
	}
	if t.Accuracy != nil {
		t.Accuracy.Percent = 100 * float64(t.Accuracy.Correct) / float64(t.Accuracy.Total)
	}
	t.SpikeHash = hex.EncodeToString(t.hash.Sum(nil))
}

// order lists the populations as the layers of the network follow each other.
func (s *Summary) order(layers []passes.LayerFit) {
	order(s.Populations, layers, func(p *PopulationSpikes) string { return p.Name })
}

// order sorts what belongs to populations as the layers follow each other.
func order[T any](xs []T, layers []passes.LayerFit, name func(*T) string) {
	rank := func(x *T) int {
		return slices.IndexFunc(layers, func(l passes.LayerFit) bool { return l.Name == name(x) })
	}
	slices.SortStableFunc(xs, func(a, b T) int { return cmp.Compare(rank(&a), rank(&b)) })
}

// Argmax returns the index of the largest count, the lowest of several, and
// whether there were several.
func Argmax(counts []int) (best int, tied bool) {
	for i, c := range counts {
		switch {
		case i == 0:
		case c > counts[best]:
			best, tied = i, false
		case c == counts[best]:
			tied = true
		}
	}
	return best, tied
}
