package image

import (
	"fmt"
	"io"
)

// ReadConfig reads a config.json. Any error starts with name and the path of
// the value. Members that RANC does not know are skipped, as it does.
func ReadConfig(name string, r io.Reader) (*Config, error) {
	c := &Config{}
	s := newScanner(r)
	var fields []field
	for _, f := range c.fields() {
		fields = append(fields, s.into(f.name, f.value))
	}
	err := s.object(fields)
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := problems{file: name}
	if c.validate(&p); p.list != nil {
		return nil, p.err()
	}
	return c, nil
}

// configField is a field of Config with its name and range in the file.
type configField struct {
	name     string
	value    *int32
	min, max int32
}

// fields lists the fields in the order in which they are written.
func (c *Config) fields() []configField {
	return []configField{
		{"num_neurons", &c.NumNeurons, 0, MaxNeurons},
		{"num_axons", &c.NumAxons, 0, MaxNeurons},
		{"num_cores_x", &c.NumCoresX, 1, MaxCores},
		{"num_cores_y", &c.NumCoresY, 1, MaxCores},
		{"num_weights", &c.NumWeights, 0, MaxNeurons},
		{"max_tick_offset", &c.MaxTickOffset, 1, MaxTicks},
		{"neuron_block_trace_verbosity", &c.NeuronBlockTrace, 0, 2},
		{"core_controller_trace_verbosity", &c.CoreControllerTrace, 0, 1},
		{"scheduler_trace_verbosity", &c.SchedulerTrace, 0, 2},
		{"neuron_reset_type", &c.NeuronResetType, 0, 1},
	}
}

