package loihi1_test

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
	"github.com/synfire/synfire/quantize"
)

// FuzzCompile compiles whatever text is a network. It may be refused, by
// diagnostics; if it is not, the emulated image equals the interpreter.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob("../../passes/testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no networks to begin with", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), uint8(len(file)))
	}
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		n, err := ir.Parse("f", []byte(text), ir.ParseOptions{})
		if err != nil || tooLarge(n) {
			return
		}
		opt := passes.Options{AllowApproximate: choice&1 > 0, Bits: []quantize.Bits{0, 8, 4, 2}[choice>>1&3], MaxUnderflow: 1}
		if choice&8 > 0 {
			opt.Target.Axon = "pop16"
		}
		if k := int(choice >> 4); k < len(passes.Compats()) {
			opt.Compat = passes.Compats()[k]
		}
		s := tryCompile(t, n, opt, passes.Hooks{})
		if s == nil {
			return
		}
		data := agree.Encode(t, s)
		requireSound(t, s, data)
		const steps = 12
		in := agree.RandomRasters(t, s.Net, steps, 0.5, 1)
		agree.RequireEqual(t, agree.Evaluate(t, s.Net, in, steps), emulate(t, data, in, steps, 1))
	})
}

// tooLarge keeps networks out that take long to run, not to compile.
func tooLarge(n *ir.Network) bool {
	total := 0
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Sub != nil && tooLarge(node.Sub) {
			return true
		}
		total += node.Out.Size()
		if node.Rule != nil && node.In != nil {
			total += node.In.Size() * node.Out.Size()
		}
		for _, p := range node.Params {
			total += p.T.Len()
		}
	}
	for _, e := range n.Edges {
		total += int(e.Delay)
	}
	return total > 1<<14
}
