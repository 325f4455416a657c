package ir

// Mapping says where each neuron of a lowered network runs on a chip. It is
// made by the partition, place and route passes and read by a backend.
type Mapping struct {
	// Latency, by node id: the neurons of a population run that many steps
	// behind the network's own time, because a spike takes time to travel.
	Latency []int32
	// Scale, by node id: how many of the chip's integer units one unit of the
	// population's potential is, after the offset is taken off; 0 = not known.
	Scale, Offset []float64
	Cores         []CoreMap
	// Tables are the routing tables of the chips that have one, by chip.
	Tables []Table
}

// Table is the routing table of a chip: the first entry that matches a packet's
// key says which links (the lowest bits) and cores it goes to.
type Table struct {
	Chip    int32
	Entries []TableEntry
}

// TableEntry matches each key with key & Mask == Key.
type TableEntry struct{ Key, Mask, Route uint32 }

// CoreMap is what one core holds.
type CoreMap struct {
	Chip, Core int32 // chip, and number of the core on it
	Parts      []Part
	Axons      []AxonSource // what this core listens to, in axon order
	Usage      []Usage
}

// Part is a run of a population's neurons on a core.
type Part struct {
	Node         NodeID
	First, Count int32 // flat neuron indices
	Offset       int32 // the core's compartment of the first neuron
}

// AxonSource is one input axon: elements First..First+Count-1 of Src. Count
// above 1 is a population axon.
type AxonSource struct {
	Src          NodeID
	First, Count int32
}

// Usage is how much of one resource a core uses.
type Usage struct {
	Resource    string
	Used, Limit int64
}
