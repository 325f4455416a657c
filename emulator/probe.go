package emulator

import (
	"fmt"
	"strconv"
	"strings"
)

// Var is a quantity that a probe records.
type Var string

// The quantities: spikes, the synaptic current u, the membrane potential v.
const (
	Spikes  Var = "spikes"
	Current Var = "u"
	Voltage Var = "v"
)

// Probe asks for a quantity of some neurons of a population: Lo, Lo+Step, ...
// below Hi, by flat index. Hi -1 is the end of the population.
type Probe struct {
	Population   string
	Var          Var
	Lo, Hi, Step int
}

// ParseProbe reads the form NAME[.VAR][SLICE], where VAR is spikes (if left
// out), u or v and SLICE is [i], [lo:hi] or [lo:hi:step] with lo and hi
// optional: "hidden", "hidden.v", "hidden.u[0:10]", "hidden.spikes[3]". A
// population whose own name ends in such a suffix needs the suffix twice.
func ParseProbe(s string) (Probe, error) {
	p := Probe{Population: s, Var: Spikes, Hi: -1, Step: 1}
	if open := strings.LastIndexByte(s, '['); open >= 0 && strings.HasSuffix(s, "]") {
		if err := p.parseSlice(s[open+1 : len(s)-1]); err != nil {
			return Probe{}, fmt.Errorf("probe %q: %w", s, err)
		}
		p.Population = s[:open]
	}
	for _, v := range []Var{Spikes, Current, Voltage} {
		if name, ok := strings.CutSuffix(p.Population, "."+string(v)); ok {
			p.Population, p.Var = name, v
			break
		}
	}
	if p.Population == "" {
		return Probe{}, fmt.Errorf("probe %q has no population name (want NAME, NAME.v, NAME.u[0:10] or NAME.spikes[3])", s)
	}
	return p, nil
}

func (p *Probe) parseSlice(s string) error {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return fmt.Errorf("slice [%s] has more than lo:hi:step", s)
	}
	set := func(to *int, text string, optional bool) error {
		if text == "" && optional {
			return nil
		}
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return fmt.Errorf("slice [%s]: %q is not a neuron index", s, text)
		}
		*to = int(n)
		return nil
	}
	if err := set(&p.Lo, parts[0], len(parts) > 1); err != nil {
		return err
	}
	if len(parts) == 1 {
		p.Hi = p.Lo + 1
		return nil
	}
	if err := set(&p.Hi, parts[1], true); err != nil {
		return err
	}
	if len(parts) == 3 {
		if err := set(&p.Step, parts[2], true); err != nil {
			return err
		}
	}
	if p.Step == 0 || p.Hi >= 0 && p.Hi < p.Lo {
		return fmt.Errorf("slice [%s] is empty or has step 0", s)
	}
	return nil
}

// String returns the canonical form, which ParseProbe reads back.
func (p Probe) String() string {
	s := p.Population + "." + string(p.Var)
	switch {
	case p.Lo == 0 && p.Hi < 0 && p.Step == 1:
		return s
	case p.Hi == p.Lo+1 && p.Step == 1:
		return fmt.Sprintf("%s[%d]", s, p.Lo)
	}
	hi := ""
	if p.Hi >= 0 {
		hi = strconv.Itoa(p.Hi)
	}
	if p.Step == 1 {
		return fmt.Sprintf("%s[%d:%s]", s, p.Lo, hi)
	}
	return fmt.Sprintf("%s[%d:%s:%d]", s, p.Lo, hi, p.Step)
}

// Neurons returns the flat indices that the probe means in a population of n
// neurons. An index outside the population is an error.
func (p Probe) Neurons(n int) ([]int, error) {
	hi := p.Hi
	if hi < 0 {
		hi = n
	}
	if p.Lo < 0 || p.Step < 1 || p.Lo > n || hi > n {
		return nil, fmt.Errorf("probe %s: population %q has %d neurons", p, p.Population, n)
	}
	var at []int
	for i := p.Lo; i < hi; i += p.Step {
		at = append(at, i)
	}
	return at, nil
}
