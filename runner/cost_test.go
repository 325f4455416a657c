package runner

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
)

// severalCores takes several cores on several tiles, and talks among them.
const severalCores = `network several {
  dt 1ms
  in   x [60]
  pop  a [3600] lif { tau 10ms, threshold 1, reset zero }
  pop  b [2400] lif { tau 10ms, threshold 1, reset zero }
  pop  c [40] lif { tau 10ms, threshold 1, reset zero }
  proj x -> a indegree 6 seed 1 { weight 8V }
  proj a -> b indegree 5 seed 2 { weight 9V }
  proj b -> a indegree 3 seed 3 { weight -2V, delay 2ms }
  proj a -> a indegree 1 seed 5 { weight 20V, delay 1ms }
  proj b -> c indegree 50 seed 4 { weight 2V }
  out  c
}`

// priced runs severalCores with meters.
func priced(t *testing.T, q Request) *RunReport {
	t.Helper()
	target := *chip
	target.Profile = "sanafe-loihi"
	q.Net, q.Target = parse(t, severalCores), &target
	if q.Meter == nil {
		q.Meter = &MeterOptions{Timing: "simple"}
	}
	if q.Inputs == nil {
		q.Random, q.Seed, q.Spikes = 0.2, 1, spike.Options{Steps: 5}
	}
	q.NoReference = true
	rep, _, err := Run(t.Context(), &q)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// samplesFile writes 5 samples of random spikes.
func samplesFile(t *testing.T) string {
	t.Helper()
	a := &npy.Array{Name: "spikes", Shape: []int{5, 5, 60}, Kind: npy.Uint, Bits: 8}
	for i := range 5 * 5 * 60 {
		a.Bytes = append(a.Bytes, uint8(i*i/7+i)%5/4)
	}
	path := filepath.Join(t.TempDir(), "data.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := npy.WriteNPZ(f, []*npy.Array{a}); err != nil {
		t.Fatal(err)
	}
	return path
}

// requireConserved checks that a cost adds up, in whatever way it is cut.
func requireConserved(t *testing.T, c *Cost) {
	t.Helper()
	var components, cores, links, unpriced, spikes, sent, received int64
	for _, x := range c.Components {
		components += x.EnergyFJ
	}
	for _, x := range c.Events {
		unpriced += x.EnergyFJ
	}
	if unpriced != components {
		t.Errorf("the events cost %d fJ, the components %d", unpriced, components)
	}
	critical := 0
	for _, x := range c.Cores {
		cores += x.EnergyFJ
		spikes += x.Spikes
		sent += x.Sent
		received += x.Received
		critical += x.Critical
	}
	hops := int64(0)
	for _, x := range c.Links {
		links += x.EnergyFJ
		hops += x.Messages
	}
	local := int64(0)
	for _, e := range c.Events {
		switch e.Event {
		case "hop_ew", "hop_ns":
			hops -= e.Count
		case "hop_local":
			local = e.EnergyFJ
		}
	}
	if components != c.EnergyFJ || cores+links+local != c.EnergyFJ || hops != 0 {
		t.Errorf("%d fJ in all, components %d, cores %d + links %d + tiles %d; %d hops too many", c.EnergyFJ, components, cores, links, local, hops)
	}
	if m := c.Messages; m.Sent != m.Received+m.InFlight || sent != m.Sent || received != m.Sent+m.Outside {
		t.Errorf("messages: %+v; the cores sent %d and received %d", m, sent, received)
	}
	for what, s := range map[string]struct {
		Spread
		sum int64
		n   int
	}{
		"sample energy": {c.SampleEnergy, c.EnergyFJ, c.Samples}, "step energy": {c.Steps.EnergyFJ, c.EnergyFJ, c.ChipSteps},
		"sample time": {c.SampleTime, c.Time, c.Samples}, "step time": {c.Steps.Time, c.Time, c.ChipSteps},
		"messages": {c.Steps.Messages, c.Messages.Sent, c.ChipSteps}, "spikes": {c.Steps.Spikes, spikes, c.ChipSteps},
	} {
		if s.Spread.sum != s.sum || s.Spread.n != int64(s.n) || s.Mean != float64(s.sum)/float64(s.n) || float64(s.Min) > s.Mean || float64(s.Max) < s.Mean {
			t.Errorf("%s: %+v", what, s)
		}
	}
	if critical != c.ChipSteps {
		t.Errorf("%d critical cores in %d steps", critical, c.ChipSteps)
	}
}

// TestCostAddsUp runs one sample and several on 1 and 2 threads, by each model.
func TestCostAddsUp(t *testing.T) {
	data := samplesFile(t)
	for _, run := range []struct{ inputs, timings []string }{
		{nil, []string{"simple", "detailed", "cycle"}},
		{[]string{data}, []string{"simple", "detailed"}},
	} {
		var energies []int64
		for _, timing := range run.timings {
			one := priced(t, Request{Inputs: run.inputs, Threads: 1, Meter: &MeterOptions{Timing: timing}})
			requireConserved(t, one.Cost)
			if c := one.Cost; c.Messages.Sent < 1000 || len(c.Cores) < 6 || len(c.Links) < 2 || c.Messages.InFlight == 0 {
				t.Fatalf("too little happens to say anything: %+v, %d cores, %d links", c.Messages, len(c.Cores), len(c.Links))
			}
			two := priced(t, Request{Inputs: run.inputs, Threads: 2, Meter: &MeterOptions{Timing: timing}})
			if !reflect.DeepEqual(one.Cost, two.Cost) || one.Result.SpikeHash != two.Result.SpikeHash {
				t.Errorf("%s: two threads give another result", timing)
			}
			energies = append(energies, one.Cost.EnergyFJ)
		}
		if slices.Min(energies) != slices.Max(energies) {
			t.Errorf("the energy depends on the timing model: %d", energies)
		}
	}
}

// TestCostOfEachPartition runs other partitions of the network: the same
// spikes, and each adds up.
func TestCostOfEachPartition(t *testing.T) {
	want := priced(t, Request{})
	for _, o := range []backend.Options{{Axon: "pop16"}, {Axon: "discrete"}} {
		q := Request{}
		q.Passes.Target = o
		got := priced(t, q)
		requireConserved(t, got.Cost)
		if got.Result.SpikeHash != want.Result.SpikeHash {
			t.Errorf("%+v: other spikes", o)
		}
	}
	// The same without a meter.
	plain, _, err := Run(t.Context(), &Request{Net: parse(t, severalCores), Target: chip, Random: 0.2, Seed: 1, Spikes: spike.Options{Steps: 5}, NoReference: true})
	if err != nil || plain.Result.SpikeHash != want.Result.SpikeHash || plain.Cost != nil {
		t.Errorf("without a meter: %v", err)
	}
}

// TestSamplesCostWhatTheyCostAlone prices a data set and each sample alone.
func TestSamplesCostWhatTheyCostAlone(t *testing.T) {
	data := samplesFile(t)
	all := priced(t, Request{Inputs: []string{data}}).Cost
	first := priced(t, Request{Inputs: []string{data}, Spikes: spike.Options{Limit: 2}}).Cost
	if all.Samples != 5 || first.Samples != 2 || all.EnergyFJ <= first.EnergyFJ || first.SampleEnergy.Max+first.SampleEnergy.Min != first.EnergyFJ {
		t.Errorf("%d samples cost %d fJ, %d of them %d (%+v)", all.Samples, all.EnergyFJ, first.Samples, first.EnergyFJ, first.SampleEnergy)
	}
}

func TestStepCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "steps.csv")
	c := priced(t, Request{Inputs: []string{samplesFile(t)}, Meter: &MeterOptions{Timing: "detailed", StepCSV: path}}).Cost
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll() // as many fields in each row
	if err != nil || len(rows) != c.ChipSteps+1 {
		t.Fatalf("%d rows for %d steps (%v)", len(rows), c.ChipSteps, err)
	}
	sums := map[string]int64{}
	for _, row := range rows[1:] {
		for i, name := range rows[0] {
			whole, part, _ := strings.Cut(row[i], ".")
			scale := map[bool]int{true: 3, false: 1}[strings.HasSuffix(name, "_pj")]
			digits := whole + part + strings.Repeat("0", max(0, scale-len(part)))
			if !strings.HasSuffix(name, "_pj") && !strings.HasSuffix(name, "_ns") {
				digits = whole
			}
			n := int64(0)
			for _, d := range digits {
				n = 10*n + int64(d-'0')
			}
			sums[name] += n
		}
	}
	got := []int64{sums["energy_pj"], sums["time_ns"], sums["messages"], sums["synapse_pj"] + sums["soma_pj"] + sums["axon_pj"] + sums["network_pj"], sums["axon_in"]}
	want := []int64{c.EnergyFJ, c.Time, c.Messages.Sent, c.EnergyFJ, c.Messages.Sent + c.Messages.Outside}
	if !cmp.Equal(got, want) {
		t.Errorf("the columns add up to %d, want %d", got, want)
	}
}

// TestUnpriced checks that what a source does not publish is no zero.
func TestUnpriced(t *testing.T) {
	full := priced(t, Request{}).Cost
	part := priced(t, Request{Meter: &MeterOptions{Profile: "davies2018"}}).Cost
	if part.UnpricedEvents == 0 || part.timed() || part.Untimed == "" || part.Time != 0 || !strings.Contains(part.text(), "energy: at least ") || !strings.Contains(part.text(), "not known") {
		t.Errorf("davies2018: %+v\n%s", part, part.text())
	}
	if strings.Contains(full.text(), "at least") || full.UnpricedEvents != 0 {
		t.Errorf("sanafe-loihi: %s", full.text())
	}
	if d := cmp.Diff(full.Messages, part.Messages, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("another profile, other messages: %s", d)
	}
}
