package runner

import (
	"slices"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
)

// newMeter returns a meter for one run.
func (m *loihi1Machine) newMeter(x *metering) (*loihi1.Meter, error) {
	meter, err := loihi1.NewMeter(m.prog, x.profile, x.synapse, x.timing)
	if err == nil && x.watch != nil {
		x.watch(meter)
	}
	return meter, err
}

// cores lists the cores of the image and the populations on them.
func (m *loihi1Machine) cores() []coreInfo {
	out := make([]coreInfo, len(m.img.Cores))
	for k := range m.img.Cores {
		c := &m.img.Cores[k]
		out[k] = coreInfo{id: int(c.ID), neurons: len(c.Compartments)}
	}
	for i := range m.img.Populations {
		p := &m.img.Populations[i]
		for _, s := range p.Slices {
			if x := &out[s.Core]; !slices.Contains(x.holds, p.Name) {
				x.holds = append(x.holds, p.Name)
			}
		}
	}
	return out
}

// synapseKind returns the event by which the synapses of the image are priced.
// Cost profiles price them by how they are stored, which may differ from row
// to row; a message has one price for all, so it is that of the larger number
// of stored synapses.
func (m *loihi1Machine) synapseKind() (cost.Event, error) {
	var sparse, dense int64
	for k := range m.img.Cores {
		c := &m.img.Cores[k]
		for a := range c.InAxons {
			for atom := range int(c.InAxons[a].Atoms) {
				syns, err := image.UnpackAxon(c, a, atom)
				if err != nil {
					return 0, err
				}
				for _, s := range syns {
					if c.SynFmts[s.Fmt].Compression == image.Dense {
						dense++
					} else {
						sparse++
					}
				}
			}
		}
	}
	if dense > sparse {
		return cost.SynapseDense, nil
	}
	return cost.SynapseSparse, nil
}
