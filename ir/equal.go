package ir

import (
	"math"
	"slices"
)

// MaxDepth bounds how deep networks nest.
const MaxDepth = 64

// Equal tells whether two verified networks are the same: names, order of
// nodes and edges, attributes, notes, metadata, and parameters to the bit.
// How a tensor is stored and where a node came from (Origin) do not count.
func Equal(a, b *Network) bool { return equalNetworks(a, b, 0) }

func equalNetworks(a, b *Network, depth int) bool {
	if a == nil || b == nil || depth > MaxDepth {
		return a == nil && b == nil
	}
	return a.Name == b.Name && sameBits(a.DT, b.DT) && a.Discrete == b.Discrete &&
		slices.Equal(a.Edges, b.Edges) && slices.Equal(a.Notes, b.Notes) &&
		slices.EqualFunc(a.Meta, b.Meta, equalMeta) &&
		slices.EqualFunc(a.Nodes, b.Nodes, func(x, y Node) bool { return equalNodes(&x, &y, depth) })
}

func equalNodes(a, b *Node, depth int) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Op == b.Op &&
		equalShapes(a.In, b.In) && equalShapes(a.Out, b.Out) &&
		slices.EqualFunc(a.Params, b.Params, func(x, y ParamValue) bool { return x.Key == y.Key && x.T.Equal(y.T) }) &&
		a.Neuron == b.Neuron &&
		equalPtr(a.Conv, b.Conv) && equalPtr(a.Pool, b.Pool) && equalPtr(a.Flatten, b.Flatten) &&
		equalPtr(a.Rule, b.Rule) && equalPtr(a.IntLIF, b.IntLIF) && equalPtr(a.FixLIF, b.FixLIF) && equalFormats(a.Q, b.Q) &&
		slices.EqualFunc(a.Meta, b.Meta, equalMeta) &&
		equalNetworks(a.Sub, b.Sub, depth+1)
}

// equalShapes is Shape.Equal, but keeps unknown apart from scalar.
func equalShapes(a, b Shape) bool { return (a == nil) == (b == nil) && a.Equal(b) }

func equalPtr[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func equalFormats(a, b *QFormat) bool {
	return equalPtr(a, b) && (a == nil || sameBits(a.Scale, b.Scale))
}

func equalMeta(a, b Meta) bool {
	if a.Key != b.Key || a.Kind != b.Kind {
		return false
	}
	if a.Kind == MetaString {
		return a.Str == b.Str
	}
	return a.T.Equal(b.T)
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
