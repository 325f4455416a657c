package ir

import (
	"math"
	"slices"
)

// nodeVerifier checks one node.
type nodeVerifier struct {
	*verifier
	n    *Node
	path string
}

func (v *nodeVerifier) errorf(code, hint, format string, args ...any) {
	v.list.Errorf(code, v.path, hint, format, args...)
}

func (v *nodeVerifier) identity(i int, names map[string]bool) {
	n := v.n
	if n.ID != NodeID(i) {
		v.errorf(codeNode, "", "node %d has id %d", i, n.ID)
	}
	if n.Op == OpInvalid || n.Op >= numOps {
		v.errorf(codeNode, "", "node %d has no known op", i)
	}
	switch {
	case n.Name == "":
		v.errorf(codeNode, "give every node a name", "node %d has no name", i)
	case names[n.Name]:
		v.errorf(codeNode, "rename one of them", "two nodes are called %q", n.Name)
	}
	names[n.Name] = true
}

func (v *nodeVerifier) shapes() {
	n := v.n
	sound := true
	for _, s := range []Shape{n.In, n.Out} {
		if err := checkShape(s, false); err != nil {
			v.errorf(codeShape, "", "%v", err)
			sound = false
		}
	}
	if sound && !n.Op.IsMap() && n.Op != OpGraph && n.In != nil && n.Out != nil && !n.In.Equal(n.Out) {
		v.errorf(codeShape, "", "%s takes shape %v and gives %v, which must be the same", n.Op, n.In, n.Out)
	}
}

// params checks which parameters are there, then each of them.
func (v *nodeVerifier) params() {
	n := v.n
	specs := n.Op.Info().Params
	last := -1
	for i := range n.Params {
		k := n.Params[i].Key
		rank := slices.IndexFunc(specs, func(s ParamSpec) bool { return s.Key == k })
		switch {
		case rank < 0:
			v.errorf(codeParam, "", "%s has no parameter %s", n.Op, k)
			continue
		case rank <= last:
			v.errorf(codeParam, "use Node.Set", "parameter %s stands twice or out of order", k)
		}
		last = rank
		v.param(&n.Params[i])
	}
	for _, s := range specs {
		if s.Required && !n.Has(s.Key) {
			v.errorf(codeParam, "", "%s needs the parameter %s", n.Op, s.Key)
		}
	}
}

func (v *nodeVerifier) param(p *ParamValue) {
	n, t := v.n, p.T
	spec := n.Op.Spec(p.Key)
	if err := checkStorage(t, spec.Extent == Synapses || spec.Extent == Index); err != nil {
		v.errorf(codeExtent, "", "%s: %v", p.Key, err)
		return
	}
	if (p.Key.Info().Int || n.Op.IsInteger()) && !t.IsInt() {
		v.errorf(codeExtent, "", "%s must hold whole numbers", p.Key)
		return
	}
	for _, x := range t.F {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			v.errorf(codeValue, "", "%s holds %g", p.Key, x)
			return
		}
	}
	v.extent(p.Key, spec.Extent, t)
	v.span(p.Key, t)
}

// extent checks the shape of a parameter. A uniform one may also be a scalar.
func (v *nodeVerifier) extent(k Param, e Extent, t Tensor) {
	n := v.n
	if t.IsUniform() && t.Len() == 1 && e != Weights && e != Index {
		return
	}
	ok := true
	switch e {
	case PerNeuron:
		ok = n.Out == nil || t.Shape.Equal(n.Out)
	case PerOutput:
		ok = v.perOutput(t)
	case Weights:
		ok = len(t.Shape) == weightRank(n.Op)
	case Index:
		ok = len(t.Shape) == 1
	case Synapses:
		ok = v.perSynapse(t)
	}
	if !ok {
		v.errorf(codeExtent, "", "%s has shape %v, which does not go with %s of shape %v", k, t.Shape, n.Op, n.Out)
	}
}

// weightRank returns the number of axes of an op's weights.
func weightRank(o Op) int {
	switch o {
	case OpDense:
		return 2
	case OpConv1d:
		return 3
	case OpConv2d:
		return 4
	}
	return 0
}

