package tile_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/tile"
	"github.com/synfire/synfire/internal/testenv"
)

// golden reads a network of the conformance data.
func golden(t testing.TB, name string) *tile.Program {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Shared(t, "golden/arch"), name, "net.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := tile.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, n)
}

// TestDetailedAgainstSANAFE keeps what docs/timing.md says about the agreement
// with the reference's own detailed timing, whose order of ties is not defined.
func TestDetailedAgainstSANAFE(t *testing.T) {
	f, err := os.Open(testenv.Shared(t, "golden/arch/rand1k_100/detailed/perf.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	res := run(t, golden(t, "rand1k_100"), len(rows)-1, "detailed")
	equal, worst, sum, want := 0, 0., 0., 0.
	for i, row := range rows[1:] {
		w, err := strconv.ParseFloat(row[6], 64)
		if err != nil || rows[0][6] != "sim_time" {
			t.Fatalf("%v of %s (%v)", row[6], rows[0][6], err)
		}
		got := float64(res.Steps[i].Time) * 1e-10
		// Ours is rounded to 0.1 ns and the other to 7 digits.
		if math.Abs(got-w) <= 0.05e-9+0.5e-6*w {
			equal++
		}
		worst = max(worst, math.Abs(got-w)/w)
		sum, want = sum+got, want+w
	}
	t.Logf("equal in %d of %d steps, worst %.4f, sum off by %.5f", equal, len(rows)-1, worst, sum/want-1)
	if equal != 27 || worst > 0.022 || math.Abs(sum/want-1) > 0.004 {
		t.Errorf("equal in %d of %d steps, worst %.4f, sum off by %.5f: docs/timing.md says otherwise", equal, len(rows)-1, worst, sum/want-1)
	}
}

// checkWorkload compares a run of rand10k_100 with the reference's summary of
// its run (run_summary_simple.yaml): counts, energies in J and, for simple, the
// time in s, to the digits printed.
func checkWorkload(t testing.TB, res *tile.Result, timing string) {
	t.Helper()
	c := &res.Counts
	if c[cost.SynapseDense] != 65142800 || c[cost.AxonOut] != 45278756 || c[cost.SomaSpike] != 651428 || res.Spikes.Count() != 651428 {
		t.Fatalf("counts %v", c)
	}
	var updated int64
	for i := range res.Steps {
		updated += res.Steps[i].Updated
	}
	joule := func(fj int64) string { return strconv.FormatFloat(float64(fj)/1e15, 'e', 6, 64) }
	e := &res.Energy
	for _, x := range []struct{ name, got, want string }{
		{"updated", strconv.FormatInt(updated, 10), "909522"},
		{"synapse", joule(e[cost.Synapse].FJ), "2.312569e-03"},
		{"soma", joule(e[cost.Soma].FJ), "1.159896e-04"},
		{"network", joule(e[cost.Axon].FJ + e[cost.Network].FJ), "5.617384e-03"},
		{"total", joule(e.Total().FJ), "8.045943e-03"},
	} {
		if x.got != x.want {
			t.Fatalf("%s: %s, want %s", x.name, x.got, x.want)
		}
	}
	if s := strconv.FormatFloat(float64(res.Time)/1e10, 'e', 6, 64); timing == "simple" && s != "8.027597e-03" {
		t.Fatalf("time %s, want 8.027597e-03", s)
	}
}

func TestWorkloadAgainstSANAFE(t *testing.T) {
	checkWorkload(t, run(t, golden(t, "rand10k_100"), 100, "simple"), "simple")
}
