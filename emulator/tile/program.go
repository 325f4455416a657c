package tile

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/noc"
)

// Program is a network made ready to run on a chip. It is immutable.
//
// Neurons are numbered by core, and by the network's number within a core, so
// that a core's state is one stretch of each array.
type Program struct {
	model   Model
	profile *cost.Profile
	config  noc.Config
	synapse cost.Event
	barrier int64 // 0.1 ns a step
	// times in 0.1 ns of a visit to a neuron, and what activity and a spike add
	accessTime, updateTime, spikeTime int64

	id     []int32 // the network's number of each neuron
	bias   []float64
	coreLo []int32 // core c has neurons coreLo[c]..coreLo[c+1]-1
	rowLo  []int32 // neuron i has synapses rowLo[i]..rowLo[i+1]-1
	target []int32
	weight []float64
	fanLo  []int32 // neuron i sends fanout[fanLo[i]:fanLo[i+1]]
	fanout []noc.Message
}

// Compile maps a network to the chip of a cost profile, whose synapses are of
// a kind: cost.SynapseDense, SynapseSparse or SynapseConv. It needs the
// profile's times.
func Compile(n *Network, profile *cost.Profile, synapse cost.Event) (*Program, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	if synapse.Component() != cost.Synapse {
		return nil, fmt.Errorf("%s is no kind of synapse", synapse)
	}
	m := profile.Mesh
	p := &Program{model: n.Model, profile: profile, synapse: synapse}
	p.config = noc.Config{Mesh: noc.Mesh{Width: m.Width, Height: m.Height, Cores: m.CoresPerTile}, Buffer: m.LinkBuffer}
	if err := p.config.Mesh.Check(); err != nil {
		return nil, err
	}
	if err := p.placeNeurons(n); err != nil {
		return nil, err
	}
	if err := p.setTimes(); err != nil {
		return nil, err
	}
	return p, p.connect(n)
}

// placeNeurons numbers the neurons by core.
func (p *Program) placeNeurons(n *Network) error {
	cores := p.config.NumCores()
	p.coreLo = make([]int32, cores+1)
	for i, c := range n.CoreOf {
		if c < 0 || int(c) >= cores {
			return fmt.Errorf("core_of[%d]: core %d of %d", i, c, cores)
		}
		p.coreLo[c+1]++
	}
	for c := range cores {
		p.coreLo[c+1] += p.coreLo[c]
	}
	p.id, p.bias = make([]int32, n.Neurons), make([]float64, n.Neurons)
	at := slices.Clone(p.coreLo)
	for i, c := range n.CoreOf {
		p.id[at[c]], p.bias[at[c]] = int32(i), n.Bias[i]
		at[c]++
	}
	return nil
}

// setTimes takes the latencies from the profile.
func (p *Program) setTimes() error {
	t, err := p.profile.Times(cost.HopEW, cost.HopNS, cost.HopLocal, cost.AxonOut, cost.SomaAccess, cost.SomaUpdate, cost.SomaSpike, cost.AxonIn, p.synapse, cost.Dendrite)
	if err != nil {
		return err
	}
	p.config.HopEW, p.config.HopNS, p.config.Local, p.config.Send = t[0], t[1], t[2], t[3]
	p.accessTime, p.updateTime, p.spikeTime = t[4], t[5], t[6]
	p.config.Receive, p.config.Synapse = t[7], t[8]+t[9]
	tiles := 0
	perTile := p.config.Cores
	for c := 0; c < len(p.coreLo)-1; c += perTile {
		if p.coreLo[c+perTile] > p.coreLo[c] {
			tiles++
		}
	}
	for c := range len(p.coreLo) - 1 {
		n := int64(p.coreLo[c+1] - p.coreLo[c])
		if t := p.accessTime + p.updateTime + p.spikeTime; n*t > noc.MaxDelay {
			return fmt.Errorf("core %d: %d neurons of up to %d x 0.1 ns take more than %d", c, n, t, noc.MaxDelay)
		}
	}
	b := p.profile.Barrier.Time(tiles)
	if !b.Known {
		return fmt.Errorf("profile %s has no barrier time for %d tiles", p.profile.Name, tiles)
	}
	p.barrier = b.Value
	return nil
}

// connect renumbers the synapses and makes each neuron's fan-out, one message
// for each core with a target.
func (p *Program) connect(n *Network) error {
	place := make([]int32, n.Neurons)
	for i, id := range p.id {
		place[id] = int32(i)
	}
	count := make([]int32, p.config.NumCores())
	p.rowLo, p.fanLo = make([]int32, 1, n.Neurons+1), make([]int32, 1, n.Neurons+1)
	total := 0
	for _, row := range n.Targets {
		total += len(row)
	}
	p.target, p.weight = make([]int32, 0, total), make([]float64, 0, total)
	for _, id := range p.id {
		for k, target := range n.Targets[id] {
			p.target = append(p.target, place[target])
			p.weight = append(p.weight, n.Weights[id][k]+0) // +0 makes -0 positive, see noInput
			count[n.CoreOf[target]]++
		}
		for c, k := range count {
			if k == 0 {
				continue
			}
			m := noc.Message{Dst: uint16(c), Synapses: uint16(k)}
			if k > noc.MaxSynapses || p.config.Work(m) > noc.MaxDelay {
				return fmt.Errorf("targets[%d]: %d synapses on core %d are too many", id, k, c)
			}
			p.fanout = append(p.fanout, m)
			count[c] = 0
		}
		p.rowLo = append(p.rowLo, int32(len(p.target)))
		p.fanLo = append(p.fanLo, int32(len(p.fanout)))
	}
	return nil
}
