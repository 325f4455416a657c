package runner

import "context"

// Samples are also run with some of their input's spikes lost. Those that a
// network was trained on are easier for it than new ones, so they show less of
// what quantization costs: of rlif_fsdd at 2 bits, 0.7 points of training samples
// as they are, 1.3 with 15 % of the spikes lost, and 1.0 of new samples
// (passes.TestDraws). How many to lose was chosen on this network. And a loss of few samples is the better known the more
// often they are run.
const (
	lostSpikes   = 0.15
	lostVersions = 2
)

// versionsOf returns the samples as they are and, lostVersions times, with
// spikes lost.
func (a *autoSearch) versionsOf(d *Data) []*evaluation {
	var out []*evaluation
	for i := range 1 + lostVersions {
		x := *d
		if i > 0 {
			x.noise = &noise{probability: lostSpikes, seed: uint64(i), lossesOnly: true}
		}
		out = append(out, &evaluation{
			EvalRequest: &EvalRequest{File: a.File, Net: a.Net, Passes: a.Passes, Threads: a.Threads},
			data:        &x,
		})
	}
	return out
}

// judge compares runs of a candidate on all versions of the samples with those
// in float; m is that on the samples as they are.
func (a *autoSearch) judge(ctx context.Context, t *trial, c *candidate, m *measured) error {
	n := len(a.data.float.Predicted)
	lost, changed := make([]int, n), 0
	plain := *c
	plain.meter = nil // energy is that of the samples as they are
	for i, v := range a.versions {
		is := m
		if i > 0 {
			var err error
			if is, err = v.all(ctx, &plain); err != nil {
				return err
			}
		}
		changed += v.compare(is, lost)
		for k, x := range is.Counts {
			d := float64(x - v.float.Counts[k])
			t.loss.Distance += d * d / float64(n*len(a.versions))
		}
	}
	each := 1 / float64(len(a.versions))
	sum, squares := 0.0, 0.0
	for _, x := range lost {
		sum += each * float64(x)
		squares += each * each * float64(x*x)
	}
	t.loss.Loss, t.loss.Bound = lossBound(sum, squares, n)
	t.loss.Changed = 100 * each * float64(changed) / float64(n)
	for i := range a.report.Projections {
		t.fetched = append(t.fetched, float64(m.fetched[a.report.Projections[i].Name])/float64(n))
	}
	return nil
}

// compare counts the answers that differ from those in float, and adds to the
// loss of each sample 1 if only that in float is right, -1 if only the other.
func (e *evaluation) compare(m *measured, lost []int) (changed int) {
	labels := e.data.Labels
	for k, was := range e.float.Predicted {
		is := m.Predicted[k]
		if is != was {
			changed++
		}
		switch {
		case is == was:
		case labels == nil || was == labels[k]:
			lost[k]++
		case is == labels[k]:
			lost[k]--
		}
	}
	return changed
}
