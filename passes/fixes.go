package passes

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// FindFixes looks for changes of the options that make a network fit which
// did not, cheapest for the user first. Each is checked by partitioning the
// network with it before it is offered. original is the network as it was
// read, s the state in which Run returned with Report.Fit not fitting.
func FindFixes(ctx context.Context, original *ir.Network, s *State) ([]Fix, error) {
	if s.Report.Fit == nil || s.Report.Fit.Fits || s.Map == nil {
		return nil, nil
	}
	f := fixer{ctx: ctx, original: original, s: s}
	for _, step := range []func() error{f.variants, f.fewerBits, f.approximate, f.moreCores} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f.fixes, nil
}

// maxVariants is how many of a target's variants are offered: the cheapest
// that fit.
const maxVariants = 2

type fixer struct {
	ctx      context.Context
	original *ir.Network
	s        *State
	fixes    []Fix
}

// again partitions the quantized network with other options.
func (f *fixer) again(s *State, opt backend.Options) (*Fit, error) {
	try := *s
	try.Map = &ir.Mapping{Latency: s.Map.Latency, Scale: s.Map.Scale, Offset: s.Map.Offset}
	try.Opt.Target = opt
	try.Report.Fit = nil
	try.Diags = nil
	if err := partition(f.ctx, &try); err != nil {
		return nil, err
	}
	if t, ok := s.Target.(backend.Networked); ok {
		for _, step := range []func(context.Context, *State, backend.Networked) error{placeOnFabric, routeOnFabric} {
			if !try.Report.Fit.Fits {
				break
			}
			if err := step(f.ctx, &try, t); err != nil {
				return nil, err
			}
		}
	}
	return try.Report.Fit, try.Diags.Err()
}

// variants tries the target's variants alone.
func (f *fixer) variants() error {
	for _, v := range f.s.Target.Variants(f.s.Opt.Target) {
		fit, err := f.again(f.s, v.Options)
		if err != nil {
			return err
		}
		if t, ok := f.s.Target.(backend.Networked); ok && fit.Cores > fit.Available && fit.Available < f.s.Report.Fit.Available {
			if fit, v, err = f.widen(t, v, fit.Cores); err != nil {
				return err
			}
		}
		if fit.Fits {
			f.fixes = append(f.fixes, Fix{Flags: v.Flags, Cores: fit.Cores, Effect: v.Effect})
		}
		if len(f.fixes) == maxVariants {
			break
		}
	}
	return nil
}

// widen tries a variant on the smallest machine that has its cores.
func (f *fixer) widen(t backend.Networked, v backend.Variant, cores int) (*Fit, backend.Variant, error) {
	opt, flags, ok := t.Larger(v.Options, cores)
	if !ok {
		return &Fit{}, v, nil
	}
	fit, err := f.again(f.s, opt)
	return fit, backend.Variant{Flags: join(v.Flags, " ", flags), Options: opt, Effect: v.Effect}, err
}

// approximate tries what the user's leave to approximate would allow.
func (f *fixer) approximate() error {
	if f.s.Opt.AllowApproximate {
		return nil
	}
	try := State{Net: f.original, Target: f.s.Target, Opt: f.s.Opt}
	try.Opt.AllowApproximate = true
	err := Run(f.ctx, &try, ToImage, Hooks{})
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	if err == nil && try.Report.Fit.Fits {
		f.fixes = append(f.fixes, Fix{
			Flags: "--allow-approximate", Cores: try.Report.Fit.Cores,
			Effect: "what a neuron cannot listen to at once is summed in parts: spikes change, measure the accuracy with run",
		})
	}
	return nil
}

// fewerBits tries narrower weights, alone and with each variant, and keeps
// the widest that fit.
func (f *fixer) fewerBits() error {
	s := f.s
	all := s.caps().WeightBits
	var narrower []int // ascending
	for _, bits := range all {
		if bits >= 2 && bits < first(int(s.Opt.Bits), slices.Max(all)) {
			narrower = append(narrower, bits)
		}
	}
	variants := []backend.Variant{{Options: s.Opt.Target}}
	if len(f.fixes) == 0 { // else a variant alone is cheaper
		variants = append(variants, s.Target.Variants(s.Opt.Target)...)
	}
	for _, v := range variants {
		fix, err := f.widest(narrower, v)
		if err != nil {
			return err
		}
		if fix != nil {
			f.fixes = append(f.fixes, *fix)
		}
	}
	return nil
}

