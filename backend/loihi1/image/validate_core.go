package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

func checkCore(r *imagefile.Report, path string, c *Core) {
	r.Check(c.Chip >= 0 && c.ID >= 0, "%s: chip %d core %d is negative", path, c.Chip, c.ID)
	r.Check(c.VMinExp <= vBits, "%s.vmin_exp: %d is outside 0..%d", path, c.VMinExp, vBits)
	r.Check(c.VMaxExp <= 7, "%s.vmax_exp: %d is outside 0..7", path, c.VMaxExp)
	r.Check(c.DelayBits >= 3 && c.DelayBits <= 6, "%s.delay_bits: %d is outside 3..6", path, c.DelayBits)
	r.Check(len(c.Compartments)<<min(c.DelayBits, 6) <= accumulatorSize,
		"%s: %d compartments with 2^%d delay slots are over the accumulator of %d", path, len(c.Compartments), c.DelayBits, accumulatorSize)
	counts := []struct {
		name     string
		n, limit int
	}{
		{"cx_profiles", len(c.CxProfiles), maxCxProfiles},
		{"vth_profiles", len(c.VthProfiles), maxVthProfiles},
		{"syn_fmts", len(c.SynFmts), maxSynFmts},
		{"compartments", len(c.Compartments), maxCompartments},
		{"in_axons", len(c.InAxons), maxInAxons},
		{"syn_mem", len(c.SynMem), maxSynWords},
	}
	for _, k := range counts {
		r.Check(k.n <= k.limit, "%s.%s: %d entries are over %d", path, k.name, k.n, k.limit)
	}
	checkProfiles(r, path, c)
	for i, f := range c.SynFmts {
		checkFmt(r, fmt.Sprintf("%s.syn_fmts[%d]", path, i), f)
	}
	for i, x := range c.Compartments {
		if p := compartmentProblem(c, x); p != "" {
			r.Addf("%s.compartments[%d].%s", path, i, p)
		}
	}
	checkInAxons(r, path, c)
}

func checkProfiles(r *imagefile.Report, path string, c *Core) {
	for i, p := range c.CxProfiles {
		at := fmt.Sprintf("%s.cx_profiles[%d]", path, i)
		r.Check(p.DecayU <= maxDecay && p.DecayV <= maxDecay, "%s: decay %d, %d is outside 0..%d", at, p.DecayU, p.DecayV, maxDecay)
		r.Check(p.Refract >= 1 && p.Refract <= maxRefract, "%s.refract: %d is outside 1..%d", at, p.Refract, maxRefract)
	}
	for i, v := range c.VthProfiles {
		r.Check(v <= maxVth, "%s.vth_profiles[%d]: %d is over %d", path, i, v, maxVth)
	}
}

func checkFmt(r *imagefile.Report, path string, f SynFmt) {
	r.Check(f.WgtBits <= 8 && f.WgtBits != 7, "%s.wgt_bits: %d is not encodable (0..6, 8)", path, f.WgtBits)
	r.Check(f.WgtExp >= -8 && f.WgtExp <= 7, "%s.wgt_exp: %d is outside -8..7", path, f.WgtExp)
	r.Check(f.Sign >= Mixed && f.Sign <= Inhibitory, "%s.sign: %d is not 1 (mixed), 2 (excitatory) or 3 (inhibitory)", path, f.Sign)
	r.Check(f.DlyBits <= 6, "%s.dly_bits: %d is outside 0..6", path, f.DlyBits)
	r.Check(f.IdxBits == 0 || f.IdxBits >= 6 && f.IdxBits <= 12, "%s.idx_bits: %d is not encodable (0, 6..12)", path, f.IdxBits)
	r.Check(f.Compression == Sparse || f.Compression == Dense, "%s.compression: %d is not 0 (sparse) or 3 (dense)", path, f.Compression)
}

