package loihi1

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/noc"
)

// Meter counts, prices and times every chip step of a run (docs/timing.md). It
// changes nothing of the run, and measures one run at a time: a run that it is
// given to in Options starts it anew.
//
// A message, and the work on its synapses, counts in the step in which it is
// sent; the step after uses what it brought. Input spikes come from outside
// the chip: they are work of the cores that they reach, on messages that are
// there when the step begins. A compartment is active in a step if u, v or its
// refractory count was not zero before, if u is not zero after, if it has a
// bias, or if it fires.
type Meter struct {
	Steps  []MeterStep
	Counts cost.Counts // of all steps
	Energy cost.Energy // the same
	Time   int64       // the same, in 0.1 ns
	// Cores has the counts by core of the chip, hops aside: AxonOut at the
	// sender, AxonIn and synapses at the receiver. Links has the messages over
	// each link of Config.Mesh and Local those that stayed within each tile. A
	// message keeps its link busy for the latency of a hop.
	Cores []cost.Counts
	Links []int64
	Local []int64
	// Busy is how long each core of the chip computed and sent, Work how long
	// it worked on messages, in 0.1 ns.
	Busy, Work []int64
	// Depth is the most messages in the buffer at the end of each link, Stalled
	// how long (0.1 ns) that buffer being full kept the link from sending. Only
	// the cycle model knows; for the others they are nil.
	Depth   []int
	Stalled []int64
	Config  noc.Config
	Profile *cost.Profile
	// Observe, if set, is called after each chip step with its record and its
	// traffic, which the next step overwrites.
	Observe func(step int, s *MeterStep, t *noc.Traffic)

	prog    *Program
	model   noc.Model
	load    *noc.Load
	traffic *noc.Traffic
	synapse cost.Event
	barrier int64
	// times in 0.1 ns of a visit to a compartment, and what activity and a
	// spike add
	accessTime, updateTime, spikeTime int64

	fanLo  []int32   // by core: where its out-axons start in the fan-out table
	reach  [][]int32 // by core and row: its synapses
	active [][]bool  // by core and compartment: not zero after the last step
	inputs []inputs  // by core: the messages from outside in this step
}

// MeterStep is the record of one chip step.
type MeterStep struct {
	Counts cost.Counts
	Energy cost.Energy
	Timing noc.Step
	Time   int64 // 0.1 ns: Timing.Time and the barrier
	// InFlight is how many spikes were on the links between the cores when the
	// step ended, as the engine has them and not as the meter counted them.
	InFlight int64
}

// NoTiming is in place of a timing model where nothing is timed.
const NoTiming = "none"

type inputs struct{ messages, synapses int64 }

// NewMeter returns a meter for a program on one chip, with a cost profile, the
// kind of synapses (cost.SynapseSparse, say) and a timing model: simple,
// detailed or cycle, which need a profile with times, or none to count and
// price alone. Then all times are 0.
func NewMeter(p *Program, profile *cost.Profile, synapse cost.Event, timing string) (*Meter, error) {
	if synapse.Component() != cost.Synapse {
		return nil, fmt.Errorf("%s is no kind of synapse", synapse)
	}
	mesh := noc.Mesh{Width: profile.Mesh.Width, Height: profile.Mesh.Height, Cores: profile.Mesh.CoresPerTile}
	m := &Meter{
		Profile: profile, prog: p, synapse: synapse,
		Config: noc.Config{Mesh: mesh, Buffer: profile.Mesh.LinkBuffer},
	}
	if err := m.checkCores(); err != nil {
		return nil, err
	}
	var err error
	if timing == NoTiming {
		err = m.Config.Check()
	} else if err = m.setTimes(); err == nil {
		m.model, err = noc.NewModel(timing, m.Config)
	}
	if err != nil {
		return nil, err
	}
	fanout, err := m.connect()
	if err != nil {
		return nil, err
	}
	m.load, m.traffic = noc.NewLoad(fanout, mesh.NumCores()), noc.NewTraffic(m.Config)
	m.Cores = make([]cost.Counts, mesh.NumCores())
	m.Links, m.Local = make([]int64, mesh.Links()), make([]int64, mesh.Tiles())
	m.Busy, m.Work = make([]int64, mesh.NumCores()), make([]int64, mesh.NumCores())
	m.inputs = make([]inputs, len(p.cores))
	if _, ok := m.model.(*noc.Cycle); ok {
		m.Depth, m.Stalled = make([]int, mesh.Links()), make([]int64, mesh.Links())
	}
	return m, nil
}

