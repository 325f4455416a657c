package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/ir"
)

// TestFlow checks that nodes are told along the edges, whatever their ids.
func TestFlow(t *testing.T) {
	n := &ir.Network{}
	for _, name := range []string{"out", "b", "lone", "a", "in"} {
		op := ir.OpLIF
		switch name {
		case "in":
			op = ir.OpInput
		case "out":
			op = ir.OpOutput
		}
		n.Add(ir.Node{Name: name, Op: op})
	}
	for _, e := range [][2]string{{"b", "out"}, {"a", "b"}, {"in", "a"}, {"b", "a"}} {
		n.Connect(n.Lookup(e[0]), n.Lookup(e[1]), 0)
	}
	info := Inspect(n, "x.snn")
	var nodes, edges []string
	for _, x := range info.Nodes {
		nodes = append(nodes, x.Name)
	}
	for _, e := range info.Edges {
		edges = append(edges, e.Src+">"+e.Dst)
	}
	if want := []string{"in", "a", "b", "out", "lone"}; !cmp.Equal(nodes, want) {
		t.Errorf("nodes %q, want %q", nodes, want)
	}
	if want := []string{"in>a", "a>b", "b>out", "b>a"}; !cmp.Equal(edges, want) {
		t.Errorf("edges %q, want %q", edges, want)
	}
}
