// Package wfdb reads records of the waveform database of PhysioNet: a header
// (.hea) and signal files of format 212.
//
// The layout is that of the "WFDB Applications Guide" (G. Moody, PhysioNet),
// the pages header(5) and signal(5). Read are records of one segment, signals
// of one sample a frame without skew, all in files of format 212, in which
// two samples of 12 bits (two's complement) share three bytes. Everything else
// is an error that names it. First value and checksum of each signal are
// verified where the header has them.
//
// Files are hostile until proven otherwise: a header is bounded, names no file
// outside its own folder, and memory is taken after the size of the file has
// proved that the samples are there.
package wfdb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	maxHeader  = 1 << 20 // bytes
	maxSignals = 256
	// MaxSamples bounds the samples of all signals of a record together.
	MaxSamples = 1 << 27

	defaultFrequency = 250
	defaultGain      = 200
)

// Signal describes one signal of a record.
type Signal struct {
	File        string // of the samples, beside the header
	Offset      int    // bytes in File before the samples
	Gain        float64
	Baseline    int    // the sample that means 0
	Units       string // of the physical value
	Description string

	initial  *int // first sample, if the header has it
	checksum *int // sum of the samples modulo 2^16, if the header has it
}

// Header is what a .hea file says.
type Header struct {
	Record    string
	Frequency float64 // samples a second
	Samples   int     // of each signal; 0 if the header does not say
	Signals   []Signal
}

// ParseHeader reads the text of a .hea file. Errors name the line.
func ParseHeader(text []byte) (*Header, error) {
	if len(text) > maxHeader {
		return nil, fmt.Errorf("a header of more than %d bytes", maxHeader)
	}
	var h *Header
	signals := 0
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, maxHeader+1)
	for line := 1; scanner.Scan(); line++ {
		fields := strings.Fields(scanner.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		var err error
		switch {
		case h == nil:
			h, signals, err = parseRecord(fields)
		case len(h.Signals) == signals:
			err = fmt.Errorf("a line beyond those of %d signals", signals)
		default:
			err = h.parseSignal(fields)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	switch {
	case scanner.Err() != nil:
		return nil, scanner.Err()
	case h == nil:
		return nil, errors.New("the header has no record line")
	case len(h.Signals) != signals:
		return nil, fmt.Errorf("the header describes %d of %d signals", len(h.Signals), signals)
	}
	return h, nil
}

// parseRecord reads: name, number of signals, frequency, number of samples;
// time and date may follow.
func parseRecord(f []string) (*Header, int, error) {
	if len(f) < 2 {
		return nil, 0, errors.New("a record line holds at least a name and the number of signals")
	}
	if strings.Contains(f[0], "/") {
		return nil, 0, fmt.Errorf("record %q has segments, which are not supported; give one segment's header", f[0])
	}
	h := &Header{Record: f[0], Frequency: defaultFrequency}
	signals, err := strconv.Atoi(f[1])
	if err != nil || signals < 1 || signals > maxSignals {
		return nil, 0, fmt.Errorf("%q is not a number of signals from 1 to %d", f[1], maxSignals)
	}
	if len(f) > 2 {
		text, _, _ := strings.Cut(f[2], "/") // a counter frequency may follow
		h.Frequency, err = strconv.ParseFloat(text, 64)
		if err != nil || !(h.Frequency > 0) || math.IsInf(h.Frequency, 0) {
			return nil, 0, fmt.Errorf("%q is not a sampling frequency", f[2])
		}
	}
	if len(f) > 3 {
		h.Samples, err = strconv.Atoi(f[3])
		if err != nil || h.Samples < 0 || h.Samples > MaxSamples/signals {
			return nil, 0, fmt.Errorf("%q is not a number of samples; a record of %d signals has at most %d", f[3], signals, MaxSamples/signals)
		}
	}
	return h, signals, nil
}

// parseSignal reads: file, format, gain, resolution, zero, initial value,
// checksum, block size, description. All but the first two may be missing.
func (h *Header) parseSignal(f []string) error {
	if len(f) < 2 {
		return errors.New("a signal line holds at least a file and a format")
	}
	s := Signal{File: f[0], Gain: defaultGain, Units: "mV"}
	if s.File != filepath.Base(s.File) || strings.ContainsAny(s.File, `/\`) || s.File == "." || s.File == ".." {
		return fmt.Errorf("signal file %q is not a file beside the header", s.File)
	}
	if err := s.parseFormat(f[1]); err != nil {
		return err
	}
	zero, err := optionalInt(f, 4, "ADC zero")
	if err != nil {
		return err
	}
	if zero != nil {
		s.Baseline = *zero
	}
	if len(f) > 2 {
		if err := s.parseGain(f[2]); err != nil {
			return err
		}
	}
	if s.initial, err = optionalInt(f, 5, "initial value"); err != nil {
		return err
	}
	if s.checksum, err = optionalInt(f, 6, "checksum"); err != nil {
		return err
	}
	if len(f) > 8 {
		s.Description = strings.Join(f[8:], " ")
	}
	h.Signals = append(h.Signals, s)
	return nil
}

// parseFormat reads 212, with the offset of "212+N".
func (s *Signal) parseFormat(text string) error {
	format, offset, has := strings.Cut(text, "+")
	if format != "212" {
		return fmt.Errorf("signal format %q is not supported (212 is, with one sample a frame and no skew)", text)
	}
	if has {
		n, err := strconv.Atoi(offset)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not an offset in bytes", offset)
		}
		s.Offset = n
	}
	return nil
}

// parseGain reads GAIN(BASELINE)/UNITS. A gain of 0 stands for the default.
func (s *Signal) parseGain(text string) error {
	gain, units, has := strings.Cut(text, "/")
	if has {
		s.Units = units
	}
	if at := strings.IndexByte(gain, '('); at >= 0 {
		n, err := strconv.Atoi(strings.TrimSuffix(gain[at+1:], ")"))
		if err != nil || !strings.HasSuffix(gain, ")") || !in32(n) {
			return fmt.Errorf("%q is not a gain with a baseline", text)
		}
		s.Baseline, gain = n, gain[:at]
	}
	g, err := strconv.ParseFloat(gain, 64)
	if err != nil || math.IsNaN(g) || math.IsInf(g, 0) {
		return fmt.Errorf("%q is not a gain", text)
	}
	if g != 0 {
		s.Gain = g
	}
	return nil
}

func optionalInt(f []string, i int, what string) (*int, error) {
	if i >= len(f) {
		return nil, nil
	}
	n, err := strconv.Atoi(f[i])
	if err != nil || !in32(n) {
		return nil, fmt.Errorf("%s %q is not an integer of 32 bits", what, f[i])
	}
	return &n, nil
}

func in32(n int) bool { return n >= math.MinInt32 && n <= math.MaxInt32 }
