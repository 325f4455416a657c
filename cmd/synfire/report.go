package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/cliargs"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
	"github.com/urfave/cli/v2"
)

// The exit codes.
const (
	exitFine        = 0
	exitDifference  = 1
	exitUsage       = 2
	exitNoFit       = 3
	exitUnsupported = 4
	exitInterrupted = 130
)

// unsupportedCodes is how the codes of diagnostics start that say that a
// target cannot do what the network asks for.
const unsupportedCodes = "E05"

// maxMessages caps the diagnostics shown on a terminal.
const maxMessages = 30

// failure is an error with the exit code it stands for. shown says that the
// user has already been told.
type failure struct {
	code  int
	err   error
	hint  string
	shown bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(msg, hint string) error {
	return &failure{code: exitUsage, err: errors.New(msg), hint: hint}
}

// exitCode returns the code an error ends the program with.
func exitCode(err error) int {
	var f *failure
	var list *diag.ListError
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &list) && slices.ContainsFunc(list.List, unsupported):
		return exitUnsupported
	}
	return exitUsage
}

func unsupported(d diag.Diagnostic) bool {
	return d.Severity == diag.Error && strings.HasPrefix(d.Code, unsupportedCodes)
}

// result is what a verb found out. Its fields are the JSON form.
type result interface {
	// Text writes the result for people.
	Text(w io.Writer) error
}

// output collects what a verb has to say.
type output struct {
	file   string // that diagnostics without a file are about
	diags  diag.List
	result result
}

// envelope is the JSON form of every verb, errors included.
type envelope struct {
	Schema      string    `json:"schema"`
	Version     string    `json:"version"`
	Exit        int       `json:"exit"`
	Diagnostics diag.List `json:"diagnostics"`
	Result      result    `json:"result,omitempty"`
}

// action makes a verb of a function: it reports what the function found, as
// text or as JSON.
func action(f func(c *cli.Context, out *output) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		var out output
		err := f(c, &out)
		if c.Bool("json") {
			return out.json(c, err)
		}
		return out.text(c, err)
	}
}

func (o *output) text(c *cli.Context, err error) error {
	if shown := o.visible(c, err); len(shown) > 0 {
		if perr := shown.Print(c.App.ErrWriter, maxMessages); perr != nil {
			return perr
		}
	}
	if o.result != nil {
		if terr := o.result.Text(c.App.Writer); terr != nil {
			return terr
		}
	}
	var list *diag.ListError
	if errors.As(err, &list) {
		return &failure{code: exitCode(err), err: err, shown: true}
	}
	return err
}

// visible returns the diagnostics that are shown: those collected and those
// in err, without repetition, errors only if the user wants quiet.
func (o *output) visible(c *cli.Context, err error) diag.List {
	var shown diag.List
	all := slices.Clone(o.diags)
	var list *diag.ListError
	if errors.As(err, &list) {
		all = append(all, list.List...)
	}
	all.SetFile(o.file)
	for _, d := range all {
		if c.Bool("quiet") && d.Severity < diag.Error || slices.Contains(shown, d) {
			continue
		}
		shown = append(shown, d)
	}
	return shown
}

func (o *output) json(c *cli.Context, err error) error {
	e := envelope{
		Schema: schema(verbOf(c)), Version: version, Exit: exitCode(err),
		Diagnostics: o.visible(c, err), Result: o.result,
	}
	if err != nil && !e.Diagnostics.HasErrors() {
		e.Diagnostics = append(e.Diagnostics, plain(err))
	}
	if werr := e.write(c.App.Writer); werr != nil {
		return werr
	}
	if err == nil {
		return nil
	}
	return &failure{code: e.Exit, err: err, shown: true}
}

func (e *envelope) write(w io.Writer) error {
	e.Diagnostics.Sort()
	if e.Diagnostics == nil {
		e.Diagnostics = diag.List{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

// verbOf returns the verb with its parents: "run", "target-show".
func verbOf(c *cli.Context) string {
	return strings.ReplaceAll(strings.TrimPrefix(c.Command.HelpName, c.App.Name+" "), " ", "-")
}

// schema names the JSON form of a verb. The number counts incompatible changes.
func schema(verb string) string { return "synfire/" + verb + "/1" }

// plain returns an error that is no diagnostic as one.
func plain(err error) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Error, Msg: message(err), Hint: hint(err)}
}

func message(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return err.Error()
}

func hint(err error) string {
	var f *failure
	var a *cliargs.Error
	h := spike.Hint(err)
	switch {
	case errors.As(err, &f):
		h = f.hint
	case errors.As(err, &a):
		h = a.Hint
	}
	if h == "" && errors.Is(err, fs.ErrNotExist) {
		h = "look for a typing error; names start in the folder that the command runs in"
	}
	return h
}

// finish tells the user about an error that no verb has shown yet and returns
// the exit code.
func finish(err error, args []string, stdout, stderr io.Writer) int {
	code := exitCode(err)
	var f *failure
	if err == nil || errors.As(err, &f) && f.shown {
		return code
	}
	if slices.Contains(args, "--json") {
		verb := "synfire"
		if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
			verb = args[1]
		}
		e := envelope{Schema: schema(verb), Version: version, Exit: code, Diagnostics: diag.List{plain(err)}}
		if e.write(stdout) == nil {
			return code
		}
	}
	fmt.Fprintf(stderr, "synfire: %s\n", message(err))
	if h := hint(err); h != "" {
		fmt.Fprintf(stderr, "  hint: %s\n", h)
	}
	return code
}
