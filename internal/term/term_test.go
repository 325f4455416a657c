package term

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	tab := Table{Right: []bool{false, true}}
	tab.Add("resource", "used", "")
	tab.Add("µ", "1 024", "<- binding")
	tab.Add("synapses", "7")
	want := "  resource   used\n  µ         1 024  <- binding\n  synapses      7\n"
	if got := tab.Indent("  "); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", -1048576: "-1 048 576", -100: "-100"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "0 s", 350 * time.Microsecond: "350 µs", 2500 * time.Microsecond: "2.5 ms", 83 * time.Millisecond: "83 ms",
		1240 * time.Millisecond: "1.24 s", 12 * time.Second: "12.0 s", 200 * time.Second: "3 min 20 s", 90 * time.Minute: "1 h 30 min",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	tests := []struct {
		done, total int64
		elapsed     time.Duration
		want        string
	}{
		{0, 10, time.Second, "0 of 10 samples"},
		{2500, 10000, 2 * time.Second, "2 500 of 10 000 samples, 1 250/s, 6 s left"},
		{5, 10, 10 * time.Second, "5 of 10 samples, 0.5/s, 10 s left"},
		{9999, 10000, time.Second, "9 999 of 10 000 samples, 9 999/s, 1 s left"},
		{1, 61, 10 * time.Second, "1 of 61 samples, 0.1/s, 10 min 0 s left"},
		{10, 10, 10 * time.Second, "10 of 10 samples, 1/s"},
	}
	for _, x := range tests {
		if got := progressLine("samples", x.done, x.total, x.elapsed); got != x.want {
			t.Errorf("%d of %d: %q, want %q", x.done, x.total, got, x.want)
		}
	}
}

// TestProgressStaysQuiet checks that quick work and a nil Progress draw nothing.
func TestProgressStaysQuiet(t *testing.T) {
	var b strings.Builder
	p := StartProgress(&b, "samples", 3)
	p.Set(3)
	p.Stop()
	var off *Progress
	off.Set(1)
	off.Stop()
	if b.Len() > 0 {
		t.Errorf("drew %q", b.String())
	}
}
