package spinnaker1

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// The cost of a tick by specs/spinnaker1.md 3, all estimates: what the compiler
// expects, not what a run counts.
const (
	clockHz       = 200e6
	cyclesTick    = 500 // whatever there is to do
	cyclesNeuron  = 130 // to update one
	cyclesSlot    = 35  // to move a neuron's inputs out of the ring buffer
	cyclesRow     = 300 // to find and fetch a row
	cyclesSynapse = 26
	// expectedRate is the rate in spikes a second at which sources are taken
	// to send; sPyNNaker assumes the same (specs/spinnaker1.md 2.4).
	expectedRate = 30
)

// budget returns the cycles of a tick.
func (l *layout) budget() int64 { return max(1, int64(l.net.DT*timeScale(l.opt)*clockHz)) }

// timeScale returns by how much slower than real time a tick is.
func timeScale(opt backend.Options) float64 {
	if opt.TimeScale == 0 {
		return 1
	}
	return opt.TimeScale
}

// load estimates the cycles of slice k of a vertex in a tick, from its synapses
// by source. Sources of bias send in every tick, an input port takes no time of
// its own. rows is the part that stays if the slice gets smaller.
func (l *layout) load(v *vertex, k int, synapses []int64) (total, rows int64) {
	if len(v.into) == 0 {
		return cyclesTick, 0
	}
	fetch, events := 0.0, 0.0
	for _, src := range v.inputs() {
		rate := min(1, expectedRate*l.net.DT)
		if src.constant() {
			rate = 1
		}
		if synapses[src.id] > 0 {
			fetch += rate * float64(src.size) * cyclesRow
			events += rate * float64(synapses[src.id]) * cyclesSynapse
		}
	}
	return int64(float64(cyclesTick+v.count(k)*(cyclesNeuron+cyclesSlot)) + fetch + events), int64(fetch)
}

// overload warns if the busiest core of a vertex is expected to need more than
// a tick; nil if not.
func (l *layout) overload(v *vertex, usage [][]ir.Usage) *backend.Problem {
	var worst ir.Usage
	for _, u := range usage {
		for _, x := range u {
			if x.Resource == resCycles && x.Used > worst.Used {
				worst = x
			}
		}
	}
	if worst.Used <= worst.Limit {
		return nil
	}
	return &backend.Problem{Node: v.node.ID, Use: worst, Text: fmt.Sprintf(
		"%s may miss its ticks: if its sources send %d spikes a second, its busiest core takes %d cycles a tick of %d, most of them to fetch rows, which smaller cores do too; --time-scale %.4g would give it the time (an estimate: run counts what happens)",
		v.node.Name, expectedRate, worst.Used, worst.Limit, math.Ceil(10*timeScale(l.opt)*float64(worst.Used)/float64(worst.Limit))/10)}
}
