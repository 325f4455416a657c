package noc

import (
	"math"
	"math/bits"
)

// queue holds at most one moment for each of a fixed number of ids and knows
// the first: by time, and by id where times are equal. It is a tournament tree
// over packed keys (time << bits | id), so a change costs one comparison for
// each level and no branch.
type queue struct {
	node []int64 // node[1] is the first; the leaves are node[len/2:]
	bits uint
	mask int64
}

// never is the key of an id without a moment.
const never = math.MaxInt64

func newQueue(ids int) queue {
	b := uint(bits.Len(uint(max(ids-1, 1))))
	q := queue{node: make([]int64, 2<<b), bits: b, mask: 1<<b - 1}
	for i := range q.node {
		q.node[i] = never
	}
	return q
}

// limit returns the latest time that the queue can hold, far enough below the
// range that a few delays can be added to it.
func (q *queue) limit() int64 { return math.MaxInt64 >> q.bits >> 2 }

// set gives an id a moment, in place of the one it had.
func (q *queue) set(id int, time int64) { q.put(id, time<<q.bits|int64(id)) }

// drop takes the moment of an id away.
func (q *queue) drop(id int) { q.put(id, never) }

func (q *queue) put(id int, key int64) {
	node := q.node
	i := len(node)/2 + id
	node[i] = key
	for i > 1 {
		key = min(key, node[i^1])
		i >>= 1
		node[i] = key
	}
}

// first returns the first moment and its id; ok is false if there is none.
func (q *queue) first() (time int64, id int, ok bool) {
	k := q.node[1]
	return k >> q.bits, int(k & q.mask), k != never
}
