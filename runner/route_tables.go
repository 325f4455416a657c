package runner

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/passes/tcam"
)

// routerLinks is the number of links of a router in these files, and
// routerEntries what a table of it holds (specs/spinnaker1.md 1.1).
const (
	routerLinks   = 6
	routerEntries = 1023
)

// A routeTable is the table of one chip.
type routeTable struct {
	name    string
	chip    *[2]int
	entries []tcam.Entry
}

// tableForm is how a file writes tables.
type tableForm int

const (
	csvForm  tableForm = iota // key,mask,route[,sources] a line
	listForm                  // one object with rows [key, mask, route, sources]
	chipForm                  // an array of objects with entries that are objects
)

// rowTable is the form of one table with rows.
type rowTable struct {
	Name    string     `json:"name,omitempty"`
	Chip    *[2]int    `json:"chip,omitempty"`
	N       *int       `json:"n,omitempty"`
	Fields  []string   `json:"fields"`
	Entries []tableRow `json:"entries"`
}

// rowFields names the numbers of a row.
var rowFields = []string{"key", "mask", "route", "source_mask"}

type tableRow [4]uint32

// UnmarshalJSON takes three or four whole numbers; the sources may be left out.
func (r *tableRow) UnmarshalJSON(data []byte) error {
	var row []uint32
	if err := json.Unmarshal(data, &row); err != nil {
		return fmt.Errorf("entry %.60s: four whole numbers of 32 bits are expected", data)
	}
	if len(row) != 3 && len(row) != 4 {
		return fmt.Errorf("entry %.60s: it has %d numbers, not key, mask, route and sources", data, len(row))
	}
	*r = tableRow{}
	copy(r[:], row)
	return nil
}

// chipTable is a table of the form with many chips.
type chipTable struct {
	X       int         `json:"x"`
	Y       int         `json:"y"`
	Entries []chipEntry `json:"entries"`
}

type chipEntry struct {
	Key         uint32 `json:"key"`
	Mask        uint32 `json:"mask"`
	Defaultable bool   `json:"defaultable"`
	Route       uint32 `json:"spinnaker_route"`
}

// UnmarshalJSON takes nothing for granted but defaultable: an entry without a
// mask would match every key, one without a route would drop what it matches.
func (e *chipEntry) UnmarshalJSON(data []byte) error {
	var in struct {
		Key, Mask   *uint32
		Defaultable bool
		Route       *uint32 `json:"spinnaker_route"`
	}
	if err := json.Unmarshal(data, &in); err != nil || in.Key == nil || in.Mask == nil || in.Route == nil {
		return fmt.Errorf("entry %.80s: key, mask and spinnaker_route are expected, whole numbers of 32 bits", data)
	}
	*e = chipEntry{*in.Key, *in.Mask, in.Defaultable, *in.Route}
	return nil
}

// readTables reads routing tables in any of the forms, which docs/routing.md
// describes.
func readTables(path string) ([]routeTable, tableForm, error) {
	data, err := readRouteFile(path)
	if err != nil {
		return nil, 0, err
	}
	tables, form, err := parseTables(data)
	if err == nil {
		err = checkTables(tables)
	}
	return tables, form, At(path, err)
}

// checkTables refuses entries that no key matches: a router compares what the
// mask leaves of a packet's key with the whole key of the entry.
func checkTables(tables []routeTable) error {
	for i := range tables {
		for k, e := range tables[i].entries {
			if e.Key&^e.Mask == 0 {
				continue
			}
			where := ""
			if c := tables[i].chip; c != nil {
				where = fmt.Sprintf(" of chip (%d,%d)", c[0], c[1])
			}
			return fmt.Errorf("entry %d%s matches no packet: its key 0x%08x has ones where its mask 0x%08x has zeros (leave it out if it stands for an unused row)", k, where, e.Key, e.Mask)
		}
	}
	return nil
}

func parseTables(data []byte) ([]routeTable, tableForm, error) {
	switch trimmed := bytes.TrimSpace(data); {
	case len(trimmed) == 0:
		return nil, 0, fmt.Errorf("the file is empty")
	case trimmed[0] == '{':
		t, err := parseRows(trimmed)
		return t, listForm, err
	case trimmed[0] == '[':
		t, err := parseChips(trimmed)
		return t, chipForm, err
	}
	t, err := parseCSV(data)
	return t, csvForm, err
}

