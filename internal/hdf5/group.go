package hdf5

import (
	"fmt"
	"slices"
	"strings"
)

// link is a hard link: a name in a group and the object it stands for.
type link struct {
	name   string
	header uint64
}

// readRoot reads the tree from the root group's header.
func (f *file) readRoot(header uint64) (*Group, error) {
	o, err := f.readObject(header)
	if err != nil {
		return nil, fmt.Errorf("/: %w", err)
	}
	if o.isDataset() {
		return nil, fmt.Errorf("/: the root is a dataset: the file is damaged")
	}
	f.groupsSeen[header] = "/"
	root := &Group{Path: "/"}
	if err := f.readGroup(root, o, 0); err != nil {
		return nil, err
	}
	return root, nil
}

// readGroup reads the children and attributes of g. Errors name the path.
func (f *file) readGroup(g *Group, o *object, depth int) error {
	err := f.enter(g.Path)
	if err == nil && depth > maxDepth {
		err = fmt.Errorf("groups are nested deeper than %d", maxDepth)
	}
	if err == nil {
		g.Attrs, err = f.readAttributes(g.Path, o)
	}
	var links []link
	if err == nil {
		links, err = f.readLinks(o)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.Path, err)
	}
	for _, l := range links {
		if err := f.readChild(g, l, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// childPath joins the path of a group and the name of a child.
func childPath(group, name string) string {
	return strings.TrimSuffix(group, "/") + "/" + name
}

// readChild reads the object that a link stands for and adds it to g.
func (f *file) readChild(g *Group, l link, depth int) error {
	path := childPath(g.Path, l.name)
	if first, ok := f.datasets[l.header]; ok {
		if err := f.enter(path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		alias := *first
		alias.Name, alias.Path = l.name, path
		g.Datasets = append(g.Datasets, &alias)
		return nil
	}
	if first, ok := f.groupsSeen[l.header]; ok {
		return fmt.Errorf("%s: this is the group %s again: loops and second names of groups are not supported", path, first)
	}
	o, err := f.readObject(l.header)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !o.isDataset() {
		child := &Group{Name: l.name, Path: path}
		f.groupsSeen[l.header] = path
		g.Groups = append(g.Groups, child)
		return f.readGroup(child, o, depth)
	}
	d := &Dataset{Name: l.name, Path: path}
	if err := f.readLeaf(d, o); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.datasets[l.header] = d
	g.Datasets = append(g.Datasets, d)
	return nil
}

// readLeaf reads a dataset with its attributes.
func (f *file) readLeaf(d *Dataset, o *object) error {
	if err := f.enter(d.Path); err != nil {
		return err
	}
	if err := f.readDataset(d, o); err != nil {
		return err
	}
	var err error
	d.Attrs, err = f.readAttributes(d.Path, o)
	return err
}

// readLinks returns the links of a group of either form, sorted by name.
func (f *file) readLinks(o *object) ([]link, error) {
	var links []link
	var err error
	if o.symbolTable != nil {
		links, err = f.readSymbolTable(&o.symbolTable.body)
	}
	if err == nil && o.linkInfo != nil {
		err = checkLinkInfo(&o.linkInfo.body)
	}
	for _, m := range o.links {
		if err != nil {
			break
		}
		var l link
		l, err = f.parseLink(&m.body)
		links = append(links, l)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(links); i++ {
		if links[i].name == links[i-1].name {
			return nil, fmt.Errorf("the name %q is there twice: the file is damaged", links[i].name)
		}
	}
	return links, nil
}

// linkName checks and charges a name.
func (f *file) linkName(raw []byte) (string, error) {
	name, err := f.text(raw)
	if err != nil {
		return "", fmt.Errorf("name of a link: %w", err)
	}
	if err := checkName(name); err != nil {
		return "", fmt.Errorf("%w: the file is damaged", err)
	}
	return name, nil
}

// readSymbolTable returns the links of a group in the form of a B-tree, whose
// leaves are symbol table nodes, and a heap of names.
func (f *file) readSymbolTable(c *cursor) ([]link, error) {
	tree, heapAddress := c.offset(), c.offset()
	if c.err != nil {
		return nil, c.err
	}
	heap, err := f.readLocalHeap(heapAddress)
	if err != nil {
		return nil, err
	}
	var links []link
	err = f.walkGroupTree(tree, anyLevel, func(address uint64) error {
		links, err = f.appendSymbols(links, heap, address)
		return err
	})
	return links, err
}

// appendSymbols appends the links of one symbol table node.
func (f *file) appendSymbols(links []link, heap *localHeap, address uint64) ([]link, error) {
	const head = 8
	entrySize := uint64(2*f.offsetSize + 24)
	c, err := f.claim("symbol table node", address, head)
	if err != nil {
		return nil, err
	}
	c.expect("SNOD")
	version := c.u8()
	c.skip(1)
	count := uint64(c.u16())
	if c.err == nil && version != 1 {
		return nil, fmt.Errorf("symbol table node version %d is not supported", version)
	}
	if c.err != nil {
		return nil, c.err
	}
	c, err = f.claim("symbol table node", address+head, count*entrySize)
	if err != nil {
		return nil, err
	}
	for range count {
		nameOffset, header := c.offset(), c.offset()
		cache := c.u32()
		c.skip(4 + 16)
		raw, err := heap.name(nameOffset)
		if err != nil {
			return nil, err
		}
		name, err := f.linkName(raw)
		if err != nil {
			return nil, err
		}
		if cache == 2 {
			return nil, fmt.Errorf("the soft link %q is not supported", name)
		}
		links = append(links, link{name, header})
	}
	return links, c.err
}

// checkLinkInfo refuses groups whose links are not in the header.
func checkLinkInfo(c *cursor) error {
	version, flags := c.u8(), c.u8()
	if flags&0x01 != 0 {
		c.skip(8)
	}
	heap := c.offset()
	if c.err != nil {
		return c.err
	}
	if version != 0 {
		return fmt.Errorf("link info version %d is not supported", version)
	}
	if heap != undefined {
		return fmt.Errorf("dense links (fractal heap) are not supported; rewrite the file with libver='earliest'")
	}
	return nil
}

// parseLink reads a link message.
func (f *file) parseLink(c *cursor) (link, error) {
	version, flags := c.u8(), c.u8()
	kind := uint8(0)
	if flags&0x08 != 0 {
		kind = c.u8()
	}
	if flags&0x04 != 0 {
		c.skip(8) // creation order
	}
	if flags&0x10 != 0 {
		c.skip(1) // character set
	}
	raw := c.bytes(c.uint(1 << (flags & 0x03)))
	if c.err != nil {
		return link{}, c.err
	}
	if version != 1 {
		return link{}, fmt.Errorf("link version %d is not supported", version)
	}
	name, err := f.linkName(raw)
	if err != nil {
		return link{}, err
	}
	switch kind {
	case 0:
		header := c.offset()
		return link{name, header}, c.err
	case 1:
		return link{}, fmt.Errorf("the soft link %q is not supported", name)
	case 64:
		return link{}, fmt.Errorf("the external link %q is not supported", name)
	}
	return link{}, fmt.Errorf("the link %q of type %d is not supported", name, kind)
}
