// Package page writes one self-contained HTML file of tables and drawings: no
// scripts, no fonts and nothing from a network, which a content security
// policy in the file says to the browser, too. It reads light and dark and on
// paper. All text is escaped, and equal pages have equal bytes.
package page

import (
	_ "embed"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/synfire/synfire/internal/picture"
)

//go:embed page.html
var source string

var tmpl = template.Must(template.New("page").Funcs(template.FuncMap{"keep": keep}).Parse(source))

var inNumber = regexp.MustCompile(`\d \d{3}\b`)

// keep keeps a number in groups of three on one line.
func keep(s string) string {
	return inNumber.ReplaceAllStringFunc(s, func(n string) string { return strings.ReplaceAll(n, " ", "\u00a0") })
}

// Page is what the file shows.
type Page struct {
	Title, Sub string
	Cards      []Card
	Sections   []Section
}

// Card is a figure of the headline. Mood is good, bad or neither.
type Card struct{ What, Value, More, Mood string }

// Section is a chapter. The edge of a sheet may cut a Long one.
type Section struct {
	Title string
	Long  bool
	Parts []Part
}

// Part is what stands in a section; all that is empty is left out.
type Part struct {
	Heading string
	Text    []string
	List    []string
	Code    string
	Table   *Table
	Figure  *Figure
	Note    string
}

// Table is a table.
type Table struct {
	Head []Cell
	Rows [][]Cell
}

// NewTable returns a table with the texts of its head; those that start with
// ">" are aligned to the right.
func NewTable(head ...string) *Table {
	t := &Table{}
	for _, h := range head {
		if len(h) > 0 && h[0] == '>' {
			t.Head = append(t.Head, Number(h[1:]))
		} else {
			t.Head = append(t.Head, Text(h))
		}
	}
	return t
}

// Add appends a row.
func (t *Table) Add(cells ...Cell) { t.Rows = append(t.Rows, cells) }

// Cell is a cell of a table: a text, or a bar Width percent long.
type Cell struct {
	Text  string
	Right bool
	Long  bool // has words that may have to be cut
	Bar   bool
	Full  bool // more than 100 percent
	Width int
}

// Text returns a cell with a text.
func Text(s string) Cell {
	const most = 24 // letters that a word may have and not be cut
	long := func(w string) bool { return utf8.RuneCountInString(w) > most }
	return Cell{Text: s, Long: slices.ContainsFunc(strings.Fields(s), long)}
}

// Number returns a cell whose text is aligned to the right.
func Number(s string) Cell { return Cell{Text: s, Right: true} }

// Bar returns a cell with a bar for a part of a whole.
func Bar(part, whole int64) Cell {
	x := 0.0
	if whole > 0 {
		x = float64(part) / float64(whole)
	}
	return Cell{Bar: true, Width: int(100*min(x, 1) + 0.5), Full: x > 1}
}

// Figure is a drawing.
type Figure struct {
	Width, Height int
	Elements      template.HTML
	Caption       string
	// Paper says that its colours need a light ground.
	Paper bool
	Keys  []Key
}

// Key explains a colour of picture.Series.
type Key struct {
	Series int
	Text   string
}

// NewFigure returns a figure of a drawing, in which all text is escaped.
func NewFigure(width, height int, caption string, s *picture.SVG) *Figure {
	return &Figure{Width: width, Height: height, Elements: template.HTML(s.Elements()), Caption: caption}
}

// Write writes the file.
func (p *Page) Write(w io.Writer) error { return tmpl.Execute(w, p) }
