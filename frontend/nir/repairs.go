package nir

import (
	"fmt"
	"strings"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/ir"
)

// repairs collects notes and warnings. What is said of many nodes in the same
// words becomes one diagnostic at the first of them that counts the others.
type repairs struct {
	list  []repair
	index map[string]int // code and text -> entry of list
}

type repair struct {
	severity         diag.Severity
	code, hint, text string
	places           []string
}

func (r *repairs) note(code, place, hint, format string, args ...any) {
	r.add(diag.Note, code, place, hint, fmt.Sprintf(format, args...))
}

func (r *repairs) warn(code, place, hint, format string, args ...any) {
	r.add(diag.Warning, code, place, hint, fmt.Sprintf(format, args...))
}

func (r *repairs) add(s diag.Severity, code, place, hint, text string) {
	key := code + text
	if i, ok := r.index[key]; ok {
		r.list[i].places = append(r.list[i].places, place)
		return
	}
	if r.index == nil {
		r.index = map[string]int{}
	}
	r.index[key] = len(r.list)
	r.list = append(r.list, repair{s, code, hint, text, []string{place}})
}

// diagnostics returns the repairs as diagnostics.
func (r *repairs) diagnostics() diag.List {
	var l diag.List
	for i := range r.list {
		p := &r.list[i]
		text := p.text
		if others := p.places[1:]; len(others) > 0 {
			text += fmt.Sprintf("; the same at %s", others[0][strings.LastIndexByte(others[0], '/')+1:])
			if len(others) > 1 {
				text += fmt.Sprintf(" and %d more places", len(others)-1)
			}
		}
		l = append(l, diag.Diagnostic{Severity: p.severity, Code: p.code, Path: p.places[0], Hint: p.hint, Msg: text})
	}
	return l
}

// record notes the diagnostics in the network, where they stay on record.
func record(n *ir.Network, l diag.List) {
	for i := range l {
		text := l[i].Msg
		if l[i].Path != "" {
			text = l[i].Path + ": " + text
		}
		n.Notes = append(n.Notes, ir.Note{Code: l[i].Code, Text: text})
	}
}
