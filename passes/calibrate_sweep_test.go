package passes_test

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

var (
	sweepFlag = flag.Bool("sweep", false, "measure every network and width on whole test sets")
	chipFlag  = flag.Bool("sweep-chip", false, "with -sweep: on loihi1, too")
	netFlag   = flag.String("sweep-net", "", "with -sweep: this network only")
)

// anchor is a row of specs/quantization.md section 3a: the accuracy of
// per-channel rounding and of the error-compensated solve there, and the loss
// (or the accuracy) that calibrated weights have to keep.
type anchor struct {
	bits           int
	wideReadout    bool // 8 bits onto the readout
	nearest, solve [3]float64
	loss           float64    // at most, 0 = no bar
	least          [3]float64 // at least, 0 = no bar
}

var anchors = []anchor{
	{bits: 8, nearest: [3]float64{98.24, 97.58, 97.60}, loss: 0.15},
	{bits: 6, nearest: [3]float64{98.24, 97.64, 97.50}, loss: 0.3},
	{bits: 5, nearest: [3]float64{98.16, 97.54, 97.58}, solve: [3]float64{98.18, 97.58, 97.44}, loss: 0.3},
	{bits: 4, nearest: [3]float64{98.15, 97.40, 97.41}, solve: [3]float64{98.13, 97.73, 97.45}, loss: 0.3},
	{bits: 3, nearest: [3]float64{98.19, 96.53, 97.13}, solve: [3]float64{98.07, 97.19, 97.44}, loss: 0.5},
	{bits: 2, nearest: [3]float64{85.81, 80.80, 92.68}, solve: [3]float64{97.38, 95.18, 95.88}, least: [3]float64{97.4, 95.2, 95.9}},
	{bits: 2, wideReadout: true, nearest: [3]float64{95.23, 93.70, 94.59}, solve: [3]float64{97.86, 97.09, 96.42}, least: [3]float64{97.9, 97.1, 96.4}},
	{bits: 1, nearest: [3]float64{93.94, 58.07, 72.15}, solve: [3]float64{92.74, 89.10, 87.31}},
	{bits: 1, wideReadout: true, nearest: [3]float64{81.56, 81.98, 80.95}, solve: [3]float64{95.50, 94.15, 91.22}},
}

// TestSweep prints the accuracy of calibrated weights beside the anchors of
// specs/quantization.md, and holds it against the bars (run with -sweep).
func TestSweep(t *testing.T) {
	if !*sweepFlag {
		t.Skip("skipped: whole test sets take minutes; run with -sweep")
	}
	fmt.Println("| net | bits | nearest (spec) | solve (spec) | here | points lost | loihi1 | methods and errors of the potentials | s |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for i := range benches {
		if *netFlag != "" && *netFlag != benches[i].name {
			continue
		}
		for _, a := range anchors {
			sweepRow(t, i, &a)
		}
	}
}

func sweepRow(t *testing.T, i int, a *anchor) {
	b := &benches[i]
	start := time.Now()
	opt := passes.Options{Bits: quantize.Bits(a.bits), Calibration: b.calibration(t, b.samples), MaxUnderflow: 1}
	name := fmt.Sprint(a.bits)
	if a.wideReadout {
		opt.BitsBy = map[string]quantize.Bits{b.readout: 8}
		name += " + 8"
	}
	s := b.weightsOf(t, opt)
	took := time.Since(start).Seconds()
	got := b.accuracy(t, s.Net, math.MaxInt)
	var nearest, solve float64
	if i < 3 {
		nearest, solve = a.nearest[i], a.solve[i]
	}
	chip := ""
	if *chipFlag && b.onChip {
		c := b.compile(t, opt)
		samples := b.data(t, "test").Samples()
		chip = fmt.Sprintf("%.2f", 100*float64(b.chip(t, c, samples, false))/float64(samples))
	}
	fmt.Printf("| %s | %s | %s | %s | %.2f | %.2f | %s | %s | %.1f |\n", b.name, name, percent(nearest), percent(solve), got, b.float-got, chip, methods(s), took)
	if a.loss > 0 && got < b.float-a.loss-b.slack {
		t.Errorf("%s at %s bits: %.2f %%, more than %.2f below %.2f", b.name, name, got, a.loss, b.float)
	}
	if i < 3 && got < a.least[i] {
		t.Errorf("%s at %s bits: %.2f %%, less than %.2f", b.name, name, got, a.least[i])
	}
}

func percent(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

// methods lists how the projections were quantized.
func methods(s *passes.State) string {
	var out []string
	for _, p := range s.Report.Projections {
		out = append(out, fmt.Sprintf("%s %.4f", p.Stats.Method, p.Stats.Potential))
	}
	return strings.Join(out, ", ")
}
