package image

import "encoding/json"

// Manifest says in JSON what an image holds and where: all but the words of the
// rows and neurons, which Block has.
type Manifest struct {
	Format      string          `json:"format"` // ManifestFormat
	Version     int             `json:"version"`
	Name        string          `json:"name"`
	DT          float64         `json:"dt"`           // seconds; 0 is unknown
	TimerPeriod uint32          `json:"timer_period"` // microseconds
	ColourBits  uint8           `json:"colour_bits"`
	Notes       []Note          `json:"notes,omitempty"`
	Machine     ManifestMachine `json:"machine"`
	Inputs      []ManifestPort  `json:"inputs"`
	Populations []ManifestPort  `json:"populations"`
	Chips       []ManifestChip  `json:"chips"`
	Cores       []ManifestCore  `json:"cores"`
}

// ManifestFormat is the format of a manifest.
const ManifestFormat = "synfire-spinnaker1-manifest"

// ManifestMachine is a machine: places are [x, y], links [x, y, link] and cores
// [x, y, p].
type ManifestMachine struct {
	Board     int32     `json:"board"`
	Width     int32     `json:"width"`
	Height    int32     `json:"height"`
	DeadChips [][]uint8 `json:"dead_chips,omitempty"`
	DeadLinks [][]uint8 `json:"dead_links,omitempty"`
	DeadCores [][]uint8 `json:"dead_cores,omitempty"`
}

// ManifestPort is an input or a population.
type ManifestPort struct {
	Name    string          `json:"name"`
	Shape   []int32         `json:"shape"`
	Latency int32           `json:"latency,omitempty"`
	Output  bool            `json:"output,omitempty"`
	Scale   float64         `json:"scale,omitempty"`
	VOffset float64         `json:"v_offset,omitempty"`
	Slices  []ManifestSlice `json:"slices"`
}

// ManifestSlice is a Slice; Core is an index into the manifest's cores.
type ManifestSlice struct {
	First  int32 `json:"first"`
	Count  int32 `json:"count"`
	Core   int32 `json:"core"`
	Neuron int32 `json:"neuron"`
}

// ManifestChip is a routing table. An entry is [key, mask, route].
type ManifestChip struct {
	Place   [2]uint8    `json:"place"`
	Entries [][3]uint32 `json:"entries"`
}

// ManifestCore is a core.
type ManifestCore struct {
	Place       [3]uint8        `json:"place"`
	Model       string          `json:"model"`
	Neurons     int             `json:"neurons"`
	Keys        []uint32        `json:"keys,omitempty"` // the first and the last
	Address     uint32          `json:"address"`        // of its block in SDRAM
	Bytes       int64           `json:"bytes"`          // of SDRAM
	DTCM        int64           `json:"dtcm_bytes"`
	RingBits    int             `json:"ring_bits,omitempty"`
	DelaySlots  int             `json:"delay_slots,omitempty"`
	Shifts      []uint32        `json:"ring_buffer_shifts,omitempty"`
	Substeps    uint32          `json:"substeps,omitempty"`
	Synapses    int             `json:"synapses"`
	Populations []ManifestEntry `json:"master_population_table,omitempty"`
}

// ManifestEntry is an entry of the master population table with its blocks of
// rows.
type ManifestEntry struct {
	Key       uint32          `json:"key"`
	Mask      uint32          `json:"mask"`
	CoreMask  uint16          `json:"core_mask,omitempty"`
	MaskShift uint16          `json:"mask_shift,omitempty"`
	Neurons   uint16          `json:"neurons"`
	Blocks    []ManifestBlock `json:"blocks"`
}

// ManifestBlock is a block of rows; Offset is in bytes from the region on.
type ManifestBlock struct {
	Offset int `json:"offset"`
	Rows   int `json:"rows"`
	Room   int `json:"row_length"`
}

// EncodeManifest returns the manifest of a valid image.
func EncodeManifest(img *Image) ([]byte, error) {
	m := Manifest{
		Format: ManifestFormat, Version: 1, Name: img.Name, DT: img.DT, TimerPeriod: img.TimerPeriod, ColourBits: img.ColourBits,
		Machine: manifestMachine(&img.Machine), Inputs: []ManifestPort{}, Populations: []ManifestPort{},
		Chips: []ManifestChip{}, Cores: []ManifestCore{}, Notes: img.Notes,
	}
	for _, in := range img.Inputs {
		m.Inputs = append(m.Inputs, ManifestPort{Name: in.Name, Shape: in.Shape, Slices: manifestSlices(in.Slices)})
	}
	for _, p := range img.Populations {
		m.Populations = append(m.Populations, ManifestPort{
			Name: p.Name, Shape: p.Shape, Latency: p.Latency, Output: p.Output,
			Scale: p.Scale, VOffset: p.VOffset, Slices: manifestSlices(p.Slices),
		})
	}
	for _, c := range img.Chips {
		chip := ManifestChip{Place: [2]uint8{c.X, c.Y}}
		for _, e := range c.Entries {
			chip.Entries = append(chip.Entries, [3]uint32{e.Key, e.Mask, e.Route})
		}
		m.Chips = append(m.Chips, chip)
	}
	for i, address := range Addresses(img) {
		m.Cores = append(m.Cores, manifestCore(&img.Cores[i], address))
	}
	return json.Marshal(&m)
}

func manifestMachine(m *Machine) ManifestMachine {
	out := ManifestMachine{Board: m.Board, Width: m.Width, Height: m.Height}
	for _, d := range m.DeadChips {
		out.DeadChips = append(out.DeadChips, []uint8{d.X, d.Y})
	}
	for _, d := range m.DeadLinks {
		out.DeadLinks = append(out.DeadLinks, []uint8{d.X, d.Y, d.Link})
	}
	for _, d := range m.DeadCores {
		out.DeadCores = append(out.DeadCores, []uint8{d.X, d.Y, d.P})
	}
	return out
}

func manifestSlices(list []Slice) []ManifestSlice {
	out := []ManifestSlice{}
	for _, s := range list {
		out = append(out, ManifestSlice(s))
	}
	return out
}

func manifestCore(c *Core, address uint32) ManifestCore {
	m := ManifestCore{
		Place: [3]uint8{c.X, c.Y, c.P}, Model: c.Model.String(), Neurons: c.Size(),
		Address: address, Bytes: c.Bytes(), DTCM: c.DTCM(), Synapses: c.Synapses(),
	}
	if n := len(c.Keys); n > 0 {
		m.Keys = []uint32{c.Keys[0], c.Keys[n-1]}
	}
	if c.Model == Source {
		return m
	}
	m.RingBits, m.DelaySlots = int(c.LogNeurons)+Bits(Types)+int(c.LogDelay), 1<<c.LogDelay
	m.Shifts, m.Substeps = c.Shifts[:], c.Substeps
	blocks, _ := c.Blocks() // of a valid image
	for _, e := range c.Populations {
		entry := ManifestEntry{Key: e.Key, Mask: e.Mask, CoreMask: e.CoreMask, MaskShift: e.MaskShift, Neurons: e.Neurons}
		for _, b := range blocks[e.Start:][:e.Count] {
			entry.Blocks = append(entry.Blocks, ManifestBlock{Offset: 4 * b.Offset, Rows: b.Rows, Room: b.Room})
		}
		m.Populations = append(m.Populations, entry)
	}
	return m
}

// Synapses counts the synapses of a core of a valid image.
func (c *Core) Synapses() int {
	n := 0
	blocks, _ := c.Blocks()
	for _, b := range blocks {
		for row := range b.Rows {
			n += len(c.Row(b, row))
		}
	}
	return n
}
