package ir

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// tokenKind is the kind of a token of the text form.
type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // name or keyword; also > and >=
	tokString           // text holds the value
	tokNumber           // text holds the number and its unit, as written
	tokArray            // @name; text holds the name
	tokPunct            // { } [ ] , : ; ? ->
	tokBad              // text holds what is wrong
)

// token is one token and its place; line and col count from 1, col in
// characters. first says that a statement may start here.
type token struct {
	kind      tokenKind
	text      string
	line, col int
	first     bool
}

// String describes the token for messages.
func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokBad:
		return t.text
	case tokArray:
		return "@" + t.text
	}
	return strconv.Quote(t.text)
}

// lexer cuts a text into tokens.
type lexer struct {
	src       []byte
	pos       int
	line, col int
	first     bool
}

func newLexer(src []byte) *lexer { return &lexer{src: src, line: 1, col: 1, first: true} }

// advance moves over n bytes that hold no line break.
func (l *lexer) advance(n int) {
	l.col += utf8.RuneCount(l.src[l.pos : l.pos+n])
	l.pos += n
}

// space skips white space, semicolons and comments.
func (l *lexer) space() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\n':
			l.pos++
			l.line, l.col, l.first = l.line+1, 1, true
		case c == ';':
			l.first = true
			l.advance(1)
		case c == ' ' || c == '\t' || c == '\r':
			l.advance(1)
		case c == '/' && l.peek(1) == '/':
			l.advance(l.span(func(c byte) bool { return c != '\n' }))
		default:
			return
		}
	}
}

// peek returns the byte n places ahead, 0 behind the end.
func (l *lexer) peek(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

// span returns how many bytes from here on satisfy ok.
func (l *lexer) span(ok func(byte) bool) int {
	n := 0
	for l.pos+n < len(l.src) && ok(l.src[l.pos+n]) {
		n++
	}
	return n
}

// next returns the next token.
func (l *lexer) next() token {
	l.space()
	t := token{line: l.line, col: l.col, first: l.first}
	l.first = false
	if l.pos == len(l.src) {
		return t
	}
	var n int
	t.kind, t.text, n = l.scan()
	l.advance(n)
	return t
}

// scan returns the token that starts here and its length in bytes.
func (l *lexer) scan() (kind tokenKind, text string, n int) {
	c := l.src[l.pos]
	switch {
	case isLetter(c):
		n = wordLen(l.src[l.pos:])
		return tokWord, string(l.src[l.pos : l.pos+n]), n
	case c == '"':
		return l.quoted(0, tokString)
	case c == '@' && l.peek(1) == '"':
		return l.quoted(1, tokArray)
	case c == '@':
		l.pos++
		n = l.span(func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' })
		l.pos--
		if n == 0 {
			return tokBad, "an @ without the name of an array", 1
		}
		return tokArray, string(l.src[l.pos+1 : l.pos+1+n]), n + 1
	case c == '-' && l.peek(1) == '>':
		return tokPunct, "->", 2
	case isDigit(c) || c == '-' || c == '+' || c == '.':
		n = l.numberLen()
		return tokNumber, string(l.src[l.pos : l.pos+n]), n
	case c == '>' && l.peek(1) == '=':
		return tokWord, ">=", 2
	case c == '>':
		return tokWord, ">", 1
	}
	for _, p := range []byte("{}[],:?") {
		if c == p {
			return tokPunct, string(p), 1
		}
	}
	r, size := utf8.DecodeRune(l.src[l.pos:])
	if unicode.IsLetter(r) {
		return tokBad, fmt.Sprintf("the letter %q outside of quotes", r), size
	}
	return tokBad, fmt.Sprintf("the character %q", r), size
}

// quoted scans a string after skip bytes. Escapes are those of Go.
func (l *lexer) quoted(skip int, kind tokenKind) (tokenKind, string, int) {
	n := skip + 1
	for {
		switch c := l.peek(n); {
		case l.pos+n >= len(l.src) || c == '\n':
			return tokBad, "a string without an end on its line", n
		case c == '\\' && l.peek(n+1) != '\n':
			n += 2
			if l.pos+n > len(l.src) {
				return tokBad, "a string without an end on its line", n - 1
			}
			continue
		case c != '"':
			n++
			continue
		}
		n++
		s, err := strconv.Unquote(string(l.src[l.pos+skip : l.pos+n]))
		if err != nil {
			return tokBad, "a string with a bad escape", n
		}
		return kind, s, n
	}
}

// numberLen returns the length of a sign, digits, a fraction, an exponent and
// a unit. What is no number is left to parseQuantity to refuse.
func (l *lexer) numberLen() int {
	n := 1
	for isDigit(l.peek(n)) || l.peek(n) == '.' {
		n++
	}
	if c := l.peek(n); c == 'e' || c == 'E' {
		k := n + 1
		if s := l.peek(k); s == '+' || s == '-' {
			k++
		}
		if isDigit(l.peek(k)) {
			for isDigit(l.peek(k)) {
				k++
			}
			n = k
		}
	}
	for isLetter(l.peek(n)) || isDigit(l.peek(n)) || l.peek(n) == 0xc2 && l.peek(n+1) == 0xb5 || l.peek(n) == 0xb5 {
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordLen returns the length of the word at the start of s: letters, digits,
// "_" and ".", and "-" between two of them.
func wordLen(s []byte) int {
	inner := func(i int) bool { return i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '.') }
	n := 0
	if len(s) == 0 || !isLetter(s[0]) {
		return 0
	}
	for inner(n) || n < len(s) && s[n] == '-' && inner(n+1) {
		n++
	}
	return n
}

// quoteName returns a name as it is written: bare if it is a word.
func quoteName(s string) string {
	if s != "" && wordLen([]byte(s)) == len(s) {
		return s
	}
	return strconv.Quote(s)
}
