package runner

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/regular"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// ShareRequest is an evaluation whose result goes to a file.
type ShareRequest struct {
	EvalRequest
	Folder  string // for the file
	Version string // of the program
	// Calibrate are the files of the calibration, and CalibrateHow the settings
	// with which they were read.
	Calibrate    []string
	CalibrateHow string
}

// ShareReport says what became of a shard.
type ShareReport struct {
	File  string `json:"file"`
	ID    string `json:"id"`
	Shard string `json:"shard,omitempty"` // "" = all of it
	// Skipped says that the file was there before and nothing was run.
	Skipped bool `json:"skipped"`
	// Runs counts samples times cells: those of the shard, and all.
	Runs int64 `json:"runs"`
	Of   int64 `json:"of"`
	// Evaluation is nil for a shard that is not all.
	Evaluation *EvalReport `json:"evaluation,omitempty"`
	Seconds    float64     `json:"seconds"`
}

// Share does a shard of an evaluation and writes its result to a file that is
// named after everything that decides it. If the file is there already, nothing
// is run. As with Eval a network that a target cannot run is a result, and the
// first such error is returned after the file was written; such a file is made
// again, so that trying again does not turn the error into a success.
func Share(ctx context.Context, q *ShareRequest) (*ShareReport, diag.List, error) {
	start := time.Now()
	e := &evaluation{EvalRequest: &q.EvalRequest, seconds: map[int]float64{}}
	if err := e.open(ctx); err != nil {
		return nil, e.diags, err
	}
	r, err := q.result(e)
	if err != nil {
		return nil, e.diags, err
	}
	s := &ShareReport{ID: r.ID, Shard: r.Shard, File: filepath.Join(q.Folder, r.FileName()), Of: int64(len(r.Cells)) * int64(r.Samples)}
	for _, p := range q.Shard.parts(len(r.Cells), r.Samples) {
		s.Runs += int64(p.to - p.from)
	}
	var refused error
	if old, err := ReadResult(s.File); err == nil && old.ID == r.ID && old.Shard == r.Shard && !old.refuses() {
		s.Skipped, r = true, old
	} else {
		if refused = e.run(ctx, q.Shard); refused != nil && !Refused(refused) {
			return nil, e.diags, refused
		}
		r.Results = e.results
		if err := errors.Join(r.seal(), r.check(), os.MkdirAll(q.Folder, 0o777)); err != nil {
			return nil, e.diags, err
		}
		if err := r.Write(s.File); err != nil {
			return nil, e.diags, err
		}
	}
	if r.Shard == "" {
		if s.Evaluation, err = e.tabulated(r); err != nil {
			return nil, e.diags, err
		}
	}
	s.Seconds = time.Since(start).Seconds()
	return s, e.diags, refused
}

// refuses tells whether a target could not run the network.
func (r *Result) refuses() bool {
	return slices.ContainsFunc(r.Results, func(c CellResult) bool { return c.Error != "" })
}

// tabulated returns the report of a whole result, with times if it was run
// just now.
func (e *evaluation) tabulated(r *Result) (*EvalReport, error) {
	if len(e.results) > 0 {
		return e.report()
	}
	x, err := r.Report(e.Metrics)
	x.File = e.File
	return x, err
}

// result returns the head of the result file.
func (q *ShareRequest) result(e *evaluation) (*Result, error) {
	r := &Result{Format: resultFormat, Samples: e.data.Samples, Steps: e.data.Steps, Cells: e.cells}
	if !q.Shard.whole() {
		r.Shard = q.Shard.String()
	}
	var err error
	if r.Question, err = q.question(e.data.ports); err != nil {
		return nil, err
	}
	r.ID, err = r.Question.id()
	return r, err
}

func (q *ShareRequest) question(ports []Port) (Question, error) {
	x := Question{Version: q.Version, Network: q.Net.Name}
	var err error
	if x.NetworkHash, err = networkHash(q.Net); err != nil {
		return x, err
	}
	calibrationLabels, profile := "", ""
	var auto *autoQuestion
	if a := q.Auto; a != nil {
		auto = &autoQuestion{a.Spikes, a.Calibrate, a.Budget, a.Minimise, a.Profile}
		auto.Data.Labels = ""
		if strings.HasSuffix(a.Profile, ".json") { // a file, not a name
			auto.Profile, profile = "", a.Profile
		}
		q.Calibrate = a.Files
		calibrationLabels = a.Spikes.Labels
	}
	for i, files := range [][]string{q.Inputs, q.Calibrate} {
		use := [...]string{"", "calibration "}[i]
		for _, file := range files {
			i, path, err := portOf(ports, file)
			if err != nil {
				return x, err
			}
			if err := x.hash(use+ports[i].Name, path); err != nil {
				return x, err
			}
		}
	}
	if err := errors.Join(x.hash("labels", q.Spikes.Labels), x.hash("calibration labels", calibrationLabels), x.hash("profile", profile)); err != nil {
		return x, err
	}
	opt, how := q.Passes, q.Spikes
	how.Labels = ""
	var targets []string
	for _, t := range q.Targets {
		name := ReferenceName
		if t != nil {
			name = t.Name()
		}
		targets = append(targets, name)
	}
	b, err := json.Marshal(struct {
		Targets   []string
		Widths    []Width
		Passes    passes.Options
		Data      spike.Options
		Levels    Levels
		Calibrate string
		Auto      *autoQuestion
	}{targets, q.Widths, opt, how, q.Levels, q.CalibrateHow, auto})
	x.Options = string(b)
	return x, err
}

