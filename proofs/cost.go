package proofs

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/tile"
	"github.com/synfire/synfire/internal/spike"
)

// costCase is a network with its mapping, and what another simulator counted.
type costCase struct {
	Network       string  `json:"network"`
	Timing        string  `json:"timing"`
	Expect        string  `json:"expect"` // folder of perf.csv and spikes.csv
	Profile       string  `json:"profile"`
	TimeTolerance float64 `json:"time_tolerance"` // a fraction; 0 is equal to the digits
}

// costTrace runs a network with a cost profile and compares every spike and,
// step by step, every count, energy and time.
func costTrace(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c costCase
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	rows, err := readPerf(filepath.Join(dir, c.Expect, "perf.csv"))
	if err != nil {
		return t, err
	}
	res, err := c.run(ctx, dir, len(rows))
	if err != nil {
		return t, err
	}
	want, err := readSpikes(filepath.Join(dir, c.Expect, "spikes.csv"), res.Spikes.Steps, res.Spikes.N)
	if err != nil {
		return t, err
	}
	if err := compareRaster(&t, "spikes", want, res.Spikes); err != nil {
		return t, err
	}
	for i, row := range rows {
		if err := c.compare(&t, i, row, &res.Steps[i]); err != nil {
			return t, fmt.Errorf("%s/perf.csv: step %d: %w", c.Expect, i+1, err)
		}
	}
	return t, nil
}

func (c *costCase) run(ctx context.Context, dir string, steps int) (*tile.Result, error) {
	data, err := readFile(filepath.Join(dir, c.Network))
	if err != nil {
		return nil, err
	}
	net, err := tile.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Network, err)
	}
	profile, err := cost.Open(c.Profile)
	if err != nil {
		return nil, err
	}
	prog, err := tile.Compile(net, profile, cost.SynapseDense)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Network, err)
	}
	return tile.Run(ctx, prog, tile.Options{Steps: steps, Timing: c.Timing})
}

// compare compares a step with a row. The simulator counts in floating point,
// in joules and seconds, and prints 7 digits: a sum of ours must round to the
// same digits. Its network energy includes both ends of the axons.
func (c *costCase) compare(t *tally, i int, row map[string]string, s *tile.Step) error {
	e := &s.Energy
	total := e.Total()
	if !total.Known() {
		return fmt.Errorf("%d events have no price in profile %s", total.Unpriced, c.Profile)
	}
	const joule, second = 1e15, 1e10 // in units of ours
	for _, x := range []struct {
		column string
		got    int64
		unit   int64
	}{
		{"timestep", int64(i + 1), 1},
		{"fired", s.Fired, 1},
		{"updated", s.Updated, 1},
		{"packets", s.Counts[cost.AxonOut], 1},
		{"hops", s.Hops(), 1},
		{"spikes", s.Counts[cost.SynapseDense], 1},
		{"synapse_energy", e[cost.Synapse].FJ, joule},
		{"dendrite_energy", e[cost.Dendrites].FJ, joule},
		{"soma_energy", e[cost.Soma].FJ, joule},
		{"network_energy", e[cost.Axon].FJ + e[cost.Network].FJ, joule},
		{"total_energy", total.FJ, joule},
		{"sim_time", s.Time, second},
	} {
		tolerance := 0.0
		if x.column == "sim_time" {
			tolerance = c.TimeTolerance
		}
		ok, err := printsAs(x.got, x.unit, row[x.column], tolerance)
		if err != nil {
			return fmt.Errorf("%s: %w", x.column, err)
		}
		t.check(ok, "step %d: %s is %d/%d, want %s", i+1, x.column, x.got, x.unit, row[x.column])
	}
	return nil
}

// printsAs tells whether got/unit rounds to the printed decimal: it is at most
// half a unit of the last printed digit away, or a fraction of the value.
func printsAs(got, unit int64, printed string, fraction float64) (bool, error) {
	mantissa, exp, hasExp := strings.Cut(printed, "e")
	if !hasExp {
		exp = "0"
	}
	_, decimals, _ := strings.Cut(mantissa, ".")
	want, ok := new(big.Rat).SetString(mantissa + "e" + exp)
	power, err := strconv.Atoi(exp)
	if !ok || err != nil || len(printed) > 32 || power < -99 || power > 99 {
		return false, fmt.Errorf("%q is not a decimal", printed)
	}
	margin, ok := new(big.Rat).SetString(fmt.Sprintf("0.5e%d", power-len(decimals)))
	if !ok {
		return false, fmt.Errorf("%q is not a decimal", printed)
	}
	if f := new(big.Rat).SetFloat64(fraction); f != nil {
		if f.Mul(f, want); f.Cmp(margin) > 0 {
			margin = f
		}
	}
	diff := new(big.Rat).Sub(big.NewRat(got, unit), want)
	return diff.Abs(diff).Cmp(margin) <= 0, nil
}

// readPerf reads a csv file of a row a step, by the names in its header.
func readPerf(path string) ([]map[string]string, error) {
	recs, err := readCSV(path)
	if err != nil {
		return nil, err
	}
	var rows []map[string]string
	for _, rec := range recs[1:] {
		row := map[string]string{}
		for k, name := range recs[0] {
			row[name] = rec[k]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// readSpikes reads lines of group.neuron,step, with the first step 1.
func readSpikes(path string, steps, neurons int) (*spike.Raster, error) {
	recs, err := readCSV(path)
	if err != nil {
		return nil, err
	}
	r, err := spike.New(steps, neurons)
	if err != nil {
		return nil, err
	}
	for i, rec := range recs[1:] {
		_, number, ok := strings.Cut(rec[0], ".")
		n, err1 := strconv.Atoi(number)
		t, err2 := strconv.Atoi(rec[1])
		if !ok || err1 != nil || err2 != nil || n < 0 || n >= neurons || t < 1 || t > steps {
			return nil, fmt.Errorf("%s: row %d: %v is not a spike of the network", path, i+2, rec)
		}
		r.Set(t-1, n)
	}
	return r, nil
}

// maxRecords bounds the rows of a csv file.
const maxRecords = 1 << 24

// readCSV reads a csv file with a header of at least two columns.
func readCSV(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	var recs [][]string
	for {
		rec, err := r.Read()
		if err == io.EOF && len(recs) > 0 && len(recs[0]) > 1 {
			return recs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(recs) == maxRecords {
			return nil, fmt.Errorf("%s: more than %d rows", path, maxRecords)
		}
		recs = append(recs, rec)
	}
}
