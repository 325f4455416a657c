package spinnaker1

import (
	"errors"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// route is how the packets of a core travel: its keys fall into classes that
// the tables of all chips treat alike.
type route struct {
	classes []class
	of      []int32 // class of each neuron
}

// class is a multicast tree.
type class struct {
	keys  []int32 // the neurons, ascending
	links []int32 // chip*6 + link, each after the one that leads to its chip
	after []int32 // which of links that is, -1 for none
	ends  []end
	// lost says where a branch ended in nothing, "" if none did.
	lost string
}

// end is a core that a tree reaches.
type end struct {
	core  int32 // -1: nothing runs there
	at    image.CoreAt
	after int32 // the last of the tree's links on the way, -1 for none
	in    int32 // of the core's links
}

// follower walks packets through the routing tables.
type follower struct {
	mesh   *image.Mesh
	tables [][]image.Entry // by chip
	cores  []int32         // by chip*coresPerChip + p: the core, -1 for none
	colour uint32          // mask of the colour bits
	stamp  int
	seen   []int // by chip: the last walk that came there
	left   int   // links and ends that trees may still have
}

// maxTrees bounds the links and ends of all trees together, which an image does
// not hold and a small one can make many: a tree for each key over all chips.
var maxTrees = 1 << 27

var errTrees = errors.New("the keys take more different ways than this program allows")

const coresPerChip = 18

func newFollower(img *image.Image, mesh *image.Mesh) *follower {
	n := mesh.Width * mesh.Height
	f := &follower{
		mesh: mesh, tables: make([][]image.Entry, n), seen: make([]int, n),
		cores: slices.Repeat([]int32{-1}, n*coresPerChip), colour: 1<<img.ColourBits - 1,
		left: maxTrees,
	}
	for i := range img.Chips {
		c := &img.Chips[i]
		f.tables[mesh.Chip(int(c.X), int(c.Y))] = c.Entries
	}
	for i := range img.Cores {
		c := &img.Cores[i]
		f.cores[mesh.Chip(int(c.X), int(c.Y))*coresPerChip+int(c.P)] = int32(i)
	}
	return f
}

// route follows all keys of a core.
func (f *follower) route(c *image.Core) (route, error) {
	all := make([]int32, len(c.Keys))
	for i := range all {
		all[i] = int32(i)
	}
	r := route{of: make([]int32, len(c.Keys))}
	if len(all) > 0 {
		if err := f.split(c, all, &r); err != nil {
			return route{}, err
		}
	}
	for k := range r.classes {
		for _, i := range r.classes[k].keys {
			r.of[i] = int32(k)
		}
	}
	return r, nil
}

// split adds the classes of some keys of a core.
func (f *follower) split(c *image.Core, keys []int32, r *route) error {
	tree, parts := f.walk(c, keys)
	if parts == nil {
		if f.left -= len(tree.links) + len(tree.ends); f.left < 0 {
			return errTrees
		}
		r.classes = append(r.classes, tree)
		return nil
	}
	for _, p := range parts {
		if err := f.split(c, p, r); err != nil {
			return err
		}
	}
	return nil
}

// step is a packet on its way to a chip.
type step struct {
	chip int
	link int // by which it comes, as seen from where it was; -1 if it starts here
	// after is the index of that link in the tree.
	after int32
}

// walk follows a packet as if all keys were one. Where a table tells them
// apart it gives up and returns the parts.
func (f *follower) walk(c *image.Core, keys []int32) (tree class, parts [][]int32) {
	tree.keys = keys
	f.stamp++
	queue := []step{{chip: f.mesh.Chip(int(c.X), int(c.Y)), link: -1, after: -1}}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if f.seen[s.chip] == f.stamp {
			tree.lose("it comes to chip %s a second time", f.name(s.chip))
			continue
		}
		f.seen[s.chip] = f.stamp
		word, parts := f.lookup(c, keys, &s, &tree)
		if parts != nil {
			return class{}, parts
		}
		queue = f.leave(queue, &s, word, &tree)
	}
	return tree, nil
}

// lookup returns the routing word of a chip for some keys, or the parts of them
// that have different ones.
func (f *follower) lookup(c *image.Core, keys []int32, s *step, tree *class) (word uint32, parts [][]int32) {
	vary := f.colour
	for _, i := range keys {
		vary |= c.Keys[i] ^ c.Keys[keys[0]]
	}
	for _, e := range f.tables[s.chip] {
		if e.Mask&vary == 0 {
			if e.Matches(c.Keys[keys[0]]) {
				return e.Route, nil
			}
			continue
		}
		var hit, miss []int32
		for _, i := range keys {
			if (c.Keys[i]^e.Key)&e.Mask&^f.colour == 0 {
				hit = append(hit, i)
			} else {
				miss = append(miss, i)
			}
		}
		switch {
		case len(hit) > 0 && e.Mask&f.colour != 0:
			tree.lose("the table of chip %s looks at the colour of the key", f.name(s.chip))
			return 0, nil
		case len(miss) == 0:
			return e.Route, nil
		case len(hit) > 0:
			return 0, [][]int32{hit, miss}
		}
	}
	if s.link < 0 {
		tree.lose("chip %s has no entry for it", f.name(s.chip))
		return 0, nil
	}
	return 1 << s.link, nil // the default route
}

// leave sends a packet on from a chip.
func (f *follower) leave(queue []step, s *step, word uint32, tree *class) []step {
	for l := range image.Links {
		if word>>l&1 == 0 {
			continue
		}
		to, ok := f.mesh.Next(s.chip, l)
		if !ok {
			tree.lose("link %d of chip %s does not work", l, f.name(s.chip))
			continue
		}
		queue = append(queue, step{to, l, int32(len(tree.links))})
		tree.links = append(tree.links, int32(s.chip*image.Links+l))
		tree.after = append(tree.after, s.after)
	}
	for p := range coresPerChip {
		if word>>(image.Links+p)&1 == 1 {
			x, y := f.mesh.Place(s.chip)
			at := image.CoreAt{X: uint8(x), Y: uint8(y), P: uint8(p)}
			tree.ends = append(tree.ends, end{f.cores[s.chip*coresPerChip+p], at, s.after, -1})
		}
	}
	return queue
}

func (f *follower) name(chip int) string {
	x, y := f.mesh.Place(chip)
	return fmt.Sprintf("(%d,%d)", x, y)
}

// lose notes the first place where a packet gets lost.
func (c *class) lose(format string, args ...any) {
	if c.lost == "" {
		c.lost = fmt.Sprintf(format, args...)
	}
}
