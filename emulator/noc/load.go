package noc

import (
	"errors"
	"fmt"
)

// Message is a message of a fan-out: the core that it goes to, and how many
// synapses it reaches there. The core works on it for Config.Receive and
// Config.Synapse times the synapses.
type Message struct{ Dst, Synapses uint16 }

// Burst is what a spike makes its core do: compute for Delay, then send the
// messages Lo..Hi-1 of the fan-out table, each after Config.Send.
type Burst struct {
	Delay  int64
	Lo, Hi int32
}

// Load is the work of all cores in one step.
type Load struct {
	Fanout []Message // the fan-outs of all neurons
	Bursts [][]Burst // by core, in the order the core works; none is empty
	Tail   []int64   // by core: what it computes after its last message
	// Outside is by core the work on messages from outside the mesh, which are
	// there when the step begins and are worked on before all others.
	Outside []int64
}

// NewLoad returns an empty load of a number of cores.
func NewLoad(fanout []Message, cores int) *Load {
	return &Load{Fanout: fanout, Bursts: make([][]Burst, cores), Tail: make([]int64, cores), Outside: make([]int64, cores)}
}

// Reset empties the load and keeps its memory.
func (l *Load) Reset() {
	for c := range l.Bursts {
		l.Bursts[c] = l.Bursts[c][:0]
	}
	clear(l.Tail)
	clear(l.Outside)
}

// Bounds of a load, which keep a sum of 2^31 delays inside an int64. Times are
// in units of 0.1 ns.
const (
	MaxDelay    = 1_000_000_000 // of a burst, a tail or the work on a message
	MaxLatency  = 10_000_000    // of a configuration
	MaxSynapses = 1<<16 - 1     // behind a message
)

// Check returns an error for a load that does not fit the mesh. The models
// trust a load; what comes from outside has to be checked once.
func (l *Load) Check(c Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	if len(l.Bursts) != c.NumCores() || len(l.Tail) != c.NumCores() || len(l.Outside) != c.NumCores() {
		return fmt.Errorf("a load of %d cores for a mesh of %d", len(l.Bursts), c.NumCores())
	}
	for i, x := range l.Fanout {
		if int(x.Dst) >= c.NumCores() || c.Work(x) > MaxDelay {
			return fmt.Errorf("fanout[%d]: core %d, %d synapses", i, x.Dst, x.Synapses)
		}
	}
	for core, bursts := range l.Bursts {
		for i, b := range bursts {
			if b.Lo < 0 || b.Lo >= b.Hi || int(b.Hi) > len(l.Fanout) || b.Delay < 0 || b.Delay > MaxDelay {
				return fmt.Errorf("bursts[%d][%d]: messages %d to %d after %d", core, i, b.Lo, b.Hi, b.Delay)
			}
		}
		if l.Tail[core] < 0 || l.Tail[core] > MaxDelay {
			return fmt.Errorf("tail[%d]: %d", core, l.Tail[core])
		}
		if l.Outside[core] < 0 || l.Outside[core] > MaxDelay {
			return fmt.Errorf("outside[%d]: %d", core, l.Outside[core])
		}
	}
	return nil
}

// Config is a mesh with its times, in units of 0.1 ns, and buffer sizes.
type Config struct {
	Mesh
	HopEW, HopNS int64 // a message over a link
	Local        int64 // from a router into a core of its tile
	Send         int64 // making a message
	Receive      int64 // taking in a message
	Synapse      int64 // working on one synapse
	Buffer       int   // messages that a buffer holds; Simple does not use it
}

// Check returns an error for times or buffers out of range.
func (c Config) Check() error {
	if err := c.Mesh.Check(); err != nil {
		return err
	}
	for _, t := range []int64{c.HopEW, c.HopNS, c.Local, c.Send, c.Receive, c.Synapse} {
		if t < 0 || t > MaxLatency {
			return fmt.Errorf("a latency of %d x 0.1 ns, want 0 to %d", t, MaxLatency)
		}
	}
	return nil
}

func (c Config) checkBuffer() error {
	if err := c.Check(); err != nil {
		return err
	}
	if c.Buffer < 1 || c.Buffer > 1<<16 {
		return fmt.Errorf("a link buffer of %d messages, want 1 to %d: the timing model needs the network's buffer size", c.Buffer, 1<<16)
	}
	return nil
}

// Work returns the time that a core works on a message.
func (c *Config) Work(m Message) int64 { return c.Receive + int64(m.Synapses)*c.Synapse }

// Step is the timing of one step.
type Step struct {
	Time int64 // from the step's start to the end of the last work, without the barrier
	Core int   // the core whose work ended last, the first of them on a tie
	// Stalled is the time that cores waited to send, summed over cores.
	Stalled int64
	// Depth is the most messages that were at one place at a time: on the way
	// to one core for Detailed, in one buffer for Cycle; 0 for Simple.
	Depth int
}

// Model is a timing model. It keeps its memory from step to step, so one model
// serves one run at a time.
type Model interface {
	// Step times one load, of which t is the traffic.
	Step(l *Load, t *Traffic) (Step, error)
}

// ErrTooLong is the error of a step that lasts longer than a model can count.
var ErrTooLong = errors.New("the step lasts too long for the timing model")

// NewModel returns the timing model of a name: simple, detailed or cycle.
func NewModel(name string, c Config) (Model, error) {
	switch name {
	case "simple":
		return Simple{}, c.Check()
	case "detailed":
		return NewDetailed(c)
	case "cycle":
		return NewCycle(c)
	}
	return nil, fmt.Errorf("no timing model %q: simple, detailed or cycle", name)
}
