package spike

import (
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	for _, c := range []struct {
		text  string
		n     int
		steps int // of the result
		at    [][2]int
	}{
		{"0,1,0\n0,0,1\n", 3, 2, [][2]int{{0, 1}, {1, 2}}},
		{"0 1 0\r\n0 0 1\r\n\r\n", 3, 2, [][2]int{{0, 1}, {1, 2}}},
		{" 0 ,\t1, 0 \n", 3, 1, [][2]int{{0, 1}}},
		{"0.0,1.0,0e0\n", 3, 1, [][2]int{{0, 1}}},
		{"0.0,1.0\n", 2, 1, [][2]int{{0, 1}}},
		{"1\n0\n1\n", 1, 3, [][2]int{{0, 0}, {2, 0}}},
		{"T, I\n2,7\n0,3\n", 9, 3, [][2]int{{0, 3}, {2, 7}}},
		{"step,channel\n0,1\n1,0\n", 2, 2, [][2]int{{0, 1}, {1, 0}}},
		{"2\t7\n0\t3", 9, 3, [][2]int{{0, 3}, {2, 7}}},
		{"0,0\n1,1\n0,1\n0,0\n0,0\n", 2, 5, [][2]int{{1, 0}, {1, 1}, {2, 1}}},
		{"9,0\n", 2, 10, [][2]int{{9, 0}}},
	} {
		r, err := readCSV(strings.NewReader(c.text), "", 0, c.n)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		ok := r.Steps == c.steps && r.N == c.n && r.Count() == len(c.at)
		for _, p := range c.at {
			ok = ok && r.Get(p[0], p[1])
		}
		if !ok {
			t.Errorf("%q: %+v", c.text, r)
		}
	}
}

func TestReadCSVRefuses(t *testing.T) {
	for _, c := range []struct {
		text, form string
		n          int
		word       string
	}{
		{"", "", 3, "empty"},
		{"0,1,0\n\n0,0,1\n", "", 3, "line 2 is empty"},
		{"0,1,0\n0,1\n", "", 3, "line 2 has 2 columns"},
		{"0,1,2\n", "", 3, `line 1: value "2" at [t=0, i=2]`},
		{"0,1,nan\n", "", 3, `"nan"`},
		{"0,1,\n", "", 3, "column 3 is empty"},
		{"0,1,1,0\n", "", 3, "line 1 has 4 columns"},
		{"t,i\n1,1\n0,0\n1,1\n", "", 3, "line 4 repeats"},
		{"1,1\n0,0\n1,1\n", "", 3, "line 3 repeats"},
		{"t,i\n1,3\n", "", 3, "line 2: channel 3"},
		{"t,i\n-1,0\n", "", 3, "line 2: step -1"},
		{"t,i\n1,1.5\n", "", 3, `line 2: "1.5"`},
		{"t,i\n1\n", "", 3, "line 2 has 1 columns"},
		{"t,i\n99999999999999999999,1\n", "", 3, "line 2"},
		{"t,i\n999999999,1\n", "", 3, "--steps"},
		{"t,i\n0,1\n", "raster", 3, "header"},
		{"0,1,0\n", "packed", 3, "packed"},
		{"0,1\n1,0\n", "", 2, "--form"},
		{strings.Repeat("0", 1<<16), "", 3, "line 1 is longer"},
	} {
		_, err := readCSV(strings.NewReader(c.text), Form(c.form), 0, c.n)
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%.40q: error %v, want one with %q", c.text, err, c.word)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("0,1,0\n0,0,1\n", 3)
	f.Add("t,i\n2,1\n0,0\n", 2)
	f.Add("0.0 1e0\n", 2)
	f.Add("5\t70\n", 100)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 || n > 1000 {
			return
		}
		r, err := readCSV(strings.NewReader(text), "", 0, n)
		if err != nil {
			return
		}
		if r.N != n || len(r.Words) != r.Steps*r.Stride {
			t.Fatalf("a raster of %d x %d in %d words", r.Steps, r.N, len(r.Words))
		}
		// What was read is written and read again as the same.
		var b strings.Builder
		if err := WriteEventsCSV(&b, r); err != nil {
			t.Fatal(err)
		}
		again, err := readCSV(strings.NewReader(b.String()), "", r.Steps, n)
		if err != nil && r.Steps > 0 {
			t.Fatal(err)
		}
		if k, _, _, err := Diff(r, again); r.Steps > 0 && (k != 0 || err != nil) {
			t.Fatalf("%d bits differ (%v)", k, err)
		}
	})
}