// compartmentProblem returns what is wrong with a compartment, or "".
func compartmentProblem(c *Core, x Compartment) string {
	switch {
	case int(x.CxProfile) >= len(c.CxProfiles):
		return fmt.Sprintf("cx: no profile %d", x.CxProfile)
	case int(x.VthProfile) >= len(c.VthProfiles):
		return fmt.Sprintf("vth: no profile %d", x.VthProfile)
	case x.BiasMant < -maxBias || x.BiasMant >= maxBias:
		return fmt.Sprintf("bias_mant: %d is outside -%d..%d", x.BiasMant, maxBias, maxBias-1)
	case x.BiasExp > maxBiasExp:
		return fmt.Sprintf("bias_exp: %d is outside 0..%d", x.BiasExp, maxBiasExp)
	case x.InitV < -1<<vBits || x.InitV >= 1<<vBits:
		return fmt.Sprintf("init_v: %d is not a 24-bit number", x.InitV)
	}
	return ""
}

// checkInAxons checks the synapse map and every list that it points to. Lists
// are unpacked once however many axons share them, and only after it is known
// that they do not overlap, so the work is linear in the synapse memory.
func checkInAxons(r *imagefile.Report, path string, c *Core) {
	if len(c.SynMem) > maxSynWords || len(c.InAxons) > maxInAxons || len(c.SynFmts) > maxSynFmts {
		return // reported already, and unbounded work
	}
	words := make([]int, len(c.SynMem)) // length of the list that starts at a word, 0 for none
	ok := true
	for i, a := range c.InAxons {
		at := fmt.Sprintf("%s.in_axons[%d]", path, i)
		r.Check(a.Base <= maxBase && a.Base%4 == 0, "%s.base: %d is not a multiple of 4 in 0..%d", at, a.Base, maxBase)
		ok = claimWords(r, at, a, words) && ok
	}
	end := 0
	for ptr, n := range words {
		if n > 0 && ptr < end {
			r.Addf("%s.syn_mem: lists overlap at word %d", path, ptr)
			ok = false
		}
		if n > 0 {
			end = max(end, ptr+n)
		}
	}
	if ok {
		checkLists(r, path, c, words)
	}
}

// claimWords notes where the lists of an axon start and tells whether they
// are inside the memory and agree with those of other axons.
func claimWords(r *imagefile.Report, path string, a InAxon, words []int) bool {
	if a.Atoms < 1 || a.Atoms > maxAtoms {
		r.Addf("%s.atoms: %d is outside 1..%d", path, a.Atoms, maxAtoms)
		return false
	}
	if uint64(a.Ptr)+uint64(a.Len)*uint64(a.Atoms) > uint64(len(words)) {
		r.Addf("%s: %d lists of %d words from word %d are outside the synapse memory of %d words", path, a.Atoms, a.Len, a.Ptr, len(words))
		return false
	}
	if a.Len == 0 {
		return true
	}
	for k := range int(a.Atoms) {
		ptr := int(a.Ptr) + k*int(a.Len)
		if words[ptr] != 0 && words[ptr] != int(a.Len) {
			r.Addf("%s: overlaps the list of %d words at word %d", path, words[ptr], ptr)
			return false
		}
		words[ptr] = int(a.Len)
	}
	return true
}

// checkLists unpacks every list and checks that delays fit the accumulator and
// that targets, moved by the base of each axon that uses the list, exist.
func checkLists(r *imagefile.Report, path string, c *Core, words []int) {
	top := make([]int, len(words)) // highest relative target of the list at a word, -1 for none
	for ptr, n := range words {
		top[ptr] = -1
		if n == 0 {
			continue
		}
		syns, err := UnpackList(c.SynFmts, c.SynMem[ptr:ptr+n])
		if err != nil {
			r.Addf("%s: list at word %d: %w", path, ptr, err)
			continue
		}
		delay := 0
		for _, s := range syns {
			top[ptr] = max(top[ptr], int(s.Target))
			delay = max(delay, int(s.Delay))
		}
		limit := MaxDelay(int(min(c.DelayBits, 6)))
		r.Check(delay <= limit, "%s: list at word %d: delay %d is over %d, the most that delay_bits %d can hold", path, ptr, delay, limit, c.DelayBits)
	}
	for i, a := range c.InAxons {
		for k := range int(a.Atoms) {
			if a.Len == 0 {
				break
			}
			t := top[int(a.Ptr)+k*int(a.Len)]
			if t >= 0 && t+int(a.Base) >= len(c.Compartments) {
				r.Addf("%s.in_axons[%d]: atom %d: no compartment %d", path, i, k, t+int(a.Base))
			}
		}
	}
}