// ReadInput reads an input.json for a chip of the given configuration. Any
// error starts with name and the path of the value. The file is read as a
// stream; what is kept is smaller than it.
//
// Rows of connections beyond the last neuron belong to neurons that do not
// exist; like RANC it leaves them out.
func ReadInput(name string, r io.Reader, c *Config) (*Input, error) {
	rd := &reader{scanner: newScanner(r), cfg: c}
	rd.setFields()
	err := rd.object(rd.top)
	if err == nil {
		err = rd.end()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := problems{file: name}
	if rd.in.validate(c, &p); p.list != nil {
		return nil, p.err()
	}
	return &rd.in, nil
}

// reader reads an input.json. The values under construction stand here, so
// that the tables of fields are made once.
type reader struct {
	*scanner
	cfg *Config
	in  Input

	packet  Packet
	core    Core
	neuron  Neuron
	weights []int32
	words   []uint64 // the rows of connections, one after the other
	ends    []int    // where each of them ends

	top, bus, packetFields, coreFields, neuronFields []field
}

func (s *scanner) into(name string, to *int32) field {
	return field{name, func() (err error) {
		*to, err = s.integer()
		return err
	}}
}

// pair is a member that is an array of two integers.
func (s *scanner) pair(name string, x, y *int32) field {
	return field{name, func() error {
		n := 0
		err := s.array(func(i int) (err error) {
			n++
			switch i {
			case 0:
				*x, err = s.integer()
			case 1:
				*y, err = s.integer()
			default:
				err = s.fail("the array has more than two values")
			}
			return err
		})
		if err == nil && n != 2 {
			err = s.fail("%d values where [x, y] is wanted", n)
		}
		return err
	}}
}

func (r *reader) setFields() {
	r.top = []field{
		{"packets", r.readPackets},
		{"output_bus", func() error { return r.object(r.bus) }},
		{"cores", func() error { return r.array(r.readCore) }},
	}
	r.bus = []field{
		r.pair("coordinates", &r.in.OutputBus.X, &r.in.OutputBus.Y),
		r.into("num_outputs", &r.in.OutputBus.NumOutputs),
	}
	r.packetFields = []field{
		r.pair("destination_core", &r.packet.X, &r.packet.Y),
		r.into("destination_axon", &r.packet.Axon),
		r.into("destination_tick", &r.packet.Delay),
	}
	r.coreFields = []field{
		r.pair("coordinates", &r.core.X, &r.core.Y),
		{"axons", r.readAxons},
		{"neurons", r.readNeurons},
		{"connections", r.readConnections},
	}
	n := &r.neuron
	r.neuronFields = []field{
		r.into("reset_potential", &n.ResetPotential),
		{"weights", r.readWeights},
		r.into("leak", &n.Leak),
		r.into("positive_threshold", &n.PositiveThreshold),
		r.into("negative_threshold", &n.NegativeThreshold),
		r.pair("destination_core_offset", &n.DX, &n.DY),
		r.into("destination_axon", &n.Axon),
		r.into("destination_tick", &n.Delay),
		r.into("current_potential", &n.Potential),
		r.into("reset_mode", &n.ResetMode),
	}
}

func (r *reader) readPackets() error {
	return r.array(func(tick int) error {
		r.in.Ticks = tick + 1
		return r.array(func(int) error {
			r.packet = Packet{Tick: int32(tick)}
			if err := r.object(r.packetFields); err != nil {
				return err
			}
			r.in.Packets = append(r.in.Packets, r.packet)
			return nil
		})
	})
}

func (r *reader) readCore(int) error {
	r.core = Core{}
	r.words, r.ends = r.words[:0], r.ends[:0]
	if err := r.object(r.coreFields); err != nil {
		return err
	}
	n := len(r.core.Neurons)
	if len(r.ends) < n {
		return r.fail("connections has %d rows for %d neurons", len(r.ends), n)
	}
	r.core.Connections = r.rows(n)
	r.in.Cores = append(r.in.Cores, r.core)
	return nil
}

// rows copies the first n rows of connections.
func (r *reader) rows(n int) [][]uint64 {
	if n == 0 {
		return nil
	}
	words := append([]uint64(nil), r.words[:r.ends[n-1]]...)
	rows, at := make([][]uint64, n), 0
	for i, end := range r.ends[:n] {
		if end > at {
			rows[i] = words[at:end:end]
		}
		at = end
	}
	return rows
}

// room refuses element i of an array that may have at most n, before it is
// stored.
func (r *reader) room(i int, n int32, limit string) error {
	if i >= int(n) {
		return r.fail("%s is %d", limit, n)
	}
	return nil
}

func (r *reader) readAxons() error {
	return r.array(func(i int) error {
		if err := r.room(i, r.cfg.NumAxons, "num_axons"); err != nil {
			return err
		}
		x, err := r.integer()
		if err != nil {
			return err
		}
		if x < 0 || x >= r.cfg.NumWeights {
			return r.fail("%s", outside(x, 0, r.cfg.NumWeights-1))
		}
		r.core.Axons = append(r.core.Axons, uint16(x))
		return nil
	})
}

func (r *reader) readNeurons() error {
	return r.array(func(i int) error {
		if err := r.room(i, r.cfg.NumNeurons, "num_neurons"); err != nil {
			return err
		}
		r.neuron = Neuron{}
		if err := r.object(r.neuronFields); err != nil {
			return err
		}
		r.core.Neurons = append(r.core.Neurons, r.neuron)
		return nil
	})
}

func (r *reader) readWeights() error {
	r.weights = r.weights[:0]
	err := r.array(func(i int) error {
		if err := r.room(i, r.cfg.NumWeights, "num_weights"); err != nil {
			return err
		}
		x, err := r.integer()
		r.weights = append(r.weights, x)
		return err
	})
	r.neuron.Weights = append([]int32(nil), r.weights...)
	return err
}

func (r *reader) readConnections() error {
	return r.array(func(n int) error {
		if err := r.room(n, r.cfg.NumNeurons, "num_neurons"); err != nil {
			return err
		}
		start := len(r.words)
		err := r.array(func(a int) error { return r.readConnection(start, a) })
		r.ends = append(r.ends, len(r.words))
		return err
	})
}

// readConnection reads whether axon a is connected, in the row whose words
// start at start.
func (r *reader) readConnection(start, a int) error {
	if err := r.room(a, r.cfg.NumAxons, "num_axons"); err != nil {
		return err
	}
	x, err := r.integer()
	if err != nil {
		return err
	}
	if x == 1 {
		r.words = setBit(r.words, 64*start+a)
	} else if x != 0 {
		return r.fail("%d is not 0 or 1", x)
	}
	return nil
}
