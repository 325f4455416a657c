package ir

import "fmt"

// The attributes below say what NIR leaves open. Their zero value means "not
// decided yet"; the discretize pass decides and records why.

// Integrator says how a differential equation becomes a step of length dt.
// a is the factor by which a state decays in a step, g the gain of its input.
type Integrator uint8

// The integrators.
const (
	IntegratorUnset Integrator = iota
	Euler                      // a = 1 - dt/tau, g = dt/tau
	Exp                        // a = exp(-dt/tau), g = 1 - a
	ExpUnit                    // a = exp(-dt/tau), g = 1: input is added undivided
)

// Reset says what happens to the potential at a spike.
type Reset uint8

// The reset modes.
const (
	ResetUnset    Reset = iota
	ResetZero           // v = 0
	ResetValue          // v = v_reset
	ResetSubtract       // v = v - threshold
	// ResetSubtractDelayed subtracts the threshold in the step after the
	// spike and again in the step of a spike unless it was just subtracted:
	// p = v > th before the step; v -= p*th after integration; s = v > th;
	// v -= (s-p)*th. snnTorch's RSynaptic steps this way.
	ResetSubtractDelayed
	// ResetSubtractNext leaves the potential above the threshold and subtracts
	// the threshold in the next step, after decay: v = a*v + input - th if v
	// was above th before. Spyx's LIF steps this way.
	ResetSubtractNext
)

// Compare says whether a potential that equals the threshold fires.
type Compare uint8

// The comparisons.
const (
	CompareUnset Compare = iota
	Greater              // v > threshold
	GreaterEqual         // v >= threshold
)

// CurrentOrder says which synaptic current a step of the potential uses.
type CurrentOrder uint8

// The orders.
const (
	CurrentUnset CurrentOrder = iota
	CurrentNew                // the current of this step
	CurrentOld                // the current before this step's input
)

// Arith names the arithmetic of an OpFixLIF population.
type Arith uint8

// The arithmetics.
const (
	ArithUnset Arith = iota
	// ArithS1615 computes in 32-bit numbers with 15 binary places, every
	// product rounded down, as package fixed does.
	ArithS1615
)

// SignMode says which signs the weights of a synapse format can have.
type SignMode uint8

// The sign modes.
const (
	SignUnset SignMode = iota
	SignMixed
	SignExcitatory
	SignInhibitory
)

// RuleKind names a rule of connectivity.
type RuleKind uint8

// The rules.
const (
	RuleUnset       RuleKind = iota
	RuleAllToAll             // every source to every target
	RuleOneToOne             // source i to target i
	RuleProbability          // each pair with probability P
	RuleInDegree             // each target from N distinct sources
)

var (
	integratorNames = []string{"", "euler", "exp", "exp-unit"}
	resetNames      = []string{"", "zero", "value", "subtract", "subtract-delayed", "subtract-next"}
	compareNames    = []string{"", ">", ">="}
	currentNames    = []string{"", "new", "old"}
	signNames       = []string{"", "mixed", "excitatory", "inhibitory"}
	arithNames      = []string{"", "s1615"}
	ruleNames       = []string{"", "all-to-all", "one-to-one", "probability", "indegree"}
)

func name(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "invalid"
}

