package runner

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
)

// CellResult is what came of a range of samples of a cell: sums, so that ranges
// that follow each other can be joined, and nothing that differs from run to run.
type CellResult struct {
	Cell
	From int `json:"from"` // samples From to To-1
	To   int `json:"to"`
	// Error says why the network cannot run like this; all else is then empty.
	Error string `json:"error,omitempty"`
	// Predicted is the class of each sample; nil without one output.
	Predicted   []int            `json:"predicted,omitempty"`
	Labelled    bool             `json:"labelled"`
	Correct     int              `json:"correct"`
	Ties        int              `json:"ties"`
	Populations []CellPopulation `json:"populations,omitempty"`
	Work        *Work            `json:"work,omitempty"` // nil without a chip
	Operations  *Operations      `json:"operations,omitempty"`
	// Auto says which widths --auto chose, where it did.
	Auto *AutoReport `json:"auto_report,omitempty"`
	// SpikeHash is the sum modulo 2^256 of the SHA-256 of each sample's number
	// and spikes.
	SpikeHash string `json:"spike_hash,omitempty"`
}

// CellPopulation counts the spikes of each neuron.
type CellPopulation struct {
	Name   string  `json:"name"`
	Spikes []int64 `json:"spikes"`
}

// Operations count synaptic operations and what NeuroBench's metrics need
// beside them.
type Operations struct {
	Footprint          Footprint `json:"footprint"`
	Weights            int64     `json:"weights"`
	ConnectionSparsity float64   `json:"connection_sparsity"`
	Dense              int64     `json:"dense"` // of a step
	ACs                int64     `json:"acs"`
	MACs               int64     `json:"macs"`
	Spikes             int64     `json:"spikes"`
	Places             int64     `json:"places"` // neurons x steps x samples
}

// metrics returns NeuroBench's metrics.
func (o *Operations) metrics(samples, steps int) *Metrics {
	x := &Metrics{Footprint: o.Footprint, Weights: o.Weights, ConnectionSparsity: o.ConnectionSparsity}
	if o.Places > 0 {
		x.ActivationSparsity = 1 - float64(o.Spikes)/float64(o.Places)
	}
	n, t := float64(max(1, samples)), float64(steps)
	x.PerSample = SynapticOperations{float64(o.MACs) / n, float64(o.ACs) / n, float64(o.Dense) * t}
	x.PerStep = SynapticOperations{x.PerSample.EffectiveMACs / t, x.PerSample.EffectiveACs / t, float64(o.Dense)}
	return x
}

// digest adds up the hashes of samples, in any order.
type digest struct {
	sum  big.Int
	rows []byte
}

// digestBits is the length of a hash.
const digestBits = 256

// add adds the spikes of sample k of the data set: those of the populations by
// name.
func (d *digest) add(k int, s *Sample) {
	order := make([]int, len(s.Spikes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if s.Spikes[a].Name < s.Spikes[b].Name {
			return -1
		}
		return 1
	})
	d.rows = binary.LittleEndian.AppendUint64(d.rows[:0], uint64(k))
	for _, i := range order {
		for _, w := range s.Spikes[i].Words {
			d.rows = binary.LittleEndian.AppendUint64(d.rows, w)
		}
	}
	h := sha256.Sum256(d.rows)
	d.join(new(big.Int).SetBytes(h[:]))
}

func (d *digest) join(x *big.Int) {
	d.sum.Add(&d.sum, x)
	d.sum.SetBit(&d.sum, digestBits, 0)
}

func (d *digest) String() string { return fmt.Sprintf("%064x", &d.sum) }

// parseDigest reads what String wrote.
func parseDigest(s string) (*big.Int, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != digestBits/8 {
		return nil, fmt.Errorf("%q is no hash of %d bits", s, digestBits)
	}
	return new(big.Int).SetBytes(b), nil
}

