package loihi1

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
)

// cells returns the profile keys of each neuron of a population.
func cells(node *ir.Node) ([]cell, error) {
	out := make([]cell, node.Out.Size())
	if node.Op == ir.OpBias {
		out[0] = cell{cx: cxKey(biasProfile), vth: biasThreshold}
		return out, nil
	}
	for j := range out {
		p, err := profile(node, j)
		if err != nil {
			return nil, err
		}
		th := node.P(ir.PVThreshold).IntAt(j)
		if th%thresholdUnit != 0 || th < 0 || th/thresholdUnit > thresholdMax {
			return nil, fmt.Errorf("neuron %d has threshold %d, which is not 64 times a mantissa up to %d", j, th, thresholdMax)
		}
		out[j] = cell{cx: cxKey(p), vth: int64(th / thresholdUnit)}
	}
	return out, nil
}

// profile returns the compartment profile of neuron j.
func profile(node *ir.Node, j int) (image.CxProfile, error) {
	du, dv := node.P(ir.PDecayU).IntAt(j), node.P(ir.PDecayV).IntAt(j)
	ref := int64(node.P(ir.PRefSteps).IntAt(j)) + 1
	if du < 1 || du > 4096 || dv < 0 || dv > 4095 || ref < 1 || ref > maxRefract+1 {
		return image.CxProfile{}, fmt.Errorf("neuron %d has decays %d and %d and refractory period %d, outside 1..4096, 0..4095 and 1..%d", j, du, dv, ref, maxRefract)
	}
	return image.CxProfile{DecayU: uint16(du - 1), DecayV: uint16(dv), Refract: uint8(ref)}, nil
}

func cxKey(p image.CxProfile) int64 {
	return int64(p.DecayU)<<32 | int64(p.DecayV)<<8 | int64(p.Refract)
}

// vLimits returns the exponents of a core's voltage limits.
func vLimits(vmin, vmax int64) (q, p uint8, err error) {
	for ; q < 24; q++ {
		if vmin == -(1<<q)+1 {
			break
		}
	}
	for ; p < 8; p++ {
		if vmax == 1<<(9+2*p)-1 {
			break
		}
	}
	if q == 24 || p == 8 {
		return 0, 0, fmt.Errorf("voltage limits %d and %d are not -(2^q)+1 and 2^(9+2p)-1", vmin, vmax)
	}
	return q, p, nil
}

// splitBias returns mantissa and exponent of a bias.
func splitBias(b int32) (mant int16, exp uint8, err error) {
	for ; exp < biasExpMax && math.Abs(float64(b)) > biasMantMax; exp++ {
		if b&1 != 0 {
			break
		}
		b >>= 1
	}
	if b > biasMantMax || b < -biasMantMax-1 {
		return 0, 0, fmt.Errorf("bias %d is not a mantissa of 12 bits times a power of two up to 2^%d", b, biasExpMax)
	}
	return int16(b), exp, nil
}
