package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/regular"
	"github.com/synfire/synfire/internal/spike"
)

// resultFormat is the first word of a result file.
const resultFormat = "synfire-result/1"

// maxResult bounds the size of a result file: 1 GiB.
const maxResult = 1 << 30

// Result is an evaluation, or a shard of one, in a file: whatever decides what
// comes out, and what came out. Times and paths are not in it, so that the same
// question gives the same bytes everywhere.
type Result struct {
	Format   string       `json:"format"`
	Question Question     `json:"question"`
	ID       string       `json:"id"`              // SHA-256 of the question
	Shard    string       `json:"shard,omitempty"` // I/N; "" = all of it
	Samples  int          `json:"samples"`
	Steps    int          `json:"steps"`
	Cells    []Cell       `json:"cells"` // of the whole evaluation
	Results  []CellResult `json:"results"`
	// Digest is the SHA-256 of the file with this empty.
	Digest string `json:"digest"`
}

// Question is what decides the result of an evaluation.
type Question struct {
	Version     string   `json:"version"` // of the program
	Network     string   `json:"network"` // name
	NetworkHash string   `json:"network_sha256"`
	Data        []string `json:"data_sha256"` // inputs, labels, calibration
	Options     string   `json:"options"`     // JSON
}

// id returns the hash of the question.
func (q *Question) id() (string, error) {
	b, err := json.Marshal(q)
	return Digest(b), err
}

// FileName returns the name of a result file: the network, the first digits of
// the question's hash, and the shard.
func (r *Result) FileName() string {
	name := strings.Map(func(c rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", c) {
			return c
		}
		return '_'
	}, r.Question.Network)
	name = fmt.Sprintf("%.40s-%.16s", name, r.ID)
	if s, err := ParseShard(r.Shard); err == nil {
		name += fmt.Sprintf(".%dof%d", s.Index, s.Count)
	}
	return name + ".json"
}

// seal fills in the digest.
func (r *Result) seal() error {
	d, err := r.digest()
	r.Digest = d
	return err
}

func (r *Result) digest() (string, error) {
	x := *r
	x.Digest = ""
	h := sha256.New()
	err := x.encode(h)
	return hex.EncodeToString(h.Sum(nil)), err
}

func (r *Result) encode(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// Write writes the file.
func (r *Result) Write(path string) error { return atomicfile.WriteFile(path, r.encode) }

// ReadResult reads a result file and makes sure that it is whole.
func ReadResult(path string) (*Result, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxResult+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxResult {
		return nil, fmt.Errorf("%s: a result file has at most %d bytes", path, maxResult)
	}
	r := &Result{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		err = fmt.Errorf("%s: no result file: %w", path, err)
		if bytes.HasPrefix(data, []byte(`{"format":"`+resultFormat+`"`)) {
			return nil, damaged(err)
		}
		return nil, spike.WithHint(err, writtenBy)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, damaged(fmt.Errorf("%s: something follows the result", path))
	}
	if r.Format != resultFormat {
		return nil, spike.WithHint(fmt.Errorf("%s: no result file: the format is %q, this program reads %q", path, r.Format, resultFormat), writtenBy)
	}
	if err := r.check(); err != nil {
		return nil, damaged(fmt.Errorf("%s: %w", path, err))
	}
	return r, nil
}

// writtenBy is advice about files that are no results: they are not ours to
// delete.
const writtenBy = "eval --results FOLDER --shard I/N writes them"

// damaged advises on a file that is, or was, a result.
func damaged(err error) error {
	return spike.WithHint(err, "delete the file and run its shard again")
}

// check makes sure of what was read.
func (r *Result) check() error {
	if d, err := r.digest(); err != nil || d != r.Digest {
		return errors.New("the content does not match its digest: it was changed, or written by another version")
	}
	if id, err := r.Question.id(); err != nil || id != r.ID {
		return errors.New("the id is not that of its question")
	}
	if r.Samples < 1 || r.Steps < 1 || len(r.Cells) == 0 || int64(r.Samples) > 1<<40/int64(len(r.Cells)) {
		return fmt.Errorf("%d samples of %d steps in %d cells", r.Samples, r.Steps, len(r.Cells))
	}
	shard, err := r.shard()
	if err != nil {
		return err
	}
	parts := shard.parts(len(r.Cells), r.Samples)
	if len(parts) != len(r.Results) {
		return fmt.Errorf("%d results for %d parts", len(r.Results), len(parts))
	}
	for i, p := range parts {
		x := &r.Results[i]
		if !x.same(&r.Cells[p.cell]) || x.From != p.from || x.To != p.to {
			return fmt.Errorf("result %d is samples %d to %d of %s, not samples %d to %d of %s", i, x.From, x.To, x.name(), p.from, p.to, r.Cells[p.cell].name())
		}
		if err := x.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Result) shard() (Shard, error) {
	if r.Shard == "" {
		return Shard{}, nil
	}
	return ParseShard(r.Shard)
}

// Report tabulates a whole result.
func (r *Result) Report(metrics bool) (*EvalReport, error) {
	x := &EvalReport{Network: r.Question.Network, Samples: r.Samples, Steps: r.Steps}
	return x, x.fill(r.Results, metrics)
}

// MergeResults joins the shards of an evaluation, in files or in folders of
// them, to what one machine would have written, and returns the folder of the
// first file.
func MergeResults(paths []string) (r *Result, folder string, err error) {
	files, err := resultFiles(paths)
	if err != nil {
		return nil, "", err
	}
	r, err = mergeFiles(files)
	return r, filepath.Dir(files[0]), err
}

func mergeFiles(files []string) (*Result, error) {
	var first *Result
	var shards []*Result
	var from []string // file of each shard
	for _, path := range files {
		r, err := ReadResult(path)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = r
		}
		if r.ID != first.ID {
			return nil, spike.WithHint(fmt.Errorf("%s belongs to another evaluation than %s: %s", path, files[0], first.Question.differs(&r.Question)), "name the files of one evaluation only")
		}
		if r.Shard == "" {
			if len(files) == 1 {
				return r, nil
			}
			continue // what an earlier merge wrote
		}
		shards, from = append(shards, r), append(from, path)
	}
	if len(shards) == 0 {
		return first, nil
	}
	return join(shards, from)
}

// resultFiles replaces folders by the result files in them.
func resultFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		in, err := resultsIn(path)
		if err != nil {
			return nil, err
		}
		if len(in) == 0 {
			return nil, spike.WithHint(fmt.Errorf("%s: no result files", path), writtenBy)
		}
		out = append(out, in...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// resultsIn lists the .json files of a folder.
func resultsIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".json" && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			out = append(out, filepath.Join(folder, e.Name()))
		}
	}
	return out, nil
}

