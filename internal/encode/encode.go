// Package encode turns values into spike trains, and back where the code
// defines how.
//
// There are two families. Codes of intensities show a vector of values in
// [0, 1] for a number of steps: IF, Rate, Latency, Phase and Population. Codes
// of signals turn a value per step into at most one spike per step: TBR, SF
// and MW, whose spikes have a sign, and BSA, whose spikes have none. Fidelity
// compares signals with what their spikes decode to.
//
// The equations of the signal codes are those of specs/users.md section 3.2,
// with the variants that exist as options. Nothing depends on the clock, the
// number of threads or the order of maps; Rate draws from a seeded PCG.
package encode

const (
	initial   = 128 // half of the threshold: the spikes sit in the middle of their intervals
	threshold = 255
)

// Raster receives the spikes; a *spike.Raster is one.
type Raster interface {
	// Set marks a spike of channel i in step t.
	Set(t, i int)
}

// IF writes the spikes of the pixels in steps 0 to steps-1 to dst, pixel i on
// channel i. The caller clears dst and sees to its size.
//
// It is the deterministic integrate-and-fire code of specs/quantization.md
// section 2: each pixel is an integrator that starts at 128, adds the grey
// value x in each step, and spikes and subtracts 255 when it has reached 255.
// The number of spikes after t steps is exactly floor((128 + x t) / 255).
func IF(dst Raster, steps int, pixels []uint8) {
	for i, x := range pixels {
		if x == 0 {
			continue // never reaches the threshold
		}
		acc := initial
		for t := range steps {
			acc += int(x)
			if acc >= threshold {
				dst.Set(t, i)
				acc -= threshold
			}
		}
	}
}
