package nir

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/ir"
)

// Exporters that know the time step hide it in the gains (specs/nir.md section
// 2.3): a gain of 1 says nothing.
type convention int

const (
	snntorch     convention = iota // r = tau/dt, w_in = tau_syn/dt
	rockpool                       // r = tau/dt exp(-dt/tau)
	spikingjelly                   // IF: r = 1/dt
)

var conventionText = [...]string{
	"snnTorch convention: r is tau/dt",
	"Rockpool convention: r is tau/dt exp(-dt/tau)",
	"SpikingJelly convention: r of an IF neuron is 1/dt",
}

const (
	// dtNoise is how far, relatively, single precision can move a time step.
	dtNoise = 1e-6
	// dtSpread is how far apart the values of neurons may lie to mean one time
	// step: half precision keeps 11 bits.
	dtSpread = 2e-3
	// dtDigits is the number of digits to which a time step is rounded.
	dtDigits = 6
)

// interval holds the time steps that a population, or several, allow.
type interval struct{ lo, hi float64 }

func (a interval) join(b interval) interval { return interval{min(a.lo, b.lo), max(a.hi, b.hi)} }

func (a interval) narrow() bool { return a.hi-a.lo <= dtSpread*a.lo }

// decimal returns the shortest decimal inside the interval, or the nearest
// with dtDigits digits to its middle, and its number of digits.
func (a interval) decimal() (dt float64, digits int) {
	mid := (a.lo + a.hi) / 2
	for digits = 1; digits <= dtDigits; digits++ {
		dt, _ = strconv.ParseFloat(strconv.FormatFloat(mid, 'e', digits-1, 64), 64)
		if dt >= a.lo*(1-dtNoise) && dt <= a.hi*(1+dtNoise) {
			return dt, digits
		}
	}
	return dt, dtDigits + 1
}

// found is what one population says of the time step.
type found struct {
	node *ir.Node
	conv convention
	dt   interval
}

// InferDT finds the time step that the exporter used from the gains of the
// populations, sets n.DT where it is not known, and records in the notes of n
// from how many neurons. If populations contradict each other or say nothing,
// n.DT stays as it is and a diagnostic says so. A time step that is known
// already (from metadata) wins.
func InferDT(n *ir.Network) diag.List {
	var all []found
	var timed tally
	timed.visit(n, &all)
	var l diag.List
	switch {
	case timed.neurons == 0:
	case len(all) == 0:
		if n.DT == 0 {
			l.Notef(noteDTUnknown, "", timed.hint(), "the time step is not known: the file has no dt, and %s", timed.reason())
		}
	default:
		l = decide(n, all, timed.neurons)
	}
	record(n, l)
	return l
}

// decide takes the time step on which all populations agree.
func decide(n *ir.Network, all []found, neurons int) diag.List {
	var l diag.List
	both, counted := all[0].dt, 0
	for _, f := range all {
		both = both.join(f.dt)
		counted += f.node.P(ir.PR).Len()
	}
	dt, _ := both.decimal()
	switch {
	case !both.narrow():
		lo := slices.MinFunc(all, func(a, b found) int { return cmp.Compare(a.dt.lo, b.dt.lo) })
		hi := slices.MaxFunc(all, func(a, b found) int { return cmp.Compare(a.dt.hi, b.dt.hi) })
		l.Warnf(noteDTConflict, lo.node.Origin, "give the time step with --dt if it matters",
			"the gains of the populations imply different time steps, so none is inferred: %s s in %q, %s s in %q",
			formatFloat(lo.dt.lo), lo.node.Name, formatFloat(hi.dt.hi), hi.node.Name)
	case n.DT == 0:
		n.DT = dt
		l.Notef(noteDT, "", "--dt sets another one", "dt inferred %s s from %d of %d neurons (%s)",
			formatFloat(dt), counted, neurons, conventionText[all[0].conv])
	case n.DT < both.lo*(1-dtSpread) || n.DT > both.hi*(1+dtSpread):
		l.Warnf(noteDTConflict, all[0].node.Origin, "give --dt if the metadata is wrong",
			"the metadata says dt = %s s, which is used, but the gains imply %s s (%s)",
			formatFloat(n.DT), formatFloat(dt), conventionText[all[0].conv])
	}
	return l
}