func parseRows(data []byte) ([]routeTable, error) {
	var in rowTable
	if err := decodeJSON(data, &in); err != nil {
		return nil, err
	}
	if in.Entries == nil {
		return nil, fmt.Errorf("there is no array of entries")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	t := routeTable{name: in.Name, chip: in.Chip, entries: make([]tcam.Entry, len(in.Entries))}
	for i, e := range in.Entries {
		t.entries[i] = tcam.Entry{Key: e[0], Mask: e[1], Route: e[2], Sources: e[3]}
	}
	return []routeTable{t}, nil
}

// check holds what a table says of its rows to the rows.
func (t *rowTable) check() error {
	if t.N != nil && *t.N != len(t.Entries) {
		return fmt.Errorf("n says %d entries, there are %d", *t.N, len(t.Entries))
	}
	for i, name := range t.Fields {
		if i >= len(rowFields) || name != rowFields[i] {
			return fmt.Errorf("the fields of rows are %q: %q are expected, in this order", t.Fields, rowFields)
		}
	}
	return nil
}

func parseChips(data []byte) ([]routeTable, error) {
	var in []chipTable
	if err := decodeJSON(data, &in); err != nil {
		return nil, err
	}
	tables := make([]routeTable, len(in))
	for i, c := range in {
		t := &tables[i]
		t.chip = &[2]int{c.X, c.Y}
		t.entries = make([]tcam.Entry, len(c.Entries))
		for k, e := range c.Entries {
			t.entries[k] = tcam.Entry{Key: e.Key, Mask: e.Mask, Route: e.Route}
			if !e.Defaultable {
				continue
			}
			if bits.OnesCount32(e.Route) != 1 || e.Route >= 1<<routerLinks {
				return nil, fmt.Errorf("entry %d of chip (%d,%d) is marked as defaultable, but its route %#x is not one link", k, c.X, c.Y, e.Route)
			}
			t.entries[k].Sources = 1 << ((bits.TrailingZeros32(e.Route) + routerLinks/2) % routerLinks)
		}
	}
	return tables, nil
}

// parseCSV reads lines of key, mask, route and perhaps sources, decimal or 0x.
func parseCSV(data []byte) ([]routeTable, error) {
	var t routeTable
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || number == 1 && strings.HasPrefix(strings.ToLower(line), "key") {
			continue
		}
		fields := strings.Split(line, ",")
		if len(fields) != 3 && len(fields) != 4 {
			return nil, fmt.Errorf("line %d has %d fields, not key, mask, route and perhaps sources: %.60q", number, len(fields), line)
		}
		var row tableRow
		for i, f := range fields {
			n, err := parseNumber(strings.TrimSpace(f))
			if err != nil {
				return nil, fmt.Errorf("line %d: %.40q is not a number of 32 bits", number, f)
			}
			row[i] = uint32(n)
		}
		t.entries = append(t.entries, tcam.Entry{Key: row[0], Mask: row[1], Route: row[2], Sources: row[3]})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("not a table: %w", err)
	}
	return []routeTable{t}, nil
}

// parseNumber reads a number of 32 bits, decimal (also with zeros in front) or
// 0x.
func parseNumber(s string) (uint64, error) {
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		return strconv.ParseUint(hex, 16, 32)
	}
	return strconv.ParseUint(s, 10, 32)
}

// writeTables writes tables in a form, packed if the path says so.
func writeTables(path string, tables []routeTable, form tableForm) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		if !strings.HasSuffix(path, ".gz") {
			return formatTables(w, tables, form)
		}
		z := gzip.NewWriter(w)
		return cmp.Or(formatTables(z, tables, form), z.Close())
	})
}

func formatTables(w io.Writer, tables []routeTable, form tableForm) error {
	b := bufio.NewWriter(w)
	switch form {
	case csvForm:
		for _, e := range tables[0].entries {
			fmt.Fprintf(b, "0x%08x,0x%08x,0x%08x", e.Key, e.Mask, e.Route)
			if e.Sources != 0 {
				fmt.Fprintf(b, ",0x%08x", e.Sources)
			}
			b.WriteByte('\n')
		}
		return b.Flush()
	case listForm:
		t := tables[0]
		n := len(t.entries)
		out := rowTable{
			Name: t.name, Chip: t.chip, N: &n, Fields: rowFields, Entries: make([]tableRow, n),
		}
		for i, e := range t.entries {
			out.Entries[i] = tableRow{e.Key, e.Mask, e.Route, e.Sources}
		}
		return json.NewEncoder(w).Encode(out)
	}
	out := make([]chipTable, len(tables))
	for i, t := range tables {
		out[i] = chipTable{X: t.chip[0], Y: t.chip[1], Entries: make([]chipEntry, len(t.entries))}
		for k, e := range t.entries {
			out[i].Entries[k] = chipEntry{Key: e.Key, Mask: e.Mask, Route: e.Route, Defaultable: e.Defaultable(routerLinks)}
		}
	}
	return json.NewEncoder(w).Encode(out)
}
