package hdf5

// symbolTable writes the links of a group, sorted by name: a heap of names,
// symbol table nodes and the B-tree above them. It returns the addresses of
// the tree and of the heap.
func (e *encoder) symbolTable(members []member) (tree, heap uint64) {
	// The empty name at offset 0 is the key below all names.
	names := make([]byte, 8)
	offsets := make([]uint64, len(members))
	for i, m := range members {
		offsets[i] = uint64(len(names))
		names = pad8(append(append(names, m.name...), 0))
	}
	heap = e.localHeap(names)

	const full = 2 * groupLeafK
	var nodes []treeChild
	for from := 0; from < len(members); from += full {
		to := min(from+full, len(members))
		address := e.symbolNode(members[from:to], offsets[from:to])
		nodes = append(nodes, treeChild{address, offsets[to-1]})
	}
	return e.groupTree(nodes), heap
}

func (e *encoder) localHeap(names []byte) uint64 {
	const noFreeBlock = 1
	segment := e.place(names)
	b := append([]byte("HEAP"), 0, 0, 0, 0)
	b = le.AppendUint64(b, uint64(len(names)))
	b = le.AppendUint64(b, noFreeBlock)
	b = le.AppendUint64(b, segment)
	return e.place(b)
}

// symbolNode writes one symbol table node, at its full size.
func (e *encoder) symbolNode(members []member, offsets []uint64) uint64 {
	b := append([]byte("SNOD"), 1, 0)
	b = le.AppendUint16(b, uint16(len(members)))
	for i, m := range members {
		b = appendSymbol(b, offsets[i], m.header)
	}
	const entry = 40
	b = append(b, make([]byte, entry*(2*groupLeafK-len(members)))...)
	return e.place(b)
}

// treeChild is a node below a B-tree node, and the heap offset of the last
// name in it.
type treeChild struct{ address, lastName uint64 }

// groupTree writes the B-tree over the given leaves, level by level, and
// returns the address of its root.
func (e *encoder) groupTree(nodes []treeChild) uint64 {
	const full = 2 * groupInternalK
	for level := uint8(0); ; level++ {
		count := max(1, (len(nodes)+full-1)/full)
		above := make([]treeChild, count)
		firstKey := uint64(0) // the last name left of the node
		base := e.place(nil)  // the nodes of a level lie side by side
		for i := range above {
			part := nodes[i*full : min((i+1)*full, len(nodes))]
			left, right := uint64(undefined), uint64(undefined)
			if i > 0 {
				left = base + uint64(i-1)*treeNodeSize
			}
			if i < count-1 {
				right = base + uint64(i+1)*treeNodeSize
			}
			above[i].address = e.place(treeNode(level, left, right, firstKey, part))
			if len(part) > 0 {
				firstKey = part[len(part)-1].lastName
			}
			above[i].lastName = firstKey
		}
		if count == 1 {
			return above[0].address
		}
		nodes = above
	}
}

// treeNodeSize is the size of a full group node: head, children, keys.
const treeNodeSize = 24 + 8*2*groupInternalK + 8*(2*groupInternalK+1)

// treeNode returns one B-tree node of type 0, at its full size.
func treeNode(level uint8, left, right, firstKey uint64, children []treeChild) []byte {
	b := append([]byte("TREE"), 0, level)
	b = le.AppendUint16(b, uint16(len(children)))
	b = le.AppendUint64(b, left)
	b = le.AppendUint64(b, right)
	b = le.AppendUint64(b, firstKey)
	for _, c := range children {
		b = le.AppendUint64(b, c.address)
		b = le.AppendUint64(b, c.lastName)
	}
	return append(b, make([]byte, treeNodeSize-len(b))...)
}
