package ir

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func connect(out int, r Rule) *Node { return &Node{Op: OpConnect, Out: Shape{out}, Rule: &r} }

// TestExpandRules checks what each rule promises, for random sizes: the form
// of the rows, the exact synapses of the regular rules, exact in-degrees, and
// that NoSelf takes away the diagonal and nothing else.
func TestExpandRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, out := rapid.IntRange(1, 40).Draw(t, "in"), rapid.IntRange(1, 40).Draw(t, "out")
		r := Rule{
			Kind: RuleKind(rapid.IntRange(int(RuleAllToAll), int(RuleInDegree)).Draw(t, "kind")),
			Seed: rapid.Uint64().Draw(t, "seed"), NoSelf: rapid.Bool().Draw(t, "no self"),
		}
		choice := in
		if r.NoSelf {
			choice--
		}
		switch r.Kind {
		case RuleOneToOne:
			out = in
		case RuleProbability:
			r.P = rapid.SampledFrom([]float64{0, 1e-300, 0.01, 0.5, 1}).Draw(t, "p")
		case RuleInDegree:
			r.N = rapid.IntRange(0, choice).Draw(t, "n")
		}
		indptr, indices, err := Expand(connect(out, r), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(indptr) != in+1 || indptr[0] != 0 || int(indptr[in]) != len(indices) {
			t.Fatalf("row starts %v for %d synapses", indptr, len(indices))
		}
		degree := make([]int, out)
		for i := range in {
			row := indices[indptr[i]:indptr[i+1]]
			for k, j := range row {
				if j < 0 || int(j) >= out || k > 0 && j <= row[k-1] {
					t.Fatalf("row %d is %v", i, row)
				}
				degree[j]++
			}
			has := slices.Contains(row, int32(i))
			self := !r.NoSelf && i < out
			switch {
			case r.NoSelf && has:
				t.Fatalf("%d reaches itself", i)
			case r.Kind == RuleAllToAll && len(row) != out-oneIf(i < out && r.NoSelf):
				t.Fatalf("row %d has %d of %d targets", i, len(row), out)
			case r.Kind == RuleOneToOne && (has != self || len(row) != oneIf(self)):
				t.Fatalf("row %d is %v", i, row)
			case r.P == 1 && len(row) != out-oneIf(i < out && r.NoSelf):
				t.Fatalf("row %d has %d of %d targets at probability 1", i, len(row), out)
			}
		}
		for j, d := range degree {
			if r.Kind == RuleInDegree && d != r.N {
				t.Fatalf("target %d has %d sources, want %d", j, d, r.N)
			}
		}
		if r.Kind == RuleProbability && r.P < 1e-100 && len(indices) > 0 {
			t.Fatalf("%d synapses at probability %g", len(indices), r.P)
		}
	})
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestExpandSpread compares how often each source and target was chosen with
// what independent choices give, by the chi-square statistic. It is fixed by
// the seeds; the bounds are five standard deviations.
func TestExpandSpread(t *testing.T) {
	const in, out = 500, 400
	for _, r := range []Rule{
		{Kind: RuleProbability, P: 0.02, Seed: 1},
		{Kind: RuleProbability, P: 0.7, Seed: 2},
		{Kind: RuleInDegree, N: 50, Seed: 3},
		{Kind: RuleInDegree, N: 450, Seed: 4, NoSelf: true},
	} {
		t.Run(fmt.Sprint(r.Kind, r.P, r.N), func(t *testing.T) {
			indptr, indices, err := Expand(connect(out, r), in)
			if err != nil {
				t.Fatal(err)
			}
			p := r.P
			if r.Kind == RuleInDegree {
				p = float64(r.N) / in
			}
			rows, columns := make([]float64, in), make([]float64, out)
			for i := range in {
				rows[i] = float64(indptr[i+1] - indptr[i])
				for _, j := range indices[indptr[i]:indptr[i+1]] {
					columns[j]++
				}
			}
			spread(t, "sources", rows, out*p, out*p*(1-p))
			if r.Kind == RuleProbability {
				spread(t, "targets", columns, in*p, in*p*(1-p))
			}
		})
	}
}

func spread(t *testing.T, what string, counts []float64, mean, variance float64) {
	t.Helper()
	chi2, n := 0.0, float64(len(counts))
	for _, c := range counts {
		chi2 += (c - mean) * (c - mean) / variance
	}
	if d := math.Abs(chi2-n) / math.Sqrt(2*n); d > 5 {
		t.Errorf("%s: chi-square is %g for %g counts", what, chi2, n)
	}
}

// TestExpandGolden pins the synapses of some seeds: networks in use depend on
// them.
func TestExpandGolden(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Kind: RuleProbability, P: 0.05, Seed: 1}, "989cc3a96142eff2"},
		{Rule{Kind: RuleProbability, P: 0.05, Seed: 2, NoSelf: true}, "17adcbb4aa276b78"},
		{Rule{Kind: RuleInDegree, N: 20, Seed: 1}, "77923281fe7d2855"},
		{Rule{Kind: RuleInDegree, N: 20, Seed: 1, NoSelf: true}, "85c1f4181de17e13"},
	} {
		indptr, indices, err := Expand(connect(300, c.rule), 200)
		if err != nil {
			t.Fatal(err)
		}
		var b []byte
		for _, x := range slices.Concat(indptr, indices) {
			b = binary.LittleEndian.AppendUint32(b, uint32(x))
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(b))[:16]; got != c.want {
			t.Errorf("%+v gives %s, want %s", c.rule, got, c.want)
		}
	}
}

// TestExpandRefuses checks that what cannot be or is too large is an error
// before anything is made.
func TestExpandRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		node *Node
		in   int
		want string
	}{
		{"too many", connect(1<<20, Rule{Kind: RuleAllToAll}), 1 << 20, "1099511627776 synapses"},
		{"too many expected", connect(1<<28, Rule{Kind: RuleProbability, P: 0.5}), 1 << 28, "synapses"},
		{"too many sources", connect(1<<28, Rule{Kind: RuleInDegree, N: 100}), 1 << 28, "synapses"},
		{"no such size", connect(2, Rule{Kind: RuleAllToAll}), 1<<28 + 1, "sources"},
		{"no sources", connect(2, Rule{Kind: RuleAllToAll}), 0, "sources"},
		{"sizes differ", connect(2, Rule{Kind: RuleOneToOne}), 3, "one-to-one joins 3"},
		{"more than all", connect(2, Rule{Kind: RuleInDegree, N: 3, NoSelf: true}), 3, "in-degree"},
		{"no probability", connect(2, Rule{Kind: RuleProbability, P: math.NaN()}), 3, "NaN"},
		{"no rule", &Node{Op: OpConnect, Out: Shape{1}}, 1, "no rule"},
		{"other op", &Node{Op: OpDense, Out: Shape{1}}, 1, "dense"},
		{"unknown targets", &Node{Op: OpConnect, Rule: &Rule{Kind: RuleAllToAll}}, 1, "targets"},
		{"bad kind", connect(2, Rule{Kind: 99}), 3, "unknown rule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Expand(c.node, c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func BenchmarkExpand(b *testing.B) {
	for _, r := range []Rule{{Kind: RuleProbability, P: 0.1}, {Kind: RuleInDegree, N: 1000}} {
		b.Run(r.Kind.String(), func(b *testing.B) {
			n, synapses := connect(10000, r), 0
			for b.Loop() {
				_, indices, err := Expand(n, 10000)
				if err != nil {
					b.Fatal(err)
				}
				synapses = len(indices)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(synapses), "ns/synapse")
		})
	}
}
