package spinnaker1

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/internal/imagefile"
)

// maxJoints bounds the rows between pairs of cores, which an image does not
// hold and a small one can make many.
const maxJoints = 1 << 29

// audit checks that every key that is sent reaches each core with synapses for
// it once, and none whose master population table does not have it. On the way
// it finds the row of each.
type audit struct {
	img    *image.Image
	report imagefile.Report
	sent   []sentKey // ascending
	blocks [][]image.Block
	joints [][]joint // by target
	// arrived counts the keys by target.
	arrived []int
	rows    int
}

// sentKey is a key with the neuron that sends it.
type sentKey struct {
	key  uint32
	from place
}

// joint is what the spikes of one core mean to another: rows[i] is that of
// neuron i.
type joint struct {
	from int32
	rows []rowAt
}

// rowAt is a row of an entry of the master population table.
type rowAt struct{ entry, row int32 }

// noEntry marks a neuron that has no row.
const noEntry = -1

func newAudit(img *image.Image) *audit {
	n := len(img.Cores)
	a := &audit{img: img, joints: make([][]joint, n), arrived: make([]int, n), blocks: make([][]image.Block, n)}
	for s := range img.Cores {
		c := &img.Cores[s]
		a.blocks[s], _ = c.Blocks()
		for i, key := range c.Keys {
			a.sent = append(a.sent, sentKey{key, place{int32(s), int32(i)}})
		}
	}
	slices.SortFunc(a.sent, func(a, b sentKey) int { return cmp.Compare(a.key, b.key) })
	return a
}

// tree notes where the keys of a class arrive.
func (a *audit) tree(s int, t *class) error {
	for _, e := range t.ends {
		if e.core < 0 {
			a.report.Addf("%s reaches core %s, where nothing runs", a.name(s, t.keys[0]), coreName(e.at))
			continue
		}
		j, err := a.joint(s, int(e.core))
		if err != nil {
			return err
		}
		for _, i := range t.keys {
			a.arrive(s, i, int(e.core), j)
		}
	}
	return nil
}

// joint returns that of two cores, and makes it the first time: senders come in
// ascending order.
func (a *audit) joint(from, to int) (*joint, error) {
	list := a.joints[to]
	if k := len(list) - 1; k < 0 || list[k].from != int32(from) {
		n := len(a.img.Cores[from].Keys)
		if a.rows += n; a.rows > maxJoints {
			return nil, errors.New("the cores have more connections than this program allows")
		}
		a.joints[to] = append(list, joint{int32(from), slices.Repeat([]rowAt{{entry: noEntry}}, n)})
	}
	return &a.joints[to][len(a.joints[to])-1], nil
}

// arrive notes that a key reaches a core.
func (a *audit) arrive(s int, i int32, to int, j *joint) {
	c := &a.img.Cores[to]
	entry, row, ok := c.Lookup(a.img.Cores[s].Keys[i], a.img.ColourBits)
	switch {
	case !ok:
		a.report.Addf("%s reaches core %s, which does not wait for it", a.name(s, i), coreName(image.CoreAt{X: c.X, Y: c.Y, P: c.P}))
	case j.rows[i].entry != noEntry:
		a.report.Addf("%s reaches core %s twice", a.name(s, i), coreName(image.CoreAt{X: c.X, Y: c.Y, P: c.P}))
	case row >= a.blocks[to][c.Populations[entry].Start].Rows:
		a.report.Addf("%s means row %d to core %s, which has %d", a.name(s, i), row,
			coreName(image.CoreAt{X: c.X, Y: c.Y, P: c.P}), a.blocks[to][c.Populations[entry].Start].Rows)
	default:
		j.rows[i] = rowAt{int32(entry), int32(row)}
		a.arrived[to]++
	}
}

// missing finds the keys that do not reach a core which has synapses for them.
// An entry may be of a whole population, of which some cores have none.
func (a *audit) missing(routes []route) {
	for to := range a.img.Cores {
		if a.waited(to) == a.arrived[to] {
			continue
		}
		c := &a.img.Cores[to]
		for _, e := range c.Populations {
			for _, k := range a.matching(&e) {
				if !a.hasArrived(to, k.from) && a.hasSynapses(to, k.key) {
					r := &routes[k.from.core]
					why := r.classes[r.of[k.from.neuron]].lost
					if why == "" {
						why = "no table leads there"
					}
					a.report.Addf("%s does not reach core %s, which has synapses for it: %s", a.name(int(k.from.core), k.from.neuron),
						coreName(image.CoreAt{X: c.X, Y: c.Y, P: c.P}), why)
				}
			}
		}
	}
}

// waited counts the sent keys that a core waits for.
func (a *audit) waited(to int) int {
	n := 0
	for i := range a.img.Cores[to].Populations {
		n += len(a.matching(&a.img.Cores[to].Populations[i]))
	}
	return n
}

// matching returns the sent keys of an entry: a range.
func (a *audit) matching(e *image.PopEntry) []sentKey {
	at := func(key uint32) int {
		i, _ := slices.BinarySearchFunc(a.sent, key, func(s sentKey, key uint32) int { return cmp.Compare(s.key, key) })
		return i
	}
	last := e.Key | ^e.Mask
	hi := at(last)
	if hi < len(a.sent) && a.sent[hi].key == last {
		hi++
	}
	return a.sent[at(e.Key):hi]
}

func (a *audit) hasArrived(to int, from place) bool {
	i, ok := slices.BinarySearchFunc(a.joints[to], from.core, func(j joint, core int32) int { return cmp.Compare(j.from, core) })
	return ok && a.joints[to][i].rows[from.neuron].entry != noEntry
}

// hasSynapses tells whether the row of a key has any.
func (a *audit) hasSynapses(to int, key uint32) bool {
	c := &a.img.Cores[to]
	entry, row, _ := c.Lookup(key, a.img.ColourBits)
	e := &c.Populations[entry]
	for _, b := range a.blocks[to][e.Start:][:e.Count] {
		if row < b.Rows && len(c.Row(b, row)) > 0 {
			return true
		}
	}
	return false
}

// err returns all that is wrong.
func (a *audit) err() error {
	if err := a.report.Err(); err != nil {
		return fmt.Errorf("packets go astray: %w", err)
	}
	return nil
}

// name names a key and its neuron.
func (a *audit) name(s int, i int32) string {
	c := &a.img.Cores[s]
	return fmt.Sprintf("key %08x (neuron %d of core %s)", c.Keys[i], i, coreName(image.CoreAt{X: c.X, Y: c.Y, P: c.P}))
}

func coreName(c image.CoreAt) string { return fmt.Sprintf("(%d,%d,%d)", c.X, c.Y, c.P) }
