package runner

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/atomicfile"
)

// maxStepRows bounds the lines of a step csv.
const maxStepRows = 1 << 23

// stepCSV collects a line for each chip step.
type stepCSV struct {
	text bytes.Buffer
	rows int
}

// add adds the steps of a sample.
func (c *stepCSV) add(sample int, m *loihi1.Meter) error {
	if c.rows == 0 {
		c.text.WriteString("sample,step,time_ns,critical_core,stalled_ns,queue_depth,spikes,messages,in_flight,energy_pj,unpriced_events")
		for k := range cost.NumComponents {
			fmt.Fprintf(&c.text, ",%s_pj", k)
		}
		for e := range cost.NumEvents {
			fmt.Fprintf(&c.text, ",%s", e)
		}
		c.text.WriteByte('\n')
	}
	if c.rows += len(m.Steps); c.rows > maxStepRows {
		return fmt.Errorf("--step-csv would have more than %d lines: use fewer samples with --limit", maxStepRows)
	}
	for i := range m.Steps {
		s := &m.Steps[i]
		total := s.Energy.Total()
		if m.Timed() {
			fmt.Fprintf(&c.text, "%d,%d,%s,%d,%s,%d", sample, i, decimal(s.Time, 10), s.Timing.Core, decimal(s.Timing.Stalled, 10), s.Timing.Depth)
		} else {
			fmt.Fprintf(&c.text, "%d,%d,,,,", sample, i)
		}
		fmt.Fprintf(&c.text, ",%d,%d,%d,%s,%d", s.Counts[cost.SomaSpike], s.Counts[cost.AxonOut], s.InFlight, decimal(total.FJ, 1000), total.Unpriced)
		for _, a := range s.Energy {
			fmt.Fprintf(&c.text, ",%s", decimal(a.FJ, 1000))
		}
		for _, n := range s.Counts {
			fmt.Fprintf(&c.text, ",%d", n)
		}
		c.text.WriteByte('\n')
	}
	return nil
}

// decimal writes n/parts exactly; parts is 10 or 1000.
func decimal(n int64, parts int64) string {
	s := strconv.FormatInt(n/parts, 10)
	if r := n % parts; r != 0 {
		digits := 1
		if parts == 1000 {
			digits = 3
		}
		s += strings.TrimRight(fmt.Sprintf(".%0*d", digits, r), "0")
	}
	return s
}

func (c *stepCSV) write(path string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(c.text.Bytes())
		return err
	})
}
