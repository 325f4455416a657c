package passes_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

var (
	drawsFlag  = flag.Int("draws", 0, "measure rlif_fsdd on so many random calibrations")
	widthsFlag = flag.String("widths", "", "with -draws, also these widths of projections, as NAME=N,...")
)

// drawnRow is a choice of widths, and what it may lose.
type drawnRow struct {
	name string
	bits quantize.Bits
	by   map[string]quantize.Bits
	bar  float64
}

// TestDraws prints what rlif_fsdd loses if other 1000 training recordings
// calibrate: on its test recordings, and on the training recordings that are
// left, as they are and with 15 % of their spikes lost (run with -draws 16; with
// -widths fc_in=3,fc_rec=1.75 also for widths of projections).
// It says how much of a row of TestSweep is chance.
func TestDraws(t *testing.T) {
	if *drawsFlag < 1 {
		t.Skip("skipped: takes minutes; run with -draws 16")
	}
	b := &benches[3]
	train, test := b.data(t, "train"), b.data(t, "test")
	ref := &passes.State{Net: b.open(t)}
	if err := passes.Lower(context.Background(), ref); err != nil {
		t.Fatal(err)
	}
	fmt.Println("| bits | bar | test: mean loss | draws that keep the bar | held out: mean loss | with 15 % of the spikes lost | losses on the test recordings |")
	fmt.Println("|---|---|---|---|---|---|---|")
	rows := []drawnRow{{"8", 8, nil, 0.15}, {"4", 4, nil, 0.3}, {"3", 3, nil, 0.5}, {"2", 2, nil, 0.5}}
	if *widthsFlag != "" {
		rows = append(rows, drawnRow{*widthsFlag, 8, widthsBy(t), 0.5})
	}
	for _, x := range rows {
		var sums [3]float64
		kept, list := 0, ""
		for d := range *drawsFlag {
			order := rand.New(rand.NewPCG(uint64(d), 99)).Perm(train.Samples())
			calibrate, rest := order[:1000], order[1000:]
			s := b.weightsOf(t, passes.Options{Bits: x.bits, BitsBy: x.by, Calibration: &passes.Calibration{
				Samples: len(calibrate), Steps: b.steps, Fill: picked(train, calibrate, 0),
			}})
			lost := [3]float64{
				b.lost(t, ref.Net, s.Net, test, all(test.Samples()), 0),
				b.lost(t, ref.Net, s.Net, train, rest, 0),
				b.lost(t, ref.Net, s.Net, train, rest, 0.15),
			}
			for i, l := range lost {
				sums[i] += l / float64(*drawsFlag)
			}
			if lost[0] <= x.bar {
				kept++
			}
			list += fmt.Sprintf(" %+.2f", lost[0])
		}
		fmt.Printf("| %s | %.2f | %+.2f | %d of %d | %+.2f | %+.2f |%s |\n", x.name, x.bar, sums[0], kept, *drawsFlag, sums[1], sums[2], list)
	}
}

// widthsBy reads -widths.
func widthsBy(t *testing.T) map[string]quantize.Bits {
	if *widthsFlag == "" {
		return nil
	}
	by := map[string]quantize.Bits{}
	for _, a := range strings.Split(*widthsFlag, ",") {
		name, bits, _ := strings.Cut(a, "=")
		var err error
		if by[name], err = quantize.ParseBits(bits); err != nil {
			t.Fatal(err)
		}
	}
	return by
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// picked feeds some samples of a source, each spike lost with a probability.
func picked(s spike.Source, at []int, lost float64) func(k int, in eval.Stimulus) error {
	feed := fill(s)
	return func(k int, in eval.Stimulus) error {
		if err := feed(at[k], in); err != nil || lost == 0 {
			return err
		}
		r := in[0].Raster
		rng := rand.New(rand.NewPCG(uint64(at[k]), 7))
		for step := range r.Steps {
			row := r.Row(step)
			r.Each(step, func(i int) {
				if rng.Float64() < lost {
					row[i>>6] &^= 1 << (i & 63)
				}
			})
		}
		return nil
	}
}

// lost returns by how many points network n has fewer samples right than the
// network in float.
func (b *bench) lost(t *testing.T, float, n *ir.Network, s spike.Source, at []int, lost float64) float64 {
	right := func(n *ir.Network) (right int) {
		prog, err := eval.Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		opt := eval.Options{Steps: b.steps, Probes: []eval.Probe{{Node: n.Lookup(b.readout), What: eval.Spikes}}}
		err = eval.RunBatch(context.Background(), prog, len(at), 0, opt, picked(s, at, lost), func(k int, res *eval.Result) error {
			if most(res.Recordings[0].Raster.Counts()) == s.Labels()[at[k]] {
				right++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return right
	}
	return 100 * float64(right(float)-right(n)) / float64(len(at))
}
