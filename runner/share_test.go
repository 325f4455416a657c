package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

// sharing is an evaluation with rows of each kind, disturbances, and a width
// that loihi1 does not have.
func sharing(t *testing.T, data, folder string, shard Shard) *ShareRequest {
	return &ShareRequest{
		EvalRequest: EvalRequest{
			Net: parse(t, "network net {\n  dt 1ms"+twoLayers+"\n}"), Targets: []*Target{nil, integerTarget, loihiTarget}, Widths: []Width{{Bits: 8}, {Bits: 2, Readout: 7}},
			Inputs: []string{data}, Levels: Levels{Mismatch: []float64{0.5}, InputNoise: []float64{0.1}, DropSpikes: []float64{0.2}, Seeds: 2}, Shard: shard,
		},
		Folder: folder, Version: "test",
	}
}

// shareIt runs a shard; a width that a target does not have is no failure.
func shareIt(t *testing.T, q *ShareRequest) *ShareReport {
	t.Helper()
	s, _, err := Share(t.Context(), q)
	if s == nil || err != nil && !Refused(err) {
		t.Fatal(err)
	}
	return s
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMergeIsTheWhole: however an evaluation is divided, merge gives the bytes
// that one machine writes, on any number of threads.
func TestMergeIsTheWhole(t *testing.T) {
	data := classesFile(t, 23, 8, 6)
	want := readFile(t, shareIt(t, sharing(t, data, t.TempDir(), Shard{})).File)
	for _, count := range []int{2, 4, 7} {
		folder := t.TempDir()
		for i := range count {
			q := sharing(t, data, folder, Shard{i + 1, count})
			q.Threads = 1 + i%3
			if s := shareIt(t, q); s.Skipped || s.Shard != fmt.Sprintf("%d/%d", i+1, count) {
				t.Fatalf("%+v", s)
			}
		}
		r, in, err := MergeResults([]string{folder})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(in, r.FileName())
		if err := r.Write(path); err != nil {
			t.Fatal(err)
		}
		if got := readFile(t, path); !bytes.Equal(got, want) {
			t.Fatalf("%d shards: other bytes than in one piece:\n%.2000s\nnot\n%.2000s", count, got, want)
		}
		// The whole lies beside its shards now.
		if again, _, err := MergeResults([]string{folder}); err != nil || again.Digest != r.Digest {
			t.Errorf("merged again: %v", err)
		}
		if count == 2 {
			report, err := r.Report(false)
			if err != nil || len(report.Rows) != 7 || report.Rows[6].Error == "" || len(report.Rows[5].Robustness) != 3 {
				t.Errorf("%v: %+v", err, report)
			}
		}
	}
}

// TestCellResultRoundTrip: no field hides another in the file.
func TestCellResultRoundTrip(t *testing.T) {
	want := CellResult{
		Cell: Cell{Target: "ref", Width: Width{Bits: 2, Readout: 8, Auto: true}, Disturbance: &Disturbance{DropSpikes, 0.25, 3}},
		From: 1, To: 2, Error: "e", Predicted: []int{4}, Labelled: true, Correct: 1, Ties: 1, Populations: []CellPopulation{{"a", []int64{5}}},
		Work: &Work{Spikes: 6}, Operations: &Operations{ACs: 7}, Auto: &AutoReport{Target: "ref"}, SpikeHash: "8",
	}
	b, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	var got CellResult
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestParts: all samples of all cells belong to one shard, and no shard has
// more than one more than another.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells, samples, count := rapid.IntRange(1, 9).Draw(t, "cells"), rapid.IntRange(1, 50).Draw(t, "samples"), rapid.IntRange(1, 30).Draw(t, "count")
		at, least, most := 0, cells*samples, 0
		for i := range count {
			n := 0
			for _, p := range (Shard{i + 1, count}).parts(cells, samples) {
				if p.cell*samples+p.from != at || p.to > samples || p.to <= p.from {
					t.Fatalf("part %+v at %d", p, at)
				}
				at += p.to - p.from
				n += p.to - p.from
			}
			least, most = min(least, n), max(most, n)
		}
		if at != cells*samples || most-least > 1 {
			t.Fatalf("%d of %d runs, %d to %d a shard", at, cells*samples, least, most)
		}
	})
}