// join appends the samples that follow.
func (r *CellResult) join(next *CellResult) error {
	if !r.same(&next.Cell) || r.To != next.From {
		return fmt.Errorf("samples %d to %d of %s do not follow samples %d to %d of %s", next.From, next.To, next.name(), r.From, r.To, r.name())
	}
	r.To = next.To
	if r.Error != "" || next.Error != "" {
		if r.Error != next.Error {
			return fmt.Errorf("%s runs in one part and not in another: %s", r.name(), r.Error+next.Error)
		}
		return nil
	}
	differ := r.Labelled != next.Labelled || (r.Work == nil) != (next.Work == nil) || (r.Operations == nil) != (next.Operations == nil) ||
		(r.Predicted == nil) != (next.Predicted == nil) || len(r.Populations) != len(next.Populations)
	for i := 0; !differ && i < len(r.Populations); i++ {
		p, q := &r.Populations[i], &next.Populations[i]
		if differ = p.Name != q.Name || len(p.Spikes) != len(q.Spikes); differ {
			break
		}
		p.Spikes = slices.Clone(p.Spikes)
		for j, n := range q.Spikes {
			p.Spikes[j] += n
		}
	}
	if differ {
		return fmt.Errorf("%s has other populations in one part than in another", r.name())
	}
	r.Predicted = slices.Concat(r.Predicted, next.Predicted)
	r.Correct += next.Correct
	r.Ties += next.Ties
	if r.Work != nil {
		w := *r.Work
		w.join(next.Work)
		r.Work = &w
	}
	if r.Operations != nil {
		o, n := *r.Operations, next.Operations
		if o.Footprint != n.Footprint || o.Weights != n.Weights || o.ConnectionSparsity != n.ConnectionSparsity || o.Dense != n.Dense {
			return fmt.Errorf("%s is another network in one part than in another", r.name())
		}
		o.ACs, o.MACs, o.Spikes, o.Places = o.ACs+n.ACs, o.MACs+n.MACs, o.Spikes+n.Spikes, o.Places+n.Places
		r.Operations = &o
	}
	var d digest
	for _, s := range []string{r.SpikeHash, next.SpikeHash} {
		x, err := parseDigest(s)
		if err != nil {
			return err
		}
		d.join(x)
	}
	r.SpikeHash = d.String()
	return nil
}

func (w *Work) join(x *Work) {
	w.SynapticEvents += x.SynapticEvents
	w.NeuronUpdates += x.NeuronUpdates
	w.Spikes += x.Spikes
	w.ChipSteps += x.ChipSteps
	w.AccumulatorWraps += x.AccumulatorWraps
	w.CurrentWraps += x.CurrentWraps
}

// check makes sure of a result that was read from a file.
func (r *CellResult) check() error {
	if r.From < 0 || r.To <= r.From {
		return fmt.Errorf("%s: samples %d to %d", r.name(), r.From, r.To)
	}
	n := r.To - r.From
	if r.Error != "" {
		return nil
	}
	if r.Predicted != nil && len(r.Predicted) != n || r.Correct < 0 || r.Correct > n || r.Ties < 0 || r.Ties > n {
		return fmt.Errorf("%s: %d classes and %d right ones of %d samples", r.name(), len(r.Predicted), r.Correct, n)
	}
	_, err := parseDigest(r.SpikeHash)
	return err
}

// accuracy returns how many classes were found, nil without labels.
func (r *CellResult) accuracy() *Accuracy {
	n := r.To - r.From
	if !r.Labelled || n == 0 {
		return nil
	}
	return &Accuracy{Correct: r.Correct, Total: n, Percent: 100 * float64(r.Correct) / float64(n), Ties: r.Ties}
}

// agree counts the samples of the same predicted class.
func (r *CellResult) agree(with *CellResult) int {
	return Agreement(&Summary{Predicted: r.Predicted}, &Summary{Predicted: with.Predicted})
}

// of returns the spikes of each neuron of a population, nil if there is none.
func (r *CellResult) of(name string) []int64 {
	for i := range r.Populations {
		if r.Populations[i].Name == name {
			return r.Populations[i].Spikes
		}
	}
	return nil
}

// spikes counts those of all populations.
func (r *CellResult) spikes() int64 {
	n := int64(0)
	for i := range r.Populations {
		n += sum(r.Populations[i].Spikes)
	}
	return n
}

func sum(x []int64) int64 {
	n := int64(0)
	for _, v := range x {
		n += v
	}
	return n
}
