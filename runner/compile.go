package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// PassTime is how long a pass took.
type PassTime struct {
	Pass    string  `json:"pass"`
	Seconds float64 `json:"seconds"`
}

// Watch lets a user look into the pipeline.
type Watch struct {
	PrintAfter string    // name of a pass after which the network is printed; "" = none
	Print      io.Writer // to here
	DumpDir    string    // folder for a file after each pass; "" = none
	Times      []PassTime
}

// Check says if PrintAfter is no pass.
func (w *Watch) Check() error {
	if w.PrintAfter == "" || slices.Contains(passes.Names(), w.PrintAfter) {
		return nil
	}
	return fmt.Errorf("there is no pass %q (one of %q)", w.PrintAfter, passes.Names())
}

func (w *Watch) hooks() passes.Hooks {
	return passes.Hooks{
		Time: func(pass string, d time.Duration) {
			w.Times = append(w.Times, PassTime{pass, d.Seconds()})
		},
		After: w.after,
	}
}

func (w *Watch) after(pass string, s *passes.State) error {
	if w.PrintAfter == pass {
		if err := ir.Print(w.Print, s.Net, ir.PrintOptions{Arrays: byName}); err != nil {
			return err
		}
	}
	if w.DumpDir == "" {
		return nil
	}
	if err := os.MkdirAll(w.DumpDir, 0o777); err != nil {
		return err
	}
	name := fmt.Sprintf("%02d_%s.snn", slices.Index(passes.Names(), pass)+1, pass)
	_, err := frontend.Save(filepath.Join(w.DumpDir, name), s.Net)
	return err
}

// byName leaves large arrays out of what is printed: their names stand there.
func byName(string, ir.Tensor) error { return nil }

// TimesText lists the times of the passes.
func TimesText(times []PassTime) string {
	t := term.Table{Right: []bool{false, true}}
	total := 0.0
	for _, p := range times {
		t.Add(p.Pass, term.Duration(time.Duration(p.Seconds*float64(time.Second))))
		total += p.Seconds
	}
	t.Add("all passes", term.Duration(time.Duration(total*float64(time.Second))))
	return t.Indent("  ")
}

// NoFitError says that a network does not fit its target.
type NoFitError struct {
	Fit *passes.Fit
	// File is the network's file, for the report.
	File string
}

// Error returns the first line of the report, without the code.
func (e *NoFitError) Error() string { return noFitHeadline(e.Fit) }

// Compiled is a network compiled for a target.
type Compiled struct {
	State *passes.State
	Image []byte
}

// Discretize runs the passes that decide the meaning of a network, so that
// the reference can execute it.
func Discretize(ctx context.Context, n *ir.Network, opt passes.Options, w *Watch) (*passes.State, error) {
	s := &passes.State{Net: n, Opt: opt}
	return s, passes.Run(ctx, s, passes.ToReference, w.hooks())
}

// Compile compiles a network. If it does not fit, the error is a *NoFitError
// whose fixes have been compiled; the state is returned in any case.
func Compile(ctx context.Context, n *ir.Network, file string, t *Target, opt passes.Options, w *Watch) (*Compiled, error) {
	c := &Compiled{State: &passes.State{Net: n, Target: t.Target, Opt: opt}}
	s := c.State
	if err := passes.Run(ctx, s, passes.ToImage, w.hooks()); err != nil {
		return c, err
	}
	if fit := s.Report.Fit; fit != nil && !fit.Fits {
		var err error
		if fit.Fixes, err = passes.FindFixes(ctx, n, s); err != nil {
			return c, err
		}
		return c, &NoFitError{Fit: fit, File: file}
	}
	var err error
	c.Image, err = t.Encode(s.Net, s.Map, opt.Target)
	return c, err
}

// Digest returns the SHA-256 of an image in hexadecimal.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Findings returns the diagnostics of the passes, and what they assumed about
// the network as notes. What the frontend assumed it has said itself.
func Findings(before *ir.Network, s *passes.State) diag.List {
	l := slices.Clone(s.Diags)
	for _, note := range s.Net.Notes {
		if !slices.Contains(before.Notes, note) {
			l = append(l, diag.Diagnostic{Severity: diag.Note, Code: note.Code, Msg: note.Text})
		}
	}
	return l
}

// Merge appends the diagnostics of more that l does not hold yet.
func Merge(l, more diag.List) diag.List {
	for _, d := range more {
		if !slices.Contains(l, d) {
			l = append(l, d)
		}
	}
	return l
}

// isAre is the verb of n things.
func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// plural returns "1 core" or "2 cores".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") {
		what = strings.TrimSuffix(what, "y") + "ie"
	}
	return term.Count(int64(n)) + " " + what + "s"
}
