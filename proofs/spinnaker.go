package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/synfire/synfire/internal/fixed"
)

// spinnakerVectors is the file that cases of both SpiNNaker kinds name.
type spinnakerVectors struct {
	Arith []arithVector     `json:"arith"`
	LIF   []json.RawMessage `json:"lif"`
}

func readVectors(dir string, raw json.RawMessage) (*spinnakerVectors, error) {
	var c struct {
		Vectors string `json:"vectors"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	data, err := readFile(filepath.Join(dir, c.Vectors))
	if err != nil {
		return nil, err
	}
	var v spinnakerVectors
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Vectors, err)
	}
	return &v, nil
}

// arithVector is a function with its operands and its result: s16.15 or
// u0.32, as raw integers.
type arithVector struct {
	F string `json:"f"`
	X int64  `json:"x"`
	A int64  `json:"a"`
	B int64  `json:"b"`
	Y int64  `json:"y"`
}

// arithmetic has the functions by the names of the vectors.
var arithmetic = map[string]func(v *arithVector) int64{
	"expk":        func(v *arithVector) int64 { return int64(fixed.Exp(int32(v.X))) },
	"expulr":      func(v *arithVector) int64 { return int64(fixed.ExpDecay(int32(v.X))) },
	"mulk":        func(v *arithVector) int64 { return int64(fixed.Mul(int32(v.A), int32(v.B))) },
	"addk":        func(v *arithVector) int64 { return int64(int32(v.A) + int32(v.B)) },
	"subk":        func(v *arithVector) int64 { return int64(int32(v.A) - int32(v.B)) },
	"kdivk":       func(v *arithVector) int64 { return int64(fixed.Div(int32(v.A), int32(v.B))) },
	"kdivui":      func(v *arithVector) int64 { return int64(fixed.DivInt(int32(v.A), int32(v.B))) },
	"decay_s1615": func(v *arithVector) int64 { return int64(fixed.Decay(int32(v.A), uint32(v.B))) },
}

// spinnaker1Arith compares each function of the arithmetic with its vectors.
func spinnaker1Arith(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	vectors, err := readVectors(dir, raw)
	if err != nil {
		return t, err
	}
	for i := range vectors.Arith {
		v := &vectors.Arith[i]
		f, ok := arithmetic[v.F]
		if !ok {
			return t, fmt.Errorf("vector %d: there is no function %q", i, v.F)
		}
		got := f(v)
		t.check(got == v.Y, "vector %d: %s gives %d, want %d", i, v.F, got, v.Y)
	}
	return t, nil
}