// join puts all shards together.
func join(shards []*Result, from []string) (*Result, error) {
	count := 0
	at := map[int]int{}
	for i, r := range shards {
		s, err := r.shard()
		if err != nil {
			return nil, err
		}
		if count == 0 {
			count = s.Count
		}
		if s.Count != count {
			return nil, spike.WithHint(fmt.Errorf("%s is shard %s, %s shard %s: they were divided in different ways", from[0], shards[0].Shard, from[i], r.Shard), "name the files of one division only")
		}
		if j, ok := at[s.Index]; ok {
			return nil, spike.WithHint(fmt.Errorf("%s and %s are both shard %s", from[j], from[i], r.Shard), "name one of them")
		}
		at[s.Index] = i
	}
	var missing []string
	for i := 1; i <= count; i++ {
		if _, ok := at[i]; !ok {
			missing = append(missing, fmt.Sprintf("%d/%d", i, count))
		}
	}
	if n := len(missing); n > 0 {
		return nil, spike.WithHint(fmt.Errorf("%d of %d shards %s missing: %s", n, count, isAre(n), strings.Join(missing[:min(n, 10)], ", ")+map[bool]string{true: ", ..."}[n > 10]),
			fmt.Sprintf("run eval with --shard %s, and name all files", missing[0]))
	}
	whole := *shards[0]
	whole.Shard, whole.Results = "", nil
	for i := 1; i <= count; i++ {
		r := shards[at[i]]
		if r.Samples != whole.Samples || r.Steps != whole.Steps || len(r.Cells) != len(whole.Cells) {
			return nil, fmt.Errorf("%s and %s are of different data", from[at[1]], from[at[i]])
		}
		for k := range r.Results {
			if n := len(whole.Results); n > 0 && whole.Results[n-1].same(&r.Results[k].Cell) {
				if err := whole.Results[n-1].join(&r.Results[k]); err != nil {
					return nil, fmt.Errorf("%s: %w", from[at[i]], err)
				}
				continue
			}
			whole.Results = append(whole.Results, r.Results[k])
		}
	}
	if err := whole.seal(); err != nil {
		return nil, err
	}
	return &whole, whole.check()
}

// differs says in what two questions differ.
func (q *Question) differs(r *Question) string {
	var out []string
	for _, x := range []struct {
		what string
		same bool
	}{
		{"the version of the program", q.Version == r.Version},
		{"the network", q.NetworkHash == r.NetworkHash && q.Network == r.Network},
		{"the data", slices.Equal(q.Data, r.Data)},
		{"the options", q.Options == r.Options},
	} {
		if !x.same {
			out = append(out, x.what)
		}
	}
	return strings.Join(out, ", ") + " differ"
}