// TestShareSkips: a file that is there and whole is not made again; one that is
// damaged is. Another question has another name.
func TestShareSkips(t *testing.T) {
	data, folder := classesFile(t, 6, 4, 6), t.TempDir()
	request := func() *ShareRequest {
		q := sharing(t, data, folder, Shard{1, 2})
		q.Levels = Levels{}
		return q
	}
	first := shareIt(t, request())
	want := readFile(t, first.File)
	if s := shareIt(t, request()); !s.Skipped || s.File != first.File {
		t.Errorf("%+v", s)
	}
	for name, broken := range map[string][]byte{
		"cut": want[:len(want)/2], "changed": bytes.Replace(want, []byte(`"correct":`), []byte(`"correct":1`), 1), "empty": {},
	} {
		if err := os.WriteFile(first.File, broken, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadResult(first.File); err == nil || spike.Hint(err) == "" {
			t.Errorf("%s: error %v", name, err)
		}
		if s := shareIt(t, request()); s.Skipped || !bytes.Equal(readFile(t, s.File), want) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for name, change := range map[string]func(q *ShareRequest){
		"version": func(q *ShareRequest) { q.Version = "other" },
		"network": func(q *ShareRequest) {
			q.Net = parse(t, "network net {\n  dt 1ms"+strings.Replace(twoLayers, "0.5", "0.51", 1)+"\n}")
		},
		"data":     func(q *ShareRequest) { q.Inputs = []string{classesFile(t, 7, 4, 6)} },
		"steps":    func(q *ShareRequest) { q.Spikes.Steps = 3 },
		"widths":   func(q *ShareRequest) { q.Widths = q.Widths[:1] },
		"targets":  func(q *ShareRequest) { q.Targets = q.Targets[:1] },
		"options":  func(q *ShareRequest) { q.Passes.DecayBits = map[string]int{"a": 3} },
		"levels":   func(q *ShareRequest) { q.Levels = Levels{Mismatch: []float64{0.1}, Seeds: 1} },
		"shard":    func(q *ShareRequest) { q.Shard.Index = 2 },
		"division": func(q *ShareRequest) { q.Shard.Count = 3 },
	} {
		q := request()
		change(q)
		if s := shareIt(t, q); s.Skipped || s.File == first.File {
			t.Errorf("another %s: %+v", name, s)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	data, folder := classesFile(t, 6, 4, 6), t.TempDir()
	shard := func(i, n, samples int) string {
		q := sharing(t, data, folder, Shard{i, n})
		q.Levels, q.Spikes.Limit = Levels{}, samples
		return shareIt(t, q).File
	}
	one, two, foreign, third := shard(1, 2, 6), shard(2, 2, 6), shard(2, 2, 5), shard(2, 3, 6)
	double := filepath.Join(folder, "copy.json")
	if err := os.WriteFile(double, readFile(t, one), 0o666); err != nil {
		t.Fatal(err)
	}
	note := write(t, "note.json", `{"format": "synfire-baseline/1"}`)
	for _, x := range []struct {
		files []string
		want  string
	}{
		{[]string{one}, "1 of 2 shards is missing: 2/2"},
		{[]string{one, two, double}, "are both shard 1/2"},
		{[]string{one, foreign}, "belongs to another evaluation than "},
		{[]string{one, third}, "they were divided in different ways"},
		{[]string{one, note}, "the format is"},
		{[]string{one, filepath.Join(folder, "none.json")}, "none.json"},
		{[]string{t.TempDir()}, "no result files"},
	} {
		_, _, err := MergeResults(x.files)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), folder+"/", ""), x.want) {
			t.Errorf("error %v, want %q", err, x.want)
		} else if spike.Hint(err) == "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no hint with %v", err)
		}
	}
	if _, _, err := MergeResults([]string{two, one, two}); err != nil {
		t.Error(err)
	}
}