// tally counts the neurons whose equations have a time in them.
type tally struct {
	neurons int
	steps   bool // a time constant of a second or more, with gain 1
	gains   bool // a gain that is not 1
}

func (t *tally) reason() string {
	if t.gains {
		return "the gains of the neurons fit no known convention"
	}
	return "all gains are 1, as Norse and Sinabs write them"
}

func (t *tally) hint() string {
	if t.steps {
		return "give it with --dt; time constants of 1 and more look like steps, then --dt 1"
	}
	return "give it with --dt, in seconds"
}

// visit looks at all populations of n and of the graphs nested in it.
func (t *tally) visit(n *ir.Network, all *[]found) {
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Op == ir.OpGraph && node.Sub != nil {
			t.visit(node.Sub, all)
			continue
		}
		if !node.Op.IsNeuron() || !node.P(ir.PR).Valid() {
			continue
		}
		t.neurons += node.Out.Size()
		lo, hi := node.P(ir.PR).Range()
		t.gains = t.gains || lo != 1 || hi != 1
		if tau := node.P(membrane(node.Op)); tau.Valid() && lo == 1 {
			_, longest := tau.Range()
			t.steps = t.steps || longest >= 1
		}
		if f, ok := implied(node); ok {
			*all = append(*all, f)
		}
	}
}

// membrane returns the parameter that holds the membrane time constant.
func membrane(op ir.Op) ir.Param {
	if op == ir.OpCubaLI || op == ir.OpCubaLIF {
		return ir.PTauMem
	}
	return ir.PTau
}

// implied returns the time step that the gains of one population imply, by the
// convention that gives the rounder number.
func implied(n *ir.Node) (found, bool) {
	if n.Op == ir.OpIF {
		one := ir.Uniform(n.Out, 1)
		dt, ok := steps(one, n.P(ir.PR), spikingjelly)
		return found{n, spikingjelly, dt}, ok
	}
	tau := n.P(membrane(n.Op))
	if !tau.Valid() {
		return found{}, false
	}
	best, ok := byConvention(n, tau, snntorch)
	other, ok2 := byConvention(n, tau, rockpool)
	if !ok || ok2 && other.roundness() <= 3 && other.roundness() < best.roundness() {
		best, ok = other, ok2
	}
	return best, ok
}

func (f *found) roundness() int {
	_, digits := f.dt.decimal()
	return digits
}

func byConvention(n *ir.Node, tau ir.Tensor, c convention) (found, bool) {
	dt, ok := steps(tau, n.P(ir.PR), c)
	if w := n.P(ir.PWIn); w.Valid() && c == snntorch {
		if syn, ok2 := steps(n.P(ir.PTauSyn), w, c); ok && ok2 {
			dt = dt.join(syn)
		}
	}
	return found{n, c, dt}, ok && dt.narrow()
}

// steps returns the time steps that time constants and gains imply. A gain of
// at most 1 does not encode one: dt would be as long as tau.
func steps(tau, gain ir.Tensor, c convention) (interval, bool) {
	out := interval{math.Inf(1), 0}
	for i := range max(tau.Stored(), gain.Stored()) {
		t, g := tau.At(i), gain.At(i)
		if !(t > 0) || !(g > 1) {
			return out, false
		}
		dt := t / g
		if c == rockpool {
			dt = t * lambert(1/g)
		}
		if !(dt > 0) {
			return out, false
		}
		out = out.join(interval{dt, dt})
	}
	return out, out.narrow()
}

// lambert solves x exp(x) = y for 0 < y < 1 by Newton's method.
func lambert(y float64) float64 {
	x := y / (1 + y)
	for range 20 {
		e := math.Exp(x)
		x -= (x*e - y) / (e * (1 + x))
	}
	return x
}

// formatFloat prints a number with up to 6 digits.
func formatFloat(x float64) string {
	s := fmt.Sprintf("%.6g", x)
	return strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1)
}
