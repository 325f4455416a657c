package ir

import (
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/diag"
)

// The codes of Parse.
const (
	codeSyntax  = "E0301" // a token that does not belong here
	codeUnknown = "E0302" // a name that no node bears
	codeTwice   = "E0303" // a name or attribute given twice
	codeWord    = "E0304" // an op, attribute or parameter that does not exist
	codeNumber  = "E0305" // a number, unit or list
	codeArray   = "E0306" // an array that cannot be had
	codeDefault = "E0307" // a value that does not follow from the rest
	codeLimit   = "E0308" // nested too deep
)

// maxErrors is how many errors Parse collects before it stops.
const maxErrors = 20

// ParseOptions says where Parse finds arrays.
type ParseOptions struct {
	// Arrays returns the array that the text refers to as @name. If nil,
	// such references are errors.
	Arrays func(name string) (Tensor, error)
}

// Parse reads a network in the text form (docs/snn.md) and verifies it. file
// is the name of the source in messages. The error is a *diag.ListError with
// line and column of each mistake; a node's Origin is its line:column.
func Parse(file string, src []byte, opt ParseOptions) (*Network, error) {
	p := &parser{lex: newLexer(src), opt: opt, arrays: map[string]Tensor{}}
	p.tok = p.lex.next()
	net := p.file()
	if !p.list.HasErrors() {
		p.list = Verify(net)
		for i := range p.list {
			placeFromOrigin(&p.list[i])
		}
	}
	p.list.SetFile(file)
	if err := p.list.Err(); err != nil {
		return nil, err
	}
	return net, nil
}

// origin is the place of a token in the form of Node.Origin.
func (t token) origin() string { return strconv.Itoa(t.line) + ":" + strconv.Itoa(t.col) }

// placeFromOrigin turns a path line:col into a line and a column.
func placeFromOrigin(d *diag.Diagnostic) {
	l, c, _ := strings.Cut(d.Path, ":")
	line, err1 := strconv.Atoi(l)
	col, err2 := strconv.Atoi(c)
	if err1 == nil && err2 == nil {
		d.Line, d.Col, d.Path = line, col, ""
	}
}

// parser reads tokens. After a mistake failed is set, and all reading stands
// still until the statement is given up.
type parser struct {
	lex     *lexer
	tok     token
	depth   int // braces that are open before tok
	opt     ParseOptions
	arrays  map[string]Tensor // loaded already
	list    diag.List
	failed  bool
	stopped bool // too many errors
}

func (p *parser) errorAt(t token, code, hint, format string, args ...any) {
	if p.stopped {
		return
	}
	p.list.Errorf(code, "", hint, format, args...)
	d := &p.list[len(p.list)-1]
	d.Line, d.Col = t.line, t.col
	p.stopped = len(p.list) >= maxErrors
}

// fail reports a mistake and gives up the statement.
func (p *parser) fail(t token, code, hint, format string, args ...any) {
	if !p.failed {
		p.errorAt(t, code, hint, format, args...)
	}
	p.failed = true
}

// take returns the current token and moves on.
func (p *parser) take() token {
	t := p.tok
	if p.failed {
		return t
	}
	switch {
	case p.is(tokPunct, "{"):
		p.depth++
	case p.is(tokPunct, "}"):
		p.depth--
	}
	p.tok = p.lex.next()
	return t
}

func (p *parser) is(kind tokenKind, text string) bool {
	return !p.failed && p.tok.kind == kind && p.tok.text == text
}

// accept takes a punctuation mark if it is next.
func (p *parser) accept(mark string) bool {
	if p.is(tokPunct, mark) {
		p.take()
		return true
	}
	return false
}

func (p *parser) acceptWord(word string) bool {
	if p.is(tokWord, word) {
		p.take()
		return true
	}
	return false
}

func (p *parser) expect(mark, where string) {
	if !p.accept(mark) {
		p.fail(p.tok, codeSyntax, "", "expected %q %s, found %s", mark, where, p.tok)
	}
}

// name takes a bare or quoted name.
func (p *parser) name(what string) token {
	t := p.tok
	if t.kind != tokWord && t.kind != tokString {
		p.fail(t, codeSyntax, "names that are not plain words stand in double quotes", "expected %s, found %s", what, t)
		return t
	}
	return p.take()
}

// str takes a quoted string.
func (p *parser) str(what string) string {
	if p.tok.kind != tokString {
		p.fail(p.tok, codeSyntax, "write it in double quotes", "expected %s, found %s", what, p.tok)
	}
	return p.take().text
}

// file reads the whole text.
func (p *parser) file() *Network {
	if !p.acceptWord("network") {
		p.fail(p.tok, codeSyntax, "a file begins with: network NAME {", "expected network, found %s", p.tok)
		return nil
	}
	net := &Network{Name: p.name("the name of the network").text}
	s := newScope(p, net, nil)
	p.expect("{", "before the statements of the network")
	if p.failed {
		return nil
	}
	s.body()
	if !p.stopped && p.tok.kind != tokEOF {
		p.errorAt(p.tok, codeSyntax, "a file holds one network", "expected the end of the file, found %s", p.tok)
	}
	return net
}

// recover skips the rest of a statement that failed, in a network whose own
// braces are the depth-th: to the next statement or closing brace of that
// network. Where braces were left open, a line that begins like a statement
// is taken for one.
func (p *parser) recover(depth int) {
	p.failed = false
	open := p.depth > depth
	for ; p.tok.kind != tokEOF; p.take() {
		if p.depth <= depth && (p.tok.first || p.is(tokPunct, "}")) {
			return
		}
		if open && beginsStatement(p.tok) {
			p.depth = depth
			return
		}
	}
}

// beginsStatement tells whether a token is sure to begin a statement: it is
// the first of its line, and its word is no attribute of a node.
func beginsStatement(t token) bool {
	return t.first && t.kind == tokWord && t.text != "meta" && slices.Contains(statementWords, t.text)
}
