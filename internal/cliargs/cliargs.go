// Package cliargs puts the arguments of a command into the order that the
// standard flag parser understands: flags first, then "--", then the rest.
// That parser stops reading flags at the first positional argument, but
// people write "synfire run net.nir --target loihi1".
//
// The rules are those of GNU getopt_long: flags stand anywhere, "--" ends
// them, "-" alone and negative numbers are positional arguments. A flag that
// takes a value takes the next argument, whatever it looks like, unless that
// is itself a flag of the command: then the value was forgotten.
package cliargs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Flag is what has to be known of a flag to find its value.
type Flag struct {
	Names []string // without dashes
	Value bool     // whether it takes a value
}

// Error is a mistake in the arguments, and what to do about it.
type Error struct{ Msg, Hint string }

// Error returns the message without the hint.
func (e *Error) Error() string { return e.Msg }

// Permute returns args with flags and their values first, then "--" and the
// positional arguments. Unknown flags and missing values are an *Error.
func Permute(args []string, flags []Flag) ([]string, error) {
	var front, rest []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if !isFlag(a) {
			rest = append(rest, a)
			continue
		}
		name, _, inline := strings.Cut(strings.TrimLeft(a, "-"), "=")
		f := find(flags, name)
		if f == nil {
			return nil, unknown(a, name, flags)
		}
		front = append(front, a)
		if !f.Value || inline {
			continue
		}
		if i+1 == len(args) || names(args[i+1], flags) {
			return nil, &Error{
				Msg:  fmt.Sprintf("flag %s needs a value", a),
				Hint: fmt.Sprintf("write %s VALUE, or %s=VALUE if the value starts with a dash", a, a),
			}
		}
		i++
		front = append(front, args[i])
	}
	return append(append(front, "--"), rest...), nil
}

// isFlag tells whether an argument is meant as a flag.
func isFlag(a string) bool {
	if len(a) < 2 || a[0] != '-' {
		return false
	}
	_, err := strconv.ParseFloat(a, 64)
	return err != nil
}

func find(flags []Flag, name string) *Flag {
	i := slices.IndexFunc(flags, func(f Flag) bool { return slices.Contains(f.Names, name) })
	if i < 0 {
		return nil
	}
	return &flags[i]
}

// names tells whether an argument names a flag of the command.
func names(a string, flags []Flag) bool {
	if a == "--" {
		return true
	}
	name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
	return isFlag(a) && find(flags, name) != nil
}

func unknown(arg, name string, flags []Flag) *Error {
	e := &Error{Msg: fmt.Sprintf("unknown flag %s", strings.SplitN(arg, "=", 2)[0])}
	var all []string
	for _, f := range flags {
		all = append(all, f.Names...)
	}
	if near := Nearest(name, all); near != "" {
		e.Hint = "did you mean " + dashed(near) + "?"
	}
	return e
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// Nearest returns the candidate that a typing mistake could have turned into
// word: about a third of the letters differ at most. Ties go to the first; ""
// if none is near.
func Nearest(word string, candidates []string) string {
	best, least := "", 1+max(1, (len(word)+2)/3)
	for _, c := range candidates {
		if len(c) < 2 {
			continue
		}
		d := distance(word, c)
		if strings.HasPrefix(c, word) && len(word) > 1 {
			d = 1
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment, by bytes).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