func TestShardOf(t *testing.T) {
	slurm := map[string]string{"SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_COUNT": "4"}
	stepped := map[string]string{"SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_STEP": "2", "SLURM_ARRAY_TASK_COUNT": "4"}
	pod := map[string]string{"JOB_COMPLETION_INDEX": "0", "SYNFIRE_SHARDS": "4"}
	for _, x := range []struct {
		text string
		env  map[string]string
		want string // or a part of the error
	}{
		{"3/4", slurm, "3/4"},
		{"auto", slurm, "3/4"},
		{"auto", stepped, "3/4"},
		{"auto", pod, "1/4"},
		{"auto/8", map[string]string{"JOB_COMPLETION_INDEX": "7"}, "8/8"},
		{"auto", map[string]string{"JOB_COMPLETION_INDEX": "7"}, "write --shard auto/N"},
		{"auto/4", map[string]string{"JOB_COMPLETION_INDEX": "4"}, "not of the form"},
		{"auto", map[string]string{"SLURM_ARRAY_TASK_ID": "1"}, "SLURM_ARRAY_TASK_MIN"},
		{"auto", nil, "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX"},
		{"auto/x", pod, `"x" is not a number`},
		{"0/4", nil, "not of the form"},
		{"5/4", nil, "not of the form"},
		{"1/2/3", nil, "not of the form"},
		{"+1/2", nil, "not of the form"},
		{"", nil, "not of the form"},
		{"1/99999999", nil, "not of the form"},
	} {
		s, err := ShardOf(x.text, func(k string) string { return x.env[k] })
		if got := s.String(); err == nil && got != x.want || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q %v: %s, %v, want %s", x.text, x.env, got, err, x.want)
		}
	}
}

// TestDisturbedByNothing: a disturbance of level 0 changes no spike, though
// ir/eval stands in for the chip; noise of level 1 is the opposite of the input.
func TestDisturbedByNothing(t *testing.T) {
	data := classesFile(t, 5, 10, 6)
	q := sharing(t, data, t.TempDir(), Shard{})
	q.Widths, q.Targets = []Width{{Bits: 4}, {}}, append(q.Targets, spinnakerTarget)
	q.Levels = Levels{Mismatch: []float64{0, 0.3}, InputNoise: []float64{0, 0.3}, DropSpikes: []float64{0, 0.3}, Seeds: 2}
	r, err := ReadResult(shareIt(t, q).File)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	var base *CellResult
	seen := map[string]string{}
	for i := range r.Results {
		x := &r.Results[i]
		switch d := x.Disturbance; {
		case x.Error != "": // a width that the target does not have
		case d == nil:
			ran++
			base = x
			seen = map[string]string{}
		case d.Level == 0 && x.SpikeHash != base.SpikeHash:
			t.Errorf("%s is not what it is without", x.name())
		case d.Level != 0:
			if other, ok := seen[x.SpikeHash]; ok || x.SpikeHash == base.SpikeHash {
				t.Errorf("%s is as %s", x.name(), other)
			}
			seen[x.SpikeHash] = x.name()
		}
	}
	if ran != 7 { // float, ref at 4 bits, and two widths of three targets but one
		t.Errorf("%d rows could be run", ran)
	}
}

func TestSeedSpread(t *testing.T) {
	var s SeedSpread
	for _, x := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		s.add(x)
	}
	if s.Mean != 5 || s.Min != 2 || s.Max != 9 || s.Std*s.Std*7 < 31.999 || s.Std*s.Std*7 > 32.001 {
		t.Errorf("%+v", s)
	}
	one := SeedSpread{}
	if one.add(3); one.Mean != 3 || one.Std != 0 || one.Min != 3 || one.Max != 3 {
		t.Errorf("%+v", one)
	}
}

// TestQuestionTellsUses: a file of classes may belong to the samples that are
// evaluated or to those that --auto searches on, and what comes out differs.
func TestQuestionTellsUses(t *testing.T) {
	data := classesFile(t, 5, 8, 6)
	question := func(labels, calibration string) Question {
		q := sharing(t, data, t.TempDir(), Shard{})
		q.Spikes.Labels = labels
		q.Auto = &AutoRequest{Files: []string{data}, Spikes: spike.Options{Labels: calibration}}
		x, err := q.question([]Port{{Name: "x", Size: 8}})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	a, b := question(data, ""), question("", data)
	if cmp.Equal(a, b) {
		t.Errorf("both are %q of %q", a.Options, a.Data)
	}
	if c := question(data, ""); !cmp.Equal(a, c) {
		t.Errorf("the same question twice: %s", cmp.Diff(a, c))
	}
}
