package spinnaker1_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/testenv"
)

// scenario is a core of neurons of golden/spinnaker, run by sPyNNaker's code on
// an ARM.
type scenario struct {
	Name        string        `json:"name"`
	Neuron      [9]int32      `json:"np"`
	Threshold   int32         `json:"vth"`
	Synapse     [5]int32      `json:"syn"`
	Substeps    uint32        `json:"n_sub"`
	Neurons     int           `json:"n_neurons"`
	LogNeurons  uint8         `json:"log_n"`
	LogDelay    uint8         `json:"log_delay"`
	Shifts      [2]uint32     `json:"sh"`
	Rows        [][][4]uint32 `json:"rows"`
	Events      [][3]any      `json:"ev"`
	Steps       int           `json:"steps"`
	ColourMask  int           `json:"colour_mask"`
	Trace       [][]int32     `json:"trace"`
	Saturations int64         `json:"saturations"`
}

// event is a packet: an element of the source in a step.
type event struct{ step, element int }

// packets gives each packet an element of its own among those of its row that
// spike in the same step, and returns the row of each element.
func (s *scenario) packets(t *testing.T) (events []event, rows []int) {
	elements := map[[2]int]int{} // by row and how many came before
	for _, e := range s.Events {
		step, row := int(e[0].(float64)), 0
		switch x := e[1].(type) {
		case float64:
			row = int(x)
		case bool:
			if x {
				row = 1
			}
		default:
			t.Fatalf("event %v", e)
		}
		before := 0
		for _, o := range events {
			if o.step == step && rows[o.element] == row {
				before++
			}
		}
		at, ok := elements[[2]int{row, before}]
		if !ok {
			at = len(rows)
			elements[[2]int{row, before}] = at
			rows = append(rows, row)
		}
		events = append(events, event{step, at})
	}
	return events, rows
}

// image returns the scenario with a source of the packets' elements.
func (s *scenario) image(t *testing.T, rows []int) *image.Image {
	n := s.Neuron
	core := image.Core{
		P: 2, Model: image.CurrExp, LogNeurons: s.LogNeurons, LogDelay: s.LogDelay, SpikeBuffer: 256,
		Shifts: s.Shifts, Substeps: s.Substeps,
	}
	for range s.Neurons {
		core.Neurons = append(core.Neurons, image.Neuron{
			VInit: n[0], VRest: n[1], C: n[2], TauM: n[3], Offset: n[4], VReset: n[5], Refractory: n[6], RefractInit: n[7], Step: n[8],
			Threshold: s.Threshold, TauExc: s.Synapse[0], InitExc: s.Synapse[1], TauInh: s.Synapse[2], InitInh: s.Synapse[3],
		})
	}
	img := &image.Image{
		Name: s.Name, TimerPeriod: 1000, ColourBits: 4, Machine: image.Machine{Board: image.Spin3, Width: 2, Height: 2},
		Populations: []image.Population{{Name: "p", Shape: []int32{int32(s.Neurons)}, Scale: 1}},
	}
	if len(rows) > 0 {
		source := image.Core{P: 1, Model: image.Source, LogNeurons: uint8(max(1, image.Bits(len(rows))))}
		var words [][]uint32
		for i, r := range rows {
			source.Keys = append(source.Keys, uint32(i)<<4)
			var row []uint32
			for _, x := range s.Rows[r] {
				delay := x[1]
				if delay == 0 {
					delay = 1 << s.LogDelay // 0 is the longest one on the chip
				}
				w, err := core.Pack(image.Synapse{Weight: uint16(x[0]), Delay: delay, Type: x[2], Neuron: x[3]})
				if err != nil {
					t.Fatal(err)
				}
				row = append(row, w)
			}
			words = append(words, row)
		}
		if err := core.AddSource(image.PopEntry{Key: 0, Mask: 0xffff0000, Neurons: uint16(len(rows))}, words); err != nil {
			t.Fatal(err)
		}
		img.Chips = []image.Chip{{Entries: []image.Entry{{Mask: 0xffff0000, Route: 1 << 8}}}}
		img.Inputs = []image.Input{{Name: "x", Shape: []int32{int32(len(rows))}, Slices: []image.Slice{{Count: int32(len(rows))}}}}
		img.Cores = append(img.Cores, source)
	}
	img.Cores = append(img.Cores, core)
	img.Populations[0].Slices = []image.Slice{{Count: int32(s.Neurons), Core: int32(len(img.Cores) - 1)}}
	return img
}

// TestGolden emulates the scenarios from the bytes of an image, all but those
// with packets that come late, and compares potentials and spikes.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile(testenv.Shared(t, "golden/spinnaker/if_curr_exp_s1615.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		LIF []scenario `json:"lif"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for i := range file.LIF {
		s := &file.LIF[i]
		if s.ColourMask != 0 || strings.Contains(s.Name, "late") {
			continue
		}
		ran++
		events, rows := s.packets(t)
		p := load(t, s.image(t, rows))
		stim, err := p.NewStimulus(s.Steps)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			stim[0].Set(e.step, e.element)
		}
		res, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{
			Steps: s.Steps, Probes: []emulator.Probe{{Population: "p", Var: emulator.Voltage, Hi: -1, Step: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for step, want := range s.Trace {
			for n := range s.Neurons {
				v := s.Neuron[0]
				if step > 0 {
					v = res.Traces[0].Row(step - 1)[n] // the trace has the potential before the step
				}
				if spiked := res.Spikes[0].Get(step, n); v != want[1+4*n] || spiked != (want[4+4*n] == 1) {
					t.Fatalf("%s: step %d: neuron %d has v %d, spike %v, want %v", s.Name, step, n, v, spiked, want[1+4*n:5+4*n])
				}
			}
		}
		if res.Stats.Saturations != s.Saturations {
			t.Errorf("%s: %d sums saturated, want %d", s.Name, res.Stats.Saturations, s.Saturations)
		}
	}
	if ran < 12 {
		t.Errorf("only %d scenarios ran", ran)
	}
}
