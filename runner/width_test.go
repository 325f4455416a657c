package runner

import "testing"

func TestParseWidth(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Width
		out  string
	}{
		{"4", Width{Bits: 4}, "4"},
		{"16", Width{Bits: 16}, "16"},
		{"2+8", Width{Bits: 2, Readout: 8}, "2+8"},
		{"8+8", Width{Bits: 8}, "8"},
	} {
		got, err := ParseWidth(c.in)
		if err != nil || got != c.want || got.String() != c.out {
			t.Errorf("%q: %+v (%s), %v", c.in, got, got, err)
		}
	}
	for _, in := range []string{"", "0", "17", "2+", "+8", "2+17", "2+8+8", "2++8", "two", "-1", "1e1", "+2"} {
		if got, err := ParseWidth(in); err == nil {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

// TestSweepWidths checks that a network without a hidden population has no
// rows with a wide readout, which would repeat those of that width.
func TestSweepWidths(t *testing.T) {
	flat := parse(t, `network flat { dt 1ms
		in x [2]
		pop a [2] lif { tau 2ms, threshold 1, reset zero }
		proj x -> a dense [[1, 2], [3, 4]]
		out a
	}`)
	deep := parse(t, `network deep { dt 1ms
		in x [2]
		pop a [2] lif { tau 2ms, threshold 1, reset zero }
		pop b [2] lif like a
		proj x -> a dense [[1, 2], [3, 4]]
		proj a -> b dense [[1, 2], [3, 4]]
		out b
	}`)
	if n := len(SweepWidths(flat)); n != 7 {
		t.Errorf("%d widths without a hidden population", n)
	}
	if w := SweepWidths(deep); len(w) != 9 || w[7] != (Width{Bits: 2, Readout: 8}) {
		t.Errorf("widths with a hidden population: %v", w)
	}
}