// perOutput tells whether a bias has one entry a row or channel, or one an
// output where the op has no channels.
func (v *nodeVerifier) perOutput(t Tensor) bool {
	n := v.n
	if weightRank(n.Op) > 0 {
		w := n.P(PWeight)
		return len(t.Shape) == 1 && len(w.Shape) > 0 && t.Shape[0] == w.Shape[0]
	}
	if n.Out == nil || t.Shape.Equal(n.Out) {
		return true
	}
	return len(t.Shape) == 1 && len(n.Out) > 0 && t.Shape[0] == n.Out[0]
}

// perSynapse tells whether there is one entry a stored synapse or, for a
// rule, as many as it makes.
func (v *nodeVerifier) perSynapse(t Tensor) bool {
	n := v.n
	if n.Op == OpSparse {
		return len(t.Shape) == 1 && t.Len() == n.P(PIndices).Len()
	}
	if n.Rule == nil || n.Rule.Kind == RuleProbability || n.In == nil || n.Out == nil ||
		checkShape(n.In, false) != nil || checkShape(n.Out, false) != nil {
		return false
	}
	count, err := n.Rule.synapses(n.In.Size(), n.Out.Size())
	return err == nil && len(t.Shape) == 1 && t.Len() == count
}

// span checks that a parameter lies where every chip and the reference can
// compute with it.
func (v *nodeVerifier) span(k Param, t Tensor) {
	if t.Stored() == 0 {
		return
	}
	lo, hi := t.Range()
	from, to := math.Inf(-1), math.Inf(1)
	switch k {
	case PRefractory, PDelay, PRefSteps:
		from = 0
	case PDelaySteps:
		from, to = 0, MaxDelay
	case PDecayU, PDecayV:
		from = 0
		if q := v.n.IntLIF; q != nil && q.DecayBits >= 0 && q.DecayBits < 31 {
			to = float64(int64(1) << q.DecayBits)
		}
	}
	if v.n.Op == OpFixLIF {
		switch k {
		case PTauSyn:
			from = 0
		case PTauMem, PCMem:
			from = 1
		case PRefSteps:
			to = math.MaxUint16
		}
	}
	if lo < from || hi > to {
		v.errorf(codeValue, "", "%s lies in %g to %g, possible are %g to %g", k, lo, hi, from, to)
	}
}

// sparse checks the row starts and the targets of an OpSparse node.
func (v *nodeVerifier) sparse() {
	n := v.n
	ptr, idx := n.P(PIndptr), n.P(PIndices)
	if n.Op != OpSparse || checkStorage(ptr, true) != nil || checkStorage(idx, true) != nil || !ptr.IsInt() || !idx.IsInt() {
		return
	}
	if n.In != nil && (checkShape(n.In, false) != nil || ptr.Len() != n.In.Size()+1) {
		v.errorf(codeSparse, "", "indptr has %d entries, the input of shape %v needs one more than its size", ptr.Len(), n.In)
		return
	}
	count := int32(idx.Len())
	if ptr.Len() == 0 || ptr.IntAt(0) != 0 || ptr.IntAt(ptr.Len()-1) != count {
		v.errorf(codeSparse, "", "indptr must run from 0 to the %d synapses", count)
		return
	}
	targets := int32(math.MaxInt32)
	if n.Out != nil && checkShape(n.Out, false) == nil {
		targets = int32(n.Out.Size())
	}
	if idx.IsUniform() && count > 0 { // a uniform list may claim any length
		if j := idx.IntAt(0); j < 0 || j >= targets {
			v.errorf(codeSparse, "", "target %d of %d targets", j, targets)
			return
		}
	}
	if ptr.IsUniform() {
		return // no row has synapses
	}
	for i := range ptr.Len() - 1 {
		from, to := ptr.IntAt(i), ptr.IntAt(i+1)
		if from > to || to > count {
			v.errorf(codeSparse, "", "indptr falls from %d to %d at row %d", from, to, i)
			return
		}
		least := int32(0)
		for k := from; k < to && !idx.IsUniform(); k++ {
			j := idx.IntAt(int(k))
			if j < least || j >= targets {
				v.errorf(codeSparse, "sort the targets of each row", "row %d has target %d out of order or outside of %d targets", i, j, targets)
				return
			}
			least = j
		}
	}
}
