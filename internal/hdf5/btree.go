package hdf5

import "fmt"

// btree is one node of a version 1 B-tree; the cursor stands at its first key.
type btree struct {
	*cursor
	level   int
	entries int
}

// openBTree reads the head of a node of the given type (0 groups, 1 chunks)
// and level. A node holds one key more than entries.
func (f *file) openBTree(address uint64, kind uint8, level, keySize int) (btree, error) {
	c, err := f.claim("B-tree node", address, uint64(8+2*f.offsetSize))
	if err != nil {
		return btree{}, err
	}
	c.expect("TREE")
	gotKind, gotLevel, entries := c.u8(), int(c.u8()), uint64(c.u16())
	if c.err != nil {
		return btree{}, c.err
	}
	if gotKind != kind {
		return btree{}, fmt.Errorf("node at offset %d of a B-tree is of type %d in place of %d: the file is damaged", address, gotKind, kind)
	}
	if level != anyLevel && gotLevel != level {
		return btree{}, fmt.Errorf("node at offset %d of a B-tree has level %d in place of %d: the file is damaged", address, gotLevel, level)
	}
	size := entries*uint64(keySize+f.offsetSize) + uint64(keySize)
	body, err := f.claim("B-tree node", address+uint64(len(c.buf)), size)
	if err != nil {
		return btree{}, err
	}
	return btree{cursor: body, level: gotLevel, entries: int(entries)}, nil
}

// walkGroupTree visits the symbol table nodes of a group, in order.
func (f *file) walkGroupTree(address uint64, level int, visit func(address uint64) error) error {
	node, err := f.openBTree(address, 0, level, f.lengthSize)
	if err != nil {
		return err
	}
	for range node.entries {
		node.length() // key: offset of a name, not needed to read all
		child := node.offset()
		if node.err != nil {
			return node.err
		}
		if node.level > 0 {
			err = f.walkGroupTree(child, node.level-1, visit)
		} else {
			err = visit(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
