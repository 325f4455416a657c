package noc

import "fmt"

// ways holds the paths between all tiles of a mesh as Detailed walks them, and
// what a message adds to the densities on them.
type ways struct {
	tiles      int32
	table      []way   // by tile of the sender and of the receiver
	latency    []int64 // the same: of all hops, or of the tile itself
	chunks     []chunk
	entryShare []int64 // by hops
	linkShare  [][perChunk]int64
	entry      int // the number of core 0's buffer into its router; links come first
}

// way is the path between two tiles: the links chunks[first], and so on until
// there are hops of them, of which each gets its number in linkShare[share], and
// so on.
type way struct {
	first       int32
	share, hops uint16
}

// chunk is a stretch of a way, by numbers of buffers. On a mesh of the size of a
// chip nearly all ways fit one, so a walk has no branch that is hard to predict.
// What a way does not use are buffers that do not exist, whose share is 0.
type chunk [perChunk]uint16

const (
	perChunk = 6
	// maxChunks bounds the paths of a mesh to 200 MB. It is reached by meshes of
	// 1024 tiles that are less than 4 wide.
	maxChunks = 1 << 24
	// maxBuffers is more than a mesh has buffers.
	maxBuffers = 1 << 16
)

// chunksOf returns how many chunks a way has: one if it has no hops.
func chunksOf(hops int) int { return max(1, (hops+perChunk-1)/perChunk) }

func newWays(c *Config) (ways, error) {
	tiles := c.Tiles()
	w := ways{tiles: int32(tiles), entry: c.Links(), table: make([]way, tiles*tiles), latency: make([]int64, tiles*tiles)}
	total := 0
	for i := range w.table {
		ew, ns := c.Hops(i/tiles, i%tiles)
		w.table[i] = way{first: int32(total), hops: uint16(ew + ns)}
		if total += chunksOf(ew + ns); total > maxChunks {
			return w, fmt.Errorf("a mesh of %d x %d tiles has too long ways for the detailed model", c.Width, c.Height)
		}
		w.latency[i] = int64(ew)*c.HopEW + int64(ns)*c.HopNS
		if ew+ns == 0 {
			w.latency[i] = c.Local
		}
	}
	shareAt := w.setShares(c.Width + c.Height - 2)
	w.chunks = make([]chunk, total)
	var links []int
	for i := range w.table {
		x := &w.table[i]
		x.share = shareAt[x.hops]
		links = c.Route(i/tiles, i%tiles).Links(links[:0])
		for k := range chunksOf(len(links)) {
			for j := range perChunk {
				to := c.Links() + c.NumCores() + j
				if at := k*perChunk + j; at < len(links) {
					to = links[at]
				}
				w.chunks[int(x.first)+k][j] = uint16(to)
			}
		}
	}
	return w, nil
}

// setShares sets what a message adds to densities, for ways of up to a number of
// hops, and returns by hops where it starts in linkShare.
func (w *ways) setShares(longest int) []uint16 {
	var at []uint16
	for hops := range longest + 1 {
		share := (1<<shareBits + int64(hops+2)/2) / int64(hops+2)
		w.entryShare = append(w.entryShare, share)
		at = append(at, uint16(len(w.linkShare)))
		for k := range chunksOf(hops) {
			var s [perChunk]int64
			for j := range min(perChunk, hops-k*perChunk) {
				s[j] = share
			}
			w.linkShare = append(w.linkShare, s)
		}
	}
	return at
}
