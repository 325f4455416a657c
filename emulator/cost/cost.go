// Package cost prices the work of a chip: counts of events times constants,
// in energy and in time.
//
// The constants of one source make a Profile, a JSON file in which every
// constant names where it comes from. Profiles are never mixed: published
// figures of one chip differ by a factor of two between a circuit simulation
// and a fit to measurements, and a sum over both means nothing. What a source
// does not publish is null in its profile and stays unknown in every result;
// it is never taken for zero.
//
// All arithmetic is in integers, energy in femtojoules and time in units of
// 0.1 ns, so the energies of cores and links add up to the total exactly, in
// any order.
//
// Sources: Davies et al., IEEE Micro 38(1), 2018, Table 2; the Loihi
// architecture file of SANA-FE (specs/timing-energy.md 1.5, specs/loihi1.md 3).
package cost

import (
	"fmt"
	"math"
	"math/bits"
)

// Event is a kind of work that a profile prices.
type Event uint8

// The events. A hop is one message over one link of the mesh.
const (
	HopEW         Event = iota // a message over a link to the east or west
	HopNS                      // a message over a link to the north or south
	HopLocal                   // a message that stays within its tile
	AxonOut                    // a message made by the source core
	AxonIn                     // a message taken in by the destination core
	SynapseDense               // a synapse reached, rows stored densely
	SynapseSparse              // a synapse reached, rows stored sparsely
	SynapseConv                // a synapse reached, weights shared by convolution
	Dendrite                   // a synapse's input added to its compartment
	SomaAccess                 // a neuron visited, which happens in every step
	SomaUpdate                 // a neuron that was active, on top of the visit
	SomaSpike                  // a neuron that fired, on top of the update
	Learning                   // a synapse updated by pairwise STDP
	NumEvents
)

// Component is a part of the chip that energy is reported for.
type Component uint8

// The components. Network is the links, Axon both ends of a message.
const (
	Synapse Component = iota
	Dendrites
	Soma
	Axon
	Network
	Plasticity
	NumComponents
)

// eventRow is an event's name in a profile and the component it counts towards.
type eventRow struct {
	name string
	of   Component
}

var eventRows = [NumEvents]eventRow{
	HopEW:         {"hop_ew", Network},
	HopNS:         {"hop_ns", Network},
	HopLocal:      {"hop_local", Network},
	AxonOut:       {"axon_out", Axon},
	AxonIn:        {"axon_in", Axon},
	SynapseDense:  {"synapse_dense", Synapse},
	SynapseSparse: {"synapse_sparse", Synapse},
	SynapseConv:   {"synapse_conv", Synapse},
	Dendrite:      {"dendrite", Dendrites},
	SomaAccess:    {"soma_access", Soma},
	SomaUpdate:    {"soma_update", Soma},
	SomaSpike:     {"soma_spike", Soma},
	Learning:      {"learning", Plasticity},
}

var componentNames = [NumComponents]string{"synapse", "dendrite", "soma", "axon", "network", "plasticity"}

// String returns the event's name in a profile.
func (e Event) String() string {
	if e >= NumEvents {
		return fmt.Sprintf("Event(%d)", uint8(e))
	}
	return eventRows[e].name
}

// Component returns the part of the chip that spends the event's energy.
func (e Event) Component() Component { return eventRows[e].of }

// String returns the component's name.
func (c Component) String() string {
	if c >= NumComponents {
		return fmt.Sprintf("Component(%d)", uint8(c))
	}
	return componentNames[c]
}

// Counts is how often each event happened.
type Counts [NumEvents]int64

// Add adds other counts.
func (c *Counts) Add(o *Counts) {
	for e := range c {
		c[e] += o[e]
	}
}

// Amount is an energy: FJ femtojoules are known, and Unpriced events happened
// that the profile has no constant for. With Unpriced above zero the energy is
// FJ or more.
type Amount struct{ FJ, Unpriced int64 }

// Known tells whether every event had a price.
func (a Amount) Known() bool { return a.Unpriced == 0 }

// Energy is the energy by component.
type Energy [NumComponents]Amount

// Total returns the sum over components.
func (e *Energy) Total() Amount {
	var t Amount
	for _, a := range e {
		t.FJ += a.FJ
		t.Unpriced += a.Unpriced
	}
	return t
}

// Add adds another energy.
func (e *Energy) Add(o *Energy) {
	for i := range e {
		e[i].FJ += o[i].FJ
		e[i].Unpriced += o[i].Unpriced
	}
}

// Energy prices counts. It fails if the sum is over 9223 J, the range of
// int64 femtojoules, or a count is negative.
func (p *Profile) Energy(c *Counts) (Energy, error) {
	var out Energy
	var total uint64
	for e, n := range c {
		a := &out[Event(e).Component()]
		if n < 0 {
			return Energy{}, fmt.Errorf("profile %s: %d events of %s", p.Name, n, Event(e))
		}
		price := p.Constants[e].Energy
		if !price.Known {
			a.Unpriced += n
			continue
		}
		hi, lo := bits.Mul64(uint64(n), uint64(price.Value))
		sum, carry := bits.Add64(total, lo, 0)
		if hi != 0 || carry != 0 || sum > math.MaxInt64 {
			return Energy{}, fmt.Errorf("profile %s: the energy is over 9223 J (%d events of %s)", p.Name, n, Event(e))
		}
		total = sum
		a.FJ += int64(lo)
	}
	return out, nil
}

// Static returns the energy that the chip spends in a time (units of 0.1 ns)
// by being on. It is unknown where the source gives no static power.
func (p *Profile) Static(time int64) Amount {
	if !p.StaticPower.Known || time < 0 {
		return Amount{Unpriced: 1}
	}
	// 1 uW for 0.1 ns is 0.1 fJ.
	hi, lo := bits.Mul64(uint64(time), uint64(p.StaticPower.Value))
	if hi >= 10 {
		return Amount{FJ: math.MaxInt64, Unpriced: 1}
	}
	fj, _ := bits.Div64(hi, lo, 10)
	if fj > math.MaxInt64 {
		return Amount{FJ: math.MaxInt64, Unpriced: 1}
	}
	return Amount{FJ: int64(fj)}
}
