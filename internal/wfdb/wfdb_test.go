package wfdb_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/internal/wfdb"
)

// write writes a record of one signal file and returns the path of the header.
func write(t testing.TB, header string, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "r.dat"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "r.hea")
	if err := os.WriteFile(path, []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// By hand: 1, -1 | 2047, -2048 | 5 as three-byte groups.
var packed = []byte{0x01, 0xf0, 0xff, 0xff, 0x87, 0x00, 0x05, 0x00}

func TestSamplesByHand(t *testing.T) {
	r, err := wfdb.Read(write(t, "r 1 100 5\nr.dat 212 100(1)/uV 12 7 1 4 0 lead one\n", packed))
	if err != nil {
		t.Fatal(err)
	}
	if want := []int16{1, -1, 2047, -2048, 5}; !slices.Equal(r.ADC[0], want) {
		t.Errorf("samples %v, want %v", r.ADC[0], want)
	}
	p := r.Physical(0)
	if p[0] != 0 || p[1] != -0.02 || p[4] != 0.04 || !math.IsNaN(p[3]) {
		t.Errorf("physical %v", p)
	}
	if s := r.Signals[0]; s.Units != "uV" || s.Description != "lead one" || r.Frequency != 100 {
		t.Errorf("header %+v", r.Header)
	}
}

func TestSignalsShareAFile(t *testing.T) {
	const header = "# a comment\nr 2 360/10(3) 2 12:00:00\n\nr.dat 212+2 0 12 3\nr.dat 212\n"
	r, err := wfdb.Read(write(t, header, slices.Concat([]byte{9, 9}, packed[:6])))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.ADC[0], []int16{1, 2047}) || !slices.Equal(r.ADC[1], []int16{-1, -2048}) {
		t.Errorf("samples %v", r.ADC)
	}
	if s := r.Signals[0]; s.Gain != 200 || s.Baseline != 3 {
		t.Errorf("a gain of 0 and no baseline are read as %v and %d", s.Gain, s.Baseline)
	}
	// Without a number of samples the file decides.
	if r, err = wfdb.Read(write(t, "r 2\nr.dat 212\nr.dat 212\n", packed[:6])); err != nil || r.Samples != 2 {
		t.Errorf("%v, want 2 samples", err)
	}
}

// Record 100 has checksums of its own, and its published first rows are
// -0.145, -0.065 mV.
func TestRecord100(t *testing.T) {
	r, err := wfdb.Read(testenv.Shared(t, "data/ecg/100.hea"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Samples != 650000 || r.Frequency != 360 || len(r.Signals) != 2 || r.Signals[0].Description != "MLII" {
		t.Fatalf("header %+v", r.Header)
	}
	if a, b := r.Physical(0), r.Physical(1); a[0] != -0.145 || b[0] != -0.065 || a[8] != -0.12 || b[9] != -0.08 {
		t.Errorf("physical %v %v", a[:10], b[:10])
	}
}

func TestBrokenRecords(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"", "no record line"},
		{"r\n", "line 1: a record line"},
		{"r/3 1\n", "segments"},
		{"r 0\n", "number of signals"},
		{"r 999999999\n", "number of signals"},
		{"r 1 nan\n", "sampling frequency"},
		{"r 1 100 -1\n", "number of samples"},
		{"r 1 100 99999999999999999999\n", "number of samples"},
		{"r 2 100 5\nr.dat 212\n", "describes 1 of 2"},
		{"r 1 100 5\nr.dat 212\nr.dat 212\n", "line 3: a line beyond"},
		{"r 1 100 5\n../r.dat 212\n", "not a file beside"},
		{"r 1 100 5\n.. 212\n", "not a file beside"},
		{"r 1 100 5\nr.dat 16\n", `format "16" is not supported`},
		{"r 1 100 5\nr.dat 212x2\n", "not supported"},
		{"r 1 100 5\nr.dat 212+-1\n", "not an offset"},
		{"r 1 100 5\nr.dat 212+99999999999\n", "begin at byte"},
		{"r 1 100 5\nr.dat 212 1(2\n", "baseline"},
		{"r 1 100 5\nr.dat 212 inf\n", "not a gain"},
		{"r 1 100 5\nr.dat 212 1 12 x\n", "ADC zero"},
		{"r 1 100 5\nnone.dat 212\n", "none.dat"},
		{"r 1 100 6\nr.dat 212\n", "r.dat: 6 samples of 1 signals need 9 bytes, there are 8: the file is truncated"},
		{"r 1 100 5\nr.dat 212 1 12 0 2\n", "first sample is 1, the header says 2"},
		{"r 1 100 5\nr.dat 212 1 12 0 1 5\n", "the checksum is 4, the header says 5"},
	} {
		path := write(t, c.header, packed)
		_, err := wfdb.Read(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Dir(path)) {
			t.Errorf("%q: error %v, want %q and the path", c.header, err, c.want)
		}
	}
	if _, err := wfdb.Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "regular") {
		t.Errorf("a folder: %v", err)
	}
}

// Whatever the files hold, a record that is read is whole.
func FuzzRead(f *testing.F) {
	f.Add([]byte("r 1 100 5\nr.dat 212 100(1)/uV 12 7 1 4 0 lead one\n"), packed)
	f.Add([]byte("r 2\nr.dat 212+1\nr.dat 212\n"), packed)
	f.Fuzz(func(t *testing.T, header, data []byte) {
		r, err := wfdb.Read(write(t, string(header), data))
		if err != nil {
			return
		}
		for i := range r.Signals {
			if len(r.ADC[i]) != r.Samples || len(r.Physical(i)) != r.Samples {
				t.Fatalf("signal %d has %d of %d samples", i, len(r.ADC[i]), r.Samples)
			}
		}
	})
}
