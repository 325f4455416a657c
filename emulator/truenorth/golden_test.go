package truenorth_test

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator/truenorth"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

// golden is a case of the conformance data: RANC's files and what it printed.
type golden struct {
	img  *image.Image
	want *spike.Raster
}

func loadGolden(t testing.TB, name string) golden {
	dir := testenv.Shared(t, "golden/truenorth/"+name)
	img, err := image.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "ticks"))
	if err != nil {
		t.Fatal(err)
	}
	ticks, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	want, err := spike.New(ticks, int(img.Input.OutputBus.NumOutputs))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(readText(t, filepath.Join(dir, "output.txt")), "\n"), "\n")
	if len(lines) != ticks {
		t.Fatalf("%d lines of output for %d ticks", len(lines), ticks)
	}
	for row, line := range lines {
		for i, bit := range strings.Fields(strings.TrimPrefix(line, "\ufeff")) {
			if bit == "1" {
				want.Set(row, i)
			}
		}
	}
	return golden{img, want}
}

// readText reads a file that may be gzipped.
func readText(t testing.TB, path string) string {
	if data, err := os.ReadFile(path); err == nil {
		return string(data)
	}
	f, err := os.Open(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// run runs a case and compares the output bus in every tick.
func (g golden) run(t testing.TB, p *truenorth.Program, threads int) truenorth.Stats {
	t.Helper()
	res, err := truenorth.Run(context.Background(), p, nil, truenorth.Options{Ticks: g.want.Steps, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	if n, row, i, err := spike.Diff(g.want, res.Output); n != 0 || err != nil {
		t.Fatalf("%d wrong bits, first of output %d in row %d (%v)", n, i, row, err)
	}
	return res.Stats
}

// TestGoldenOutput: what RANC's simulator prints, and the counts that an
// independent restatement of its rules finds.
func TestGoldenOutput(t *testing.T) {
	tests := []struct {
		name string
		want truenorth.Stats
	}{
		{"00_repo_example", truenorth.Stats{Spikes: 70, SynEvents: 68, Updates: 200}},
		{"01_relay_delays", truenorth.Stats{Spikes: 50, SynEvents: 50, Updates: 5760}},
		{"02_reset_type0", truenorth.Stats{Spikes: 339, SynEvents: 4384, Updates: 1920}},
		{"03_reset_type1", truenorth.Stats{Spikes: 361, SynEvents: 4384, Updates: 1920}},
		{"06_edge_duplicates_delay15", truenorth.Stats{Spikes: 9, SynEvents: 9, Updates: 320, Dropped: 2, Merged: 2, BusMerged: 1}},
		{"07_logic", truenorth.Stats{Spikes: 132, SynEvents: 230, Updates: 400}},
		{"08_rtl_vmm", truenorth.Stats{Spikes: 1736, SynEvents: 5284, Updates: 235520}},
		{"09_rtl_tea256", truenorth.Stats{Spikes: 15359, SynEvents: 1469737, Updates: 168960}},
		{"bench_8x8_256", truenorth.Stats{Spikes: 533209, SynEvents: 12537854, Updates: 1612800, Merged: 9150}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			g := loadGolden(t, x.name)
			p, err := truenorth.Compile(g.img)
			if err != nil {
				t.Fatal(err)
			}
			for _, threads := range []int{1, 2, 5} {
				got := g.run(t, p, threads)
				if got.Evaluated > got.Updates {
					t.Errorf("%d of %d updates were computed", got.Evaluated, got.Updates)
				}
				got.Packets, got.Evaluated, got.Ticks = 0, 0, 0
				if got != x.want {
					t.Errorf("%d threads: counts %+v, want %+v", threads, got, x.want)
				}
			}
		})
	}
}

// TestWriteOutput: the text is RANC's own, but for its byte-order mark.
func TestWriteOutput(t *testing.T) {
	g := loadGolden(t, "08_rtl_vmm")
	var b strings.Builder
	if err := truenorth.WriteOutput(&b, g.want); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(readText(t, filepath.Join(testenv.Shared(t, "golden/truenorth/08_rtl_vmm"), "output.txt")), "\ufeff")
	if b.String() != want {
		t.Error("another text")
	}
}

func raster(t testing.TB, steps, n int) *spike.Raster {
	r, err := spike.New(steps, n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
