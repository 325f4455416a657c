package spike

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxToken is the room for one number and its separator in a line.
const maxToken = 32

// readCSV reads a raster (a line a step, n zeros and ones) or a list of events
// (lines t,i, with or without the header "t,i" or "step,channel"). Numbers are
// separated by commas or white space. form is raster, events or empty: then
// the header, the number of columns and the values decide. steps is the length
// of a raster of events, 0 for as many as they need.
func readCSV(r io.Reader, form Form, steps, n int) (*Raster, error) {
	c := newCSV(r, n)
	if err := c.next(); err != nil {
		return nil, err
	}
	if c.isHeader() {
		if form == FormRaster {
			return nil, fmt.Errorf("line 1 is the header of an event list, and --form %s was asked for", form)
		}
		form = FormEvents
		c.fields = c.fields[:0]
	} else if form == "" {
		form = c.guess()
	}
	switch {
	case form == FormRaster:
		return c.raster()
	case form == FormEvents:
		e, err := c.events()
		if err != nil {
			return nil, err
		}
		return e.raster(steps, n)
	case form != "":
		return nil, fmt.Errorf("form %q is none of a csv file (%s and %s are)", form, FormRaster, FormEvents)
	case n == 2:
		return c.rasterOrEvents(steps)
	}
	return nil, fmt.Errorf("line 1 has %d columns; a raster of this network has %d, an event list has 2", len(c.fields), n)
}

// csvReader yields the lines of a file. Empty lines are allowed at the end
// only: inside a raster they would be steps.
type csvReader struct {
	s      *bufio.Scanner
	n      int
	line   int
	fields []string
}

func newCSV(r io.Reader, n int) *csvReader {
	s := bufio.NewScanner(r)
	s.Buffer(nil, max(4096, n*maxToken))
	return &csvReader{s: s, n: n}
}

// next reads the next line into fields; at the end fields is empty.
func (c *csvReader) next() error {
	c.fields = c.fields[:0]
	empty := 0
	for c.s.Scan() {
		c.line++
		text := strings.TrimSpace(c.s.Text())
		if text == "" {
			empty = c.line
			continue
		}
		if empty != 0 {
			return fmt.Errorf("line %d is empty", empty)
		}
		return c.split(text)
	}
	if errors.Is(c.s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d is longer than %d channels can need", c.line+1, c.n)
	}
	return c.s.Err()
}

// split cuts a line at commas, each with white space around it, or else at
// white space.
func (c *csvReader) split(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		before := len(c.fields)
		c.fields = append(c.fields, strings.Fields(part)...)
		if len(c.fields) == before {
			return fmt.Errorf("line %d: column %d is empty", c.line, before+1)
		}
	}
	return nil
}

// isHeader tells whether the line is the header of an event list.
func (c *csvReader) isHeader() bool {
	h := strings.ToLower(strings.Join(c.fields, ","))
	return h == "t,i" || h == "step,channel"
}

// guess decides by the number of columns, if they can; two columns and two
// channels they cannot.
func (c *csvReader) guess() Form {
	switch {
	case len(c.fields) == c.n && c.n != 2 || len(c.fields) == 0:
		return FormRaster
	case len(c.fields) == 2 && c.n != 2:
		return FormEvents
	}
	return ""
}

// raster reads the current line and all that follow as steps.
func (c *csvReader) raster() (*Raster, error) {
	r, err := New(0, c.n)
	if err != nil {
		return nil, err
	}
	for len(c.fields) > 0 {
		if len(c.fields) != c.n {
			return nil, fmt.Errorf("line %d has %d columns, the raster has %d channels", c.line, len(c.fields), c.n)
		}
		if len(r.Words)+r.Stride > MaxBits/64 {
			return nil, fmt.Errorf("line %d: the raster is over the limit of %d bits", c.line, MaxBits)
		}
		t := r.Steps
		r.Words = append(r.Words, make([]uint64, r.Stride)...)
		r.Steps++
		for i, f := range c.fields {
			one, ok := parseBit(f)
			if !ok {
				return nil, fmt.Errorf("line %d: value %q at [t=%d, i=%d]; %s", c.line, f, t, i, valueHint)
			}
			if one {
				r.Set(t, i)
			}
		}
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	if r.Steps == 0 {
		return nil, errors.New("the file is empty: a raster has a line a step")
	}
	return r, nil
}

// parseBit parses 0 or 1, also as written by numpy.savetxt (1.000e+00).
func parseBit(s string) (one, ok bool) {
	if s == "0" || s == "1" {
		return s == "1", true
	}
	v, err := strconv.ParseFloat(s, 64)
	return v == 1, err == nil && (v == 0 || v == 1)
}

// events reads the current line, if it is no header, and all that follow.
func (c *csvReader) events() (*eventList, error) {
	e := &eventList{}
	first := c.line
	if len(c.fields) == 0 { // a header came before
		first++
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	for len(c.fields) > 0 {
		if len(c.fields) != 2 {
			return nil, fmt.Errorf("line %d has %d columns, an event has 2: t,i", c.line, len(c.fields))
		}
		for _, f := range c.fields {
			v, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %q is not an integer; an event is t,i", c.line, f)
			}
			e.pairs = append(e.pairs, v)
		}
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	e.place = func(k int) string { return fmt.Sprintf("line %d", first+k) }
	return e, nil
}

// rasterOrEvents reads two columns for two channels.
func (c *csvReader) rasterOrEvents(steps int) (*Raster, error) {
	if len(c.fields) != 2 {
		return nil, fmt.Errorf("line 1 has %d columns; a raster of this network and an event list have 2", len(c.fields))
	}
	if strings.ContainsAny(c.fields[0]+c.fields[1], ".eE") {
		return c.raster() // floats are never events
	}
	e, err := c.events()
	if err != nil {
		return nil, err
	}
	return e.twoColumns(steps)
}

// WriteEventsCSV writes the spikes as lines t,i below the header "t,i",
// ordered by step and channel.
func WriteEventsCSV(w io.Writer, r *Raster) error {
	b := bufio.NewWriter(w)
	b.WriteString("t,i\n") // errors are kept and returned by Flush
	var line []byte
	for t := range r.Steps {
		r.Each(t, func(i int) {
			line = strconv.AppendInt(line[:0], int64(t), 10)
			line = append(line, ',')
			line = strconv.AppendInt(line, int64(i), 10)
			b.Write(append(line, '\n'))
		})
	}
	return b.Flush()
}