// widest returns the variant with the widest weights that fit, nil if there
// are none. It goes up from the narrowest weights, because what does not fit
// with those does not fit with wider ones either.
func (f *fixer) widest(widths []int, v backend.Variant) (*Fix, error) {
	var fix *Fix
	for _, bits := range widths {
		try := State{Net: f.original, Target: f.s.Target, Opt: f.s.Opt}
		try.Opt.Bits, try.Opt.ReadoutBits, try.Opt.BitsBy, try.Opt.Target = quantize.Bits(bits), 0, nil, v.Options
		err := Run(f.ctx, &try, ToImage, Hooks{})
		if f.ctx.Err() != nil {
			return nil, f.ctx.Err()
		}
		if err != nil {
			continue // too many weights become zero, perhaps
		}
		if !try.Report.Fit.Fits {
			break
		}
		fix = &Fix{
			Flags: join(v.Flags, " ", fmt.Sprintf("--bits %d", bits)), Cores: try.Report.Fit.Cores,
			Effect: fmt.Sprintf("%d-bit weights: spikes change, measure the accuracy with run", bits),
		}
	}
	return fix, nil
}

// moreCores finds how many cores and chips the network takes.
func (f *fixer) moreCores() error {
	s := f.s
	if t, ok := s.Target.(backend.Networked); ok {
		return f.larger(t)
	}
	_, full, err := s.Target.Cores(backend.Options{})
	if err != nil {
		return err
	}
	variants := append([]backend.Variant{{Options: s.Opt.Target, Effect: "spikes are unchanged"}}, s.Target.Variants(s.Opt.Target)...)
	for _, v := range variants {
		opt := v.Options
		opt.Chips, opt.Cores = s.Target.MaxChips(), 0
		fit, err := f.again(s, opt)
		if err != nil {
			return err
		}
		if !fit.Fits {
			continue
		}
		opt, flags := enough(s.Opt.Target, v, fit.Cores, full)
		if flags == v.Flags {
			continue // already offered
		}
		checked, err := f.again(s, opt)
		if err != nil {
			return err
		}
		if !checked.Fits {
			return errors.New("a network that fits many cores does not fit as many as it took")
		}
		f.fixes = append(f.fixes, Fix{Flags: flags, Cores: checked.Cores, Effect: v.Effect})
	}
	return nil
}

// larger finds the smallest machine that the network fits.
func (f *fixer) larger(t backend.Networked) error {
	s := f.s
	cores := s.Report.Fit.Cores
	for range maxGrowth {
		opt, flags, ok := t.Larger(s.Opt.Target, cores)
		if !ok {
			return nil
		}
		fit, err := f.again(s, opt)
		if err != nil {
			return err
		}
		if fit.Fits {
			if !slices.ContainsFunc(f.fixes, func(x Fix) bool { return x.Flags == flags }) {
				f.fixes = append(f.fixes, Fix{Flags: flags, Cores: fit.Cores, Effect: "spikes are unchanged"})
			}
			return nil
		}
		cores = fit.Available + 1
	}
	return nil
}

// maxGrowth is how many larger machines are tried.
const maxGrowth = 6

// enough returns the options, and the flags that say them, for a network of
// the given number of cores: more of one chip if that suffices, else chips.
func enough(now backend.Options, v backend.Variant, cores, full int) (backend.Options, string) {
	opt, flags := v.Options, v.Flags
	opt.Chips, opt.Cores = now.Chips, now.Cores
	have := max(now.Chips, 1) * full
	if now.Cores > 0 {
		have = max(now.Chips, 1) * now.Cores
	}
	if cores <= have {
		return opt, flags
	}
	if cores <= max(now.Chips, 1)*full {
		opt.Cores = (cores + max(now.Chips, 1) - 1) / max(now.Chips, 1)
		return opt, join(flags, " ", fmt.Sprintf("--cores %d", opt.Cores))
	}
	opt.Chips, opt.Cores = (cores+full-1)/full, 0
	if now.Cores > 0 {
		opt.Cores = full
		flags = join(flags, " ", fmt.Sprintf("--cores %d", full))
	}
	return opt, join(flags, " ", fmt.Sprintf("--chips %d", opt.Chips))
}

// join returns a and b with sep between them, where both are there.
func join(a, sep, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}
