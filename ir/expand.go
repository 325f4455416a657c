package ir

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// expandStream is the second half of the generator's seed, so that Expand
// and other users of the same seed draw different numbers.
const expandStream = 0x73796e6170736573

// Expand makes the synapses of an OpConnect node whose sources are in
// neurons and whose targets are the Out.Size() neurons of n.Out. The result
// is compressed by source: source i reaches indices[indptr[i]:indptr[i+1]],
// ascending. It depends on the rule, its seed and the two sizes only.
//
// NoSelf leaves out the pairs of equal index. More than MaxElems synapses are
// an error, found before they are allocated.
func Expand(n *Node, in int) (indptr, indices []int32, err error) {
	if n.Op != OpConnect || n.Rule == nil {
		return nil, nil, fmt.Errorf("%s has no rule of connectivity", n.Op)
	}
	if n.Out == nil {
		return nil, nil, fmt.Errorf("the number of targets is not known")
	}
	if err := n.Out.Check(); err != nil {
		return nil, nil, err
	}
	if in <= 0 || in > MaxElems {
		return nil, nil, fmt.Errorf("%d sources (1 to %d are possible)", in, MaxElems)
	}
	out := n.Out.Size()
	count, err := n.Rule.synapses(in, out)
	if err != nil {
		return nil, nil, err
	}
	if count > MaxElems {
		return nil, nil, fmt.Errorf("%s from %d to %d neurons makes %d synapses, more than %d", n.Rule.Kind, in, out, count, MaxElems)
	}
	rng := rand.New(rand.NewPCG(n.Rule.Seed, expandStream))
	switch n.Rule.Kind {
	case RuleProbability:
		return n.Rule.bernoulli(in, out, count, rng)
	case RuleInDegree:
		indptr, indices = n.Rule.inDegree(in, out, rng)
	default:
		indptr, indices = n.Rule.regular(in, out, count)
	}
	return indptr, indices, nil
}

// synapses returns how many synapses the rule makes, for RuleProbability the
// expected number, or an error if the rule does not fit the sizes. Sizes are
// at most MaxElems, so products do not overflow.
func (r *Rule) synapses(in, out int) (int, error) {
	diagonal := 0
	if r.NoSelf {
		diagonal = min(in, out)
	}
	switch r.Kind {
	case RuleAllToAll:
		return in*out - diagonal, nil
	case RuleOneToOne:
		if in != out {
			return 0, fmt.Errorf("one-to-one joins %d sources to %d targets", in, out)
		}
		return in - diagonal, nil
	case RuleProbability:
		if !(r.P >= 0 && r.P <= 1) {
			return 0, fmt.Errorf("the probability is %g, not 0 to 1", r.P)
		}
		return int(math.Ceil(float64(in*out) * r.P)), nil
	case RuleInDegree:
		choice := in
		if r.NoSelf {
			choice--
		}
		if r.N < 0 || r.N > choice {
			return 0, fmt.Errorf("an in-degree of %d from %d sources", r.N, choice)
		}
		return r.N * out, nil
	}
	return 0, fmt.Errorf("unknown rule of connectivity")
}

// regular makes the synapses of the rules without chance.
func (r *Rule) regular(in, out, count int) (indptr, indices []int32) {
	indptr, indices = make([]int32, in+1), make([]int32, 0, count)
	for i := range in {
		first, last := 0, out
		if r.Kind == RuleOneToOne {
			first, last = i, i+1
		}
		for j := first; j < last; j++ {
			if !r.NoSelf || i != j {
				indices = append(indices, int32(j))
			}
		}
		indptr[i+1] = int32(len(indices))
	}
	return indptr, indices
}

// bernoulli draws each pair with probability P. It draws the geometrically
// distributed gaps between chosen pairs, so work follows the synapses. A
// machine whose logarithm differs in the last bit chooses another synapse
// with a chance of about 1e-13 a draw.
func (r *Rule) bernoulli(in, out, expected int, rng *rand.Rand) (indptr, indices []int32, err error) {
	indptr = make([]int32, in+1)
	indices = make([]int32, 0, expected)
	logq := math.Log1p(-r.P)
	pairs := in * out
	row := 0
	for k := r.gap(logq, pairs, rng); k < pairs; k += 1 + r.gap(logq, pairs, rng) {
		for ; row < k/out; row++ {
			indptr[row+1] = int32(len(indices))
		}
		if r.NoSelf && k/out == k%out {
			continue
		}
		if len(indices) == MaxElems {
			return nil, nil, fmt.Errorf("probability %g from %d to %d neurons makes more than %d synapses", r.P, in, out, MaxElems)
		}
		indices = append(indices, int32(k%out))
	}
	for ; row < in; row++ {
		indptr[row+1] = int32(len(indices))
	}
	return indptr, indices, nil
}

// gap returns how many pairs are passed over before the next synapse, at
// most limit.
func (r *Rule) gap(logq float64, limit int, rng *rand.Rand) int {
	switch r.P {
	case 0:
		return limit
	case 1:
		return 0
	}
	g := math.Log1p(-rng.Float64()) / logq
	if !(g < float64(limit)) {
		return limit
	}
	return int(g)
}

// inDegree draws N distinct sources for each target by Floyd's method
// (Bentley and Floyd, CACM 30(9), 1987), then sorts them by source.
func (r *Rule) inDegree(in, out int, rng *rand.Rand) (indptr, indices []int32) {
	sources := make([]int32, 0, r.N*out)
	taken := make([]int32, in) // the last target that drew this source, plus 1
	indptr = make([]int32, in+1)
	for j := range out {
		choice, self := in, in
		if r.NoSelf && j < in {
			choice, self = in-1, j
		}
		for k := choice - r.N; k < choice; k++ {
			s := skipSelf(rng.IntN(k+1), self)
			if taken[s] == int32(j+1) {
				s = skipSelf(k, self)
			}
			taken[s] = int32(j + 1)
			sources = append(sources, int32(s))
			indptr[s+1]++
		}
	}
	for i := range in {
		indptr[i+1] += indptr[i]
	}
	next := taken
	copy(next, indptr)
	indices = make([]int32, len(sources))
	for k, s := range sources {
		indices[next[s]] = int32(k / r.N)
		next[s]++
	}
	return indptr, indices
}

// skipSelf maps a draw to a source, leaving out self.
func skipSelf(draw, self int) int {
	if draw >= self {
		return draw + 1
	}
	return draw
}
