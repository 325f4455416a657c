package runner

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// TestRealTime runs the same image with long and with short ticks, and reads
// what is said of them.
func TestRealTime(t *testing.T) {
	img, _ := spinnakerImage(t)
	for _, c := range []struct {
		period uint32
		timing string
		want   []string
		holds  bool
	}{
		{1000, simpleTiming, []string{"real time: holds; core (", "is busiest and needs", "of a tick of 1 ms"}, true},
		{10, simpleTiming, []string{"warning: real time does not hold: core (", ", which holds ", "(1 other core is over it, too)", "at a time-scale factor of ", "hint: --time-scale ", "so no core is small enough"}, false},
		{10, detailedTiming, []string{" packets sent: cores took "}, false},
	} {
		img.TimerPeriod = c.period
		data, err := image.Encode(img)
		if err != nil {
			t.Fatal(err)
		}
		m, err := LoadSpinnaker1(data)
		if err != nil {
			t.Fatal(err)
		}
		d, err := RandomData(m.Inputs(), 30, 0.3, 1)
		if err != nil {
			t.Fatal(err)
		}
		timing, err := newRealTiming(&MeterOptions{Timing: c.timing})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Measure(context.Background(), m, "spinnaker1", d, Options{realTime: timing}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := sum.RealTime
		if r == nil || r.Holds != c.holds || r.Timing != c.timing || r.Holds != (r.Factor <= 1) || len(r.Estimates) == 0 || r.Energy.PowerJ <= 0 {
			t.Fatalf("%+v", r)
		}
		text := r.text()
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		t.Log(text)
	}
}

func TestRealTimingRefuses(t *testing.T) {
	var unpriced *UnpricedError
	for _, q := range []MeterOptions{{Timing: "cycle"}, {StepCSV: "x.csv"}, {Heatmap: "x.png"}} {
		if _, err := newRealTiming(&q); !errors.As(err, &unpriced) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := newRealTiming(&MeterOptions{Profile: "sanafe-loihi"}); err == nil {
		t.Error("a profile of another chip is taken")
	}
}
