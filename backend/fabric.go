package backend

import "github.com/synfire/synfire/ir"

// Networked is a target whose cores send packets to each other through routers
// on a grid of chips, each with a table of ternary entries. The mapping gives a
// core the number of its chip, y*Width+x, and its own number on that.
type Networked interface {
	Target
	// Fabric returns the machine that the options name.
	Fabric(opt Options) (*Fabric, error)
	// Flows lists what the cores of a partitioned network send to each other.
	Flows(n *ir.Network, m *ir.Mapping, opt Options) ([]Flow, error)
	// Larger returns the options of the smallest machine that is larger than
	// the one that opt names and has that many cores, and the flags that say
	// them; ok is false if there is none.
	Larger(opt Options, cores int) (larger Options, flags string, ok bool)
}

// Links is the number of links of a chip of a Fabric: east, northeast, north,
// west, southwest, south. Link l is opposite link (l+3)%6.
const Links = 6

// Fabric is a grid of chips.
type Fabric struct {
	Width, Height int
	Wrap          bool         // the edges are joined
	Chips         []FabricChip // y*Width+x
	// Entries is how many entries a routing table has.
	Entries int
	// Memory names the resource of a core's usage that the cores of a chip
	// share.
	Memory string
}

// FabricChip is a chip that works, or none if it has no cores.
type FabricChip struct {
	Cores  []int32      // numbers of the cores for the network, ascending
	Memory int32        // that its cores share
	Next   [Links]int32 // the chip at the other end of each link, -1 if it does not work
}

// Flow says that a core, by its index in the mapping, sends packets with keys
// that match Key and Mask to other cores and perhaps to itself.
type Flow struct {
	Core      int32
	To        []int32 // ascending
	Key, Mask uint32
	Weight    float64 // packets, in any unit
}
