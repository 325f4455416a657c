package proofs_test

import (
	"strings"
	"testing"

	"github.com/synfire/synfire/proofs"
)

// A neuron with a bias of 100 and a threshold of 50 fires in every step. Its
// one target, on the next core of the same tile, is active from the second step
// on. By hand: a visit 51.2 pJ 6 ns, activity 21.6 pJ 3.7 ns, a spike 69.3 pJ
// 30 ns, a message 111 pJ 5.1 ns and 16 ns at the other end, a synapse 35.5 pJ
// 3.8 ns, the barrier of one tile 600 ns.
const (
	costNet = `{"name": "t", "neurons": 2, "fanout": 1, "seed": 0, "bias": [100, 0], "core_of": [0, 1],
  "targets": [[1], []], "weights": [[1], []],
  "model": {"type": "lif", "threshold": 50, "leak_decay": 1, "reset": "hard", "reset_value": 0,
            "quantum": 0.015625, "spike_if": "v>threshold", "input_decay": 0}}`
	costPerf = `timestep,fired,updated,packets,hops,spikes,sim_time,synapse_energy,dendrite_energy,soma_energy,network_energy,total_energy
1,1,1,1,0,1,6.448000e-07,3.550000e-11,0.000000e+00,1.933000e-10,1.110000e-10,3.398000e-10
2,1,2,1,0,1,6.448000e-07,3.550000e-11,0.000000e+00,2.149000e-10,1.110000e-10,3.614000e-10
`
	costSpikes = "neuron,timestep\ng.0,1\ng.0,2\n"
	costCases  = `{"cases": [{"name": "t", "kind": "cost-trace", "network": "net.json", "timing": "simple", "expect": ".", "profile": "sanafe-loihi"}]}`
)

func costFiles(replace ...string) map[string]string {
	r := strings.NewReplacer(replace...)
	return map[string]string{
		"proofs.json": r.Replace(costCases), "net.json": r.Replace(costNet),
		"perf.csv": r.Replace(costPerf), "spikes.csv": r.Replace(costSpikes),
	}
}

func TestCostTrace(t *testing.T) {
	for name, x := range map[string]struct {
		replace    []string
		status     proofs.Status
		mismatches int64
	}{
		"true":                {nil, proofs.Equal, 0},
		"last digit of time":  {[]string{"2,1,2,1,0,1,6.448000", "2,1,2,1,0,1,6.448001"}, proofs.Differs, 1},
		"within tolerance":    {[]string{"6.448000", "6.500000", `"sanafe-loihi"`, `"sanafe-loihi", "time_tolerance": 0.01`}, proofs.Equal, 0},
		"beyond tolerance":    {[]string{"6.448000", "6.600000", `"sanafe-loihi"`, `"sanafe-loihi", "time_tolerance": 0.01`}, proofs.Differs, 2},
		"tolerance of energy": {[]string{"1.933000", "1.933001", `"sanafe-loihi"`, `"sanafe-loihi", "time_tolerance": 0.5`}, proofs.Differs, 1},
		"fewer digits":        {[]string{"1.933000e-10", "1.9e-10", "3.398000e-10", "3.40e-10"}, proofs.Equal, 0},
		"fewer wrong digits":  {[]string{"1.933000e-10", "2.0e-10"}, proofs.Differs, 1},
		"a spike too many":    {[]string{"g.0,2\n", "g.0,2\ng.1,2\n"}, proofs.Differs, 1},
		"a spike too few":     {[]string{"g.0,2\n", ""}, proofs.Differs, 1},
		"a spike elsewhere":   {[]string{"g.0,2", "g.9,2"}, proofs.Failed, 0},
		"no number":           {[]string{"1.933000e-10", "much"}, proofs.Failed, 0},
		"a column too few":    {[]string{"hops,", "jumps,"}, proofs.Failed, 0},
		"an unknown model":    {[]string{`"simple"`, `"dream"`}, proofs.Failed, 0},
		"an unknown profile":  {[]string{`"sanafe-loihi"`, `"dream"`}, proofs.Failed, 0},
		"a profile w/o times": {[]string{`"sanafe-loihi"`, `"davies2018"`}, proofs.Failed, 0},
		"a broken network":    {[]string{`"core_of": [0, 1]`, `"core_of": [0]`}, proofs.Failed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			row := run(t, costFiles(x.replace...))
			if row.Status != x.status || x.status != proofs.Failed && row.Mismatches != x.mismatches {
				t.Errorf("%+v, want %s with %d mismatches", row, x.status, x.mismatches)
			}
		})
	}
}