func parse[T ~uint8](what string, names []string, s string) (T, error) {
	for i, n := range names {
		if n == s && i > 0 {
			return T(i), nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q (one of %q)", what, s, names[1:])
}

func (x Integrator) String() string   { return name(integratorNames, uint8(x)) }
func (x Reset) String() string        { return name(resetNames, uint8(x)) }
func (x Compare) String() string      { return name(compareNames, uint8(x)) }
func (x CurrentOrder) String() string { return name(currentNames, uint8(x)) }
func (x Arith) String() string        { return name(arithNames, uint8(x)) }
func (x SignMode) String() string     { return name(signNames, uint8(x)) }
func (x RuleKind) String() string     { return name(ruleNames, uint8(x)) }

// ParseIntegrator returns the integrator of that name.
func ParseIntegrator(s string) (Integrator, error) {
	return parse[Integrator]("integrator", integratorNames, s)
}

// ParseReset returns the reset mode of that name.
func ParseReset(s string) (Reset, error) { return parse[Reset]("reset", resetNames, s) }

// ParseCompare returns the comparison of that name.
func ParseCompare(s string) (Compare, error) { return parse[Compare]("compare", compareNames, s) }

// ParseCurrentOrder returns the order of that name.
func ParseCurrentOrder(s string) (CurrentOrder, error) {
	return parse[CurrentOrder]("current order", currentNames, s)
}

// ParseArith returns the arithmetic of that name.
func ParseArith(s string) (Arith, error) { return parse[Arith]("arithmetic", arithNames, s) }

// ParseSignMode returns the sign mode of that name.
func ParseSignMode(s string) (SignMode, error) { return parse[SignMode]("sign mode", signNames, s) }

// ParseRuleKind returns the rule of that name.
func ParseRuleKind(s string) (RuleKind, error) { return parse[RuleKind]("rule", ruleNames, s) }

// Neuron holds the discretisation attributes of a population.
type Neuron struct {
	Integrator Integrator
	Reset      Reset
	Compare    Compare
	Current    CurrentOrder
	// StateBits, if positive, rounds the synaptic current and the potential
	// down to multiples of 2^-StateBits after each update.
	StateBits int8
}

// Conv holds the attributes of a convolution; unused axes of Conv1d are
// index 1 and hold the neutral values. Input is the spatial input shape.
type Conv struct {
	Input    [2]int // rows, columns; 0 = unknown
	Stride   [2]int
	Padding  [2]int // cells added before the first
	PadEnd   [2]int // cells added after the last (differs for "same")
	Dilation [2]int
	Groups   int
}

// Pool holds the attributes of a pooling over the last two axes.
type Pool struct {
	Kernel, Stride, Padding [2]int
}

// Flatten holds the first and last axis that are joined, both counted
// without a batch axis; negative ones count from the end.
type Flatten struct{ Start, End int }

// Rule says how OpConnect chooses its synapses: a pseudo-random choice that
// depends on Seed and on nothing else (see Expand).
type Rule struct {
	Kind   RuleKind
	P      float64 // RuleProbability
	N      int     // RuleInDegree
	Seed   uint64
	NoSelf bool // leave out i -> i
}

// IntLIF says how an OpIntLIF population computes: the integer current-based
// LIF neuron of digital chips. With x the integer input of the step and
// D = 2^DecayBits,
//
//	q = wrap(x, AccBits)
//	u = wrap(u*(D-decay_u)/D + q, CurrentBits)
//	v = clamp(v*(D-decay_v)/D + wrap(u + bias, CurrentBits), VMin, VMax)
//	v = 0 while refractory;  spike if v > threshold, then v = 0
//
// The node's attributes may say reset subtract (then v = v - threshold) and
// compare >=; undecided they mean zero and >.
//
// Divisions round toward zero. wrap(x, b) keeps b magnitude bits and a sign
// in two's complement; 0 bits means no wrap.
type IntLIF struct {
	DecayBits, AccBits, CurrentBits int8
	VMin, VMax                      int64
}

// FixLIF says how an OpFixLIF population computes: the current-based LIF neuron
// that software runs on cores without floating point. Its parameters are words
// of the arithmetic; times are counted in steps. Weights that are positive add
// to an excitatory input of 16 bits, negative ones to an inhibitory one; both
// saturate. In a step
//
//	exc = exc + (input << ShiftExc)*init    inh likewise
//	alpha = (exc - inh + bias)*r + v_leak
//	v = alpha - decay_v*(alpha - v)         unless refractory
//	spike if v >= threshold, then v = v_reset
//	exc = exc*decay_u                       inh likewise
//
// where decay_u = exp(-1/tau_syn), init = tau_syn*(1 - decay_u),
// decay_v = exp(-1/tau_mem) and r = tau_mem/c_mem, all in the arithmetic. With
// a tau_syn of 0 a current lasts for one step: decay_u is 0 and init is 1.
type FixLIF struct {
	Arith              Arith
	ShiftExc, ShiftInh int8 // binary places that an input is shifted to the left
}

// FixInputMax is the largest input of an OpFixLIF population in a step.
const FixInputMax = 1<<16 - 1

// QFormat says what an integer weight mantissa m adds to its target:
// floor(m * 2^Exp) * Unit, clamped to +-Limit (0 = no limit). Scale is how
// many integer units of the target's state one unit of the float weight is
// worth. Bits is the width of the mantissa's magnitude grid.
type QFormat struct {
	Bits, Exp int8
	Sign      SignMode
	Unit      int32
	Limit     int64
	Scale     float64
}

// Effective returns the value that mantissa m adds.
func (q *QFormat) Effective(m int32) int64 {
	x := int64(m)
	if q.Exp >= 0 {
		x <<= q.Exp
	} else {
		x >>= -q.Exp
	}
	x *= int64(q.Unit)
	if q.Limit > 0 {
		x = max(-q.Limit, min(q.Limit, x))
	}
	return x
}
