package proofs

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// nirCase is a network of another framework with what it did there.
type nirCase struct {
	Network string  `json:"network"`
	DT      float64 `json:"dt"`
	Compat  string  `json:"compat"`
	Reset   string  `json:"reset"`
	Node    string  `json:"node"`
	// nir-raster
	Input  string `json:"input"`
	Expect string `json:"expect"`
	// nir-trace
	CSV        string  `json:"csv"`
	VScale     float64 `json:"v_scale"`
	VTolerance float64 `json:"v_tolerance"`
}

// load reads the network and steps it as the case says.
func (c *nirCase) load(ctx context.Context, dir string) (*eval.Program, ir.NodeID, error) {
	n, _, err := frontend.Open(filepath.Join(dir, c.Network), frontend.Options{})
	if err != nil {
		return nil, ir.NoNode, err
	}
	s := &passes.State{Net: n, Opt: passes.Options{DT: c.DT, Compat: c.Compat, Keep: []string{c.Node}}}
	if c.Reset != "" {
		if s.Opt.Reset, err = ir.ParseReset(c.Reset); err != nil {
			return nil, ir.NoNode, err
		}
	}
	if err := passes.Run(ctx, s, passes.ToReference, passes.Hooks{}); err != nil {
		return nil, ir.NoNode, err
	}
	id := s.Net.Lookup(c.Node)
	if id == ir.NoNode {
		return nil, id, fmt.Errorf("%s has no population %q", c.Network, c.Node)
	}
	p, err := eval.Compile(s.Net)
	if err == nil && len(p.Inputs()) != 1 {
		err = fmt.Errorf("%s has %d inputs, a case feeds one", c.Network, len(p.Inputs()))
	}
	return p, id, err
}

// nirRaster compares the spikes of one population with a raster, bit by bit,
// in the network's own time.
func nirRaster(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c nirCase
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	p, id, err := c.load(ctx, dir)
	if err != nil {
		return t, err
	}
	in, err := readRaster(filepath.Join(dir, c.Input))
	if err != nil {
		return t, err
	}
	want, err := readRaster(filepath.Join(dir, c.Expect))
	if err != nil {
		return t, err
	}
	res, err := eval.Run(ctx, p, eval.Stimulus{{Raster: in}}, eval.Options{
		Steps: want.Steps, Probes: []eval.Probe{{Node: id, What: eval.Spikes}},
	})
	if err != nil {
		return t, err
	}
	return t, compareRaster(&t, c.Node, want, res.Recordings[0].Raster)
}

func readRaster(path string) (*spike.Raster, error) {
	a, err := npy.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := spike.FromArray(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// nirTrace feeds the first column of a csv file into a network of one neuron
// and compares its potential and spikes with the other two.
func nirTrace(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c nirCase
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	if c.VScale == 0 {
		c.VScale = 1
	}
	p, id, err := c.load(ctx, dir)
	if err != nil {
		return t, err
	}
	rows, err := readTrace(filepath.Join(dir, c.CSV))
	if err != nil {
		return t, err
	}
	input := make([][]float64, len(rows))
	for i := range rows {
		input[i] = rows[i][:1]
	}
	res, err := eval.Run(ctx, p, eval.Stimulus{{Rows: input}}, eval.Options{Steps: len(rows), Probes: []eval.Probe{
		{Node: id, What: eval.Spikes}, {Node: id, What: eval.Potential},
	}})
	if err != nil {
		return t, err
	}
	for i, row := range rows {
		spiked := res.Recordings[0].Raster.Get(i, 0)
		t.check(spiked == (row[2] != 0), "step %d: spike %v, want %v", i, spiked, row[2] != 0)
		v, want := res.Recordings[1].Trace[i][0], row[1]/c.VScale
		t.check(math.Abs(v-want) <= c.VTolerance, "step %d: v %.9g, want %.9g within %g", i, v, want, c.VTolerance)
	}
	return t, nil
}

// maxRows bounds the length of a csv trace.
const maxRows = 1 << 20

// readTrace reads rows of input, v and spike.
func readTrace(path string) ([][]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = 3
	var rows [][]float64
	for {
		rec, err := r.Read()
		if err == io.EOF && len(rows) > 0 {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(rows) == maxRows {
			return nil, fmt.Errorf("%s: more than %d rows", path, maxRows)
		}
		row := make([]float64, 3)
		for i, s := range rec {
			if row[i], err = strconv.ParseFloat(strings.TrimSpace(s), 64); err != nil {
				return nil, fmt.Errorf("%s: row %d: %w", path, len(rows)+1, err)
			}
		}
		rows = append(rows, row)
	}
}
