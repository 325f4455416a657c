package emulator

// Recorder puts what populations do in chip steps into a result, in network
// time: what a population of latency d does in chip step t belongs to network
// step t-d. What is outside the run is left out.
type Recorder struct {
	res    *Result
	pops   Populations
	probed []int // population of each trace
}

// newRecorder removes the spikes of a result of these populations, to record
// anew.
func newRecorder(pops Populations, res *Result) *Recorder {
	r := &Recorder{res: res, pops: pops}
	for i := range res.Spikes {
		res.Spikes[i].Clear()
	}
	for i := range res.Traces {
		r.probed = append(r.probed, pops.index(res.Traces[i].Probe.Population))
	}
	return r
}

// Spike records that a neuron fired in chip step t.
func (r *Recorder) Spike(t, pop, neuron int) {
	if at := t - r.pops[pop].Latency; at >= 0 && at < r.res.Steps {
		r.res.Spikes[pop].Set(at, neuron)
	}
}

// Trace records all probes in chip step t, whose spikes must be recorded. value
// returns the u or v of a neuron.
func (r *Recorder) Trace(t int, value func(v Var, pop, neuron int) int32) {
	for i, pop := range r.probed {
		at := t - r.pops[pop].Latency
		if at < 0 || at >= r.res.Steps {
			continue
		}
		tr := &r.res.Traces[i]
		row := tr.Row(at)
		for k, n := range tr.Neurons {
			switch v := tr.Probe.Var; v {
			case Current, Voltage:
				row[k] = value(v, pop, n)
			default:
				row[k] = 0
				if r.res.Spikes[pop].Get(at, n) {
					row[k] = 1
				}
			}
		}
	}
}