// Timed tells whether the meter has a timing model.
func (m *Meter) Timed() bool { return m.model != nil }

// Load returns the work of all cores in the last step, for Observe.
func (m *Meter) Load() *noc.Load { return m.load }

// ObserveMessages has f called for each message of a step, before Observe. It
// returns false if the timing model does not know their times.
func (m *Meter) ObserveMessages(f func(noc.MessageTimes)) bool {
	o, ok := m.model.(noc.Observed)
	if ok {
		o.Observe(f)
	}
	return ok
}

// setTimes takes the latencies from the profile.
func (m *Meter) setTimes() error {
	t, err := m.Profile.Times(cost.HopEW, cost.HopNS, cost.HopLocal, cost.AxonOut, cost.AxonIn, m.synapse, cost.Dendrite, cost.SomaAccess, cost.SomaUpdate, cost.SomaSpike)
	if err != nil {
		return err
	}
	c := &m.Config
	c.HopEW, c.HopNS, c.Local, c.Send, c.Receive, c.Synapse = t[0], t[1], t[2], t[3], t[4], t[5]+t[6]
	m.accessTime, m.updateTime, m.spikeTime = t[7], t[8], t[9]
	tiles := map[int32]bool{}
	for k := range m.prog.cores {
		x := &m.prog.cores[k]
		if n := int64(len(x.bias)); n*(m.accessTime+m.updateTime+m.spikeTime) > noc.MaxDelay {
			return fmt.Errorf("core %d: %d compartments take too long for the timing model", x.id, n)
		}
		tiles[x.id/int32(m.Config.Cores)] = true
	}
	b := m.Profile.Barrier.Time(len(tiles))
	if !b.Known {
		return fmt.Errorf("profile %s has no barrier time for %d tiles", m.Profile.Name, len(tiles))
	}
	m.barrier = b.Value
	return nil
}

// checkCores returns an error for cores that the mesh does not have.
func (m *Meter) checkCores() error {
	for k := range m.prog.cores {
		x := &m.prog.cores[k]
		if x.chip != m.prog.cores[0].chip {
			return errors.New("the image spans several chips: the cost model has one")
		}
		if int(x.id) >= m.Config.NumCores() {
			return fmt.Errorf("core %d is not on the mesh of profile %s", x.id, m.Profile.Name)
		}
	}
	return nil
}

// connect makes a message of each out-axon.
func (m *Meter) connect() ([]noc.Message, error) {
	p := m.prog
	end := make([]int32, len(p.links)) // the core where each link ends
	for k := range p.cores {
		for _, l := range p.cores[k].in {
			end[l] = int32(k)
		}
		m.reach = append(m.reach, p.cores[k].reachOfRows())
		m.active = append(m.active, make([]bool, len(p.cores[k].bias)))
	}
	var fanout []noc.Message
	for k := range p.cores {
		m.fanLo = append(m.fanLo, int32(len(fanout)))
		for _, o := range p.cores[k].outs {
			dst := end[o.link]
			n := m.reach[dst][o.to>>baseBits]
			x := noc.Message{Dst: uint16(p.cores[dst].id), Synapses: uint16(n)}
			if n > noc.MaxSynapses || m.Config.Work(x) > noc.MaxDelay {
				return nil, fmt.Errorf("core %d: an axon of %d synapses is too long for the timing model", p.cores[dst].id, n)
			}
			fanout = append(fanout, x)
		}
	}
	return fanout, nil
}

// reachOfRows returns the synapses of each row, by its number.
func (c *core) reachOfRows() []int32 {
	n := make([]int32, len(c.groups))
	for k := len(n) - 1; k >= 0; k-- {
		n[k] = c.groups[k].events
		if c.groups[k].more {
			n[k] += n[k+1]
		}
	}
	return n
}