// autoQuestion is what decides the result of --auto beside its files.
type autoQuestion struct {
	Data      spike.Options
	Calibrate int
	Budget    float64
	Minimise  Minimise
	Profile   string
}

// hash notes the bytes of a file, if there is one, and what it is for.
func (q *Question) hash(what, path string) error {
	if path == "" {
		return nil
	}
	f, _, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	q.Data = append(q.Data, what+":"+hex.EncodeToString(h.Sum(nil)))
	return nil
}

// networkHash returns the SHA-256 of a network, whatever file it came from: of
// its text form and of its arrays.
func networkHash(n *ir.Network) (string, error) {
	h := sha256.New()
	var b []byte
	err := ir.Print(h, n, ir.PrintOptions{Arrays: func(name string, t ir.Tensor) error {
		b = fmt.Appendf(b[:0], "%s %v %d\n", name, t.Shape, t.Stored())
		for i := range t.Stored() {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(t.At(i)))
		}
		_, err := h.Write(b)
		return err
	}})
	return hex.EncodeToString(h.Sum(nil)), err
}

// Text writes what became of the shard.
func (s *ShareReport) Text(w io.Writer) error {
	if s.Evaluation != nil {
		if err := s.Evaluation.Text(w); err != nil {
			return err
		}
	}
	did := "wrote " + s.File
	if s.Skipped {
		did = s.File + " was there: nothing was run"
	}
	what := "all of"
	if s.Shard != "" {
		what = fmt.Sprintf("shard %s, %s of", s.Shard, term.Count(s.Runs))
	}
	_, err := fmt.Fprintf(w, "%s (%s %s runs of a sample)\n", did, what, term.Count(s.Of))
	return err
}

// MergeReport says what merge wrote.
type MergeReport struct {
	File       string      `json:"file"`
	ID         string      `json:"id"`
	Evaluation *EvalReport `json:"evaluation"`
}

// Text writes the table and the file.
func (m *MergeReport) Text(w io.Writer) error {
	if err := m.Evaluation.Text(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "wrote %s\n", m.File)
	return err
}

// ShardOf reads a shard from I/N, or from what a batch system says of its task
// if it is auto or auto/N; env looks a variable up. See docs/shard.md.
func ShardOf(text string, env func(string) string) (Shard, error) {
	auto, count, given := strings.Cut(text, "/")
	if auto != "auto" {
		return ParseShard(text)
	}
	number := func(name string) (int, error) {
		x, err := strconv.Atoi(env(name))
		if err != nil {
			return 0, fmt.Errorf("%s=%q in the environment is not a number", name, env(name))
		}
		return x, nil
	}
	var index, first, step, total int
	var err error
	switch {
	case env("SLURM_ARRAY_TASK_ID") != "":
		step = 1
		if index, err = number("SLURM_ARRAY_TASK_ID"); err != nil {
			return Shard{}, err
		}
		if first, err = number("SLURM_ARRAY_TASK_MIN"); err != nil {
			return Shard{}, err
		}
		if env("SLURM_ARRAY_TASK_STEP") != "" {
			if step, err = number("SLURM_ARRAY_TASK_STEP"); err != nil || step < 1 {
				return Shard{}, fmt.Errorf("SLURM_ARRAY_TASK_STEP=%q is not a step", env("SLURM_ARRAY_TASK_STEP"))
			}
		}
		if total, err = number("SLURM_ARRAY_TASK_COUNT"); err != nil {
			return Shard{}, err
		}
		index = (index - first) / step
	case env("JOB_COMPLETION_INDEX") != "":
		if index, err = number("JOB_COMPLETION_INDEX"); err != nil {
			return Shard{}, err
		}
		if !given && env(shardsEnv) == "" {
			return Shard{}, fmt.Errorf("JOB_COMPLETION_INDEX is set, but Kubernetes does not say how many completions there are: write --shard auto/N, or set %s=N", shardsEnv)
		}
		if !given {
			if total, err = number(shardsEnv); err != nil {
				return Shard{}, err
			}
		}
	default:
		return Shard{}, errors.New("auto finds neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX in the environment; write --shard I/N")
	}
	if given {
		if total, err = strconv.Atoi(count); err != nil {
			return Shard{}, fmt.Errorf("%s: %q is not a number of shards", text, count)
		}
	}
	return ParseShard(Shard{index + 1, total}.String())
}

// shardsEnv is the environment's number of shards where a batch system gives a
// task's number alone.
const shardsEnv = "SYNFIRE_SHARDS"
