package runner

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/npy"
)

// The defaults of the codes of signals; those of BSA are designed for the
// signals, see designBSA.
const (
	defaultFactor = 0.5
	defaultWindow = 5
)

// signals is the view of values as samples of signals: [T], [T, C] or
// [S, T, C].
type signals struct {
	*values
	samples, length, count int // length is that in the file
}

func asSignals(v *values) (*signals, error) {
	s := &signals{values: v, samples: 1, count: 1}
	switch len(v.shape) {
	case 1:
		s.length = v.shape[0]
	case 2:
		s.length, s.count = v.shape[0], v.shape[1]
	case 3:
		s.samples, s.length, s.count = v.shape[0], v.shape[1], v.shape[2]
	default:
		return nil, fmt.Errorf("signals have the shape [T], [T, C] or [S, T, C], the values have %v", v.shape)
	}
	return s, nil
}

// fill copies the start of signal c of sample k.
func (s *signals) fill(k, c int, into []float64) {
	for t := range into {
		into[t] = s.float((k*s.length+t)*s.count + c)
	}
}

func (s *signals) name(c int) string {
	if c < len(s.names) && s.names[c] != "" {
		return s.names[c]
	}
	return strconv.Itoa(c)
}

// signalRun is signals on their way to spikes.
type signalRun struct {
	*EncodeRequest
	in       *signals
	out      *encoded
	reports  []SignalReport // one a signal
	fidelity []encode.Fidelity
	decoder  *decoderArrays
	buffer   []float64
	bsa      encode.BSAOptions // if that is the code
}

// encodeSignals writes signal c of C to channel c; where spikes have a sign,
// those that are -1 go to channel C + c.
func encodeSignals(ctx context.Context, q *EncodeRequest, v *values, report *EncodeReport) (*encoded, error) {
	r, err := newSignalRun(q, v)
	if err != nil {
		return nil, err
	}
	if q.Code == "bsa" {
		if report.Filter, err = r.designBSA(ctx); err != nil {
			return nil, err
		}
	}
	for k := range r.out.samples {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for c := range r.in.count {
			if err := r.encode(k, c); err != nil {
				return nil, fmt.Errorf("sample %d, signal %s: %w", k, r.in.name(c), err)
			}
		}
	}
	for c := range r.reports {
		r.reports[c].verify(&r.fidelity[c], q.Verify)
	}
	report.Signals = r.reports
	r.out.extra = r.decoder.arrays(r.out.samples, r.in.count)
	if len(v.shape) == 3 {
		labels, err := firstRows(v.extra, r.in.samples, r.out.samples)
		if err != nil {
			return nil, err
		}
		r.out.extra = append(r.out.extra, labels...)
	}
	return r.out, nil
}

func newSignalRun(q *EncodeRequest, v *values) (*signalRun, error) {
	in, err := asSignals(v)
	if err != nil {
		return nil, err
	}
	if q.Steps > in.length {
		return nil, fmt.Errorf("--steps %d: the signals have %d", q.Steps, in.length)
	}
	steps, samples, channels := in.length, in.samples, 2*in.count
	if q.Steps > 0 {
		steps = q.Steps
	}
	if q.Limit > 0 {
		samples = min(samples, q.Limit)
	}
	if q.Code == "bsa" {
		channels = in.count
	}
	out, err := newEncoded(samples, steps, channels)
	if err != nil {
		return nil, err
	}
	return &signalRun{
		EncodeRequest: q, in: in, out: out,
		reports: make([]SignalReport, in.count), fidelity: make([]encode.Fidelity, in.count),
		decoder: newDecoderArrays(q.Code), buffer: make([]float64, steps),
	}, nil
}

// encode encodes signal c of sample k.
func (r *signalRun) encode(k, c int) error {
	r.in.fill(k, c, r.buffer)
	code, err := r.code(r.buffer)
	if err != nil {
		return err
	}
	r.decoder.add(code)
	report := &r.reports[c]
	report.Spikes += code.put(r.out.sample(k), c, r.in.count)
	if k == 0 {
		report.Name, report.Threshold = r.in.name(c), code.threshold
	}
	if !r.Verify {
		return nil
	}
	return r.fidelity[c].Add(r.buffer, code.decode())
}

func (r *SignalReport) verify(f *encode.Fidelity, measured bool) {
	if !measured {
		return
	}
	r.Verified, r.RMSE = true, f.RMSE()
	if snr := f.SNR(); !math.IsInf(snr, 0) {
		r.SNR = &snr
	}
}

// signalCode is a signal as spikes, with what decodes them.
type signalCode struct {
	spikes           []int8
	threshold, start float64         // tbr, sf, mw
	bsa              *encode.BSACode // bsa
}

func (r *signalRun) code(signal []float64) (signalCode, error) {
	q := r.EncodeRequest
	if q.Code == "bsa" {
		return encodeBSA(signal, r.bsa)
	}
	opt := encode.TBROptions{
		Factor:   orDefault(q.Factor, defaultFactor),
		Absolute: q.variant("absolute") || q.Code != "tbr", Early: q.variant("early"),
	}
	if q.Code == "tbr" {
		spikes, threshold, err := encode.TBR(signal, opt)
		return signalCode{spikes: spikes, threshold: threshold, start: first(signal)}, err
	}
	code := signalCode{threshold: q.Threshold, start: first(signal)}
	var err error
	if code.threshold == 0 {
		if code.threshold, err = encode.ContrastThreshold(signal, opt); err != nil {
			return code, err
		}
		if code.threshold == 0 { // a constant signal, which no threshold makes spike
			code.threshold = 1
		}
	}
	step := encode.StepOptions{Threshold: code.threshold, Inclusive: q.variant("inclusive")}
	if q.Code == "sf" {
		code.spikes, err = encode.SF(signal, step)
	} else {
		code.spikes, err = encode.MW(signal, int(orDefault(float64(q.Window), defaultWindow)), step)
	}
	return code, err
}

func orDefault(x, otherwise float64) float64 {
	if x == 0 {
		return otherwise
	}
	return x
}

func first(signal []float64) float64 {
	if len(signal) == 0 {
		return 0
	}
	return signal[0]
}

func (c *signalCode) decode() []float64 {
	if c.bsa != nil {
		return c.bsa.Decode()
	}
	return encode.Decode(c.spikes, c.start, c.threshold)
}

// put sets the spikes of signal c of count and returns how many there are.
func (c *signalCode) put(dst encode.Raster, signal, count int) int {
	n := 0
	for t, s := range c.spikes {
		switch {
		case s > 0:
			dst.Set(t, signal)
		case s < 0:
			dst.Set(t, count+signal)
		default:
			continue
		}
		n++
	}
	return n
}

// decoderArrays collects what a decoder needs, one entry a sample and signal.
type decoderArrays struct {
	names []string
	data  [][]float64
}

func newDecoderArrays(code string) *decoderArrays {
	d := &decoderArrays{names: []string{"threshold", "start"}, data: make([][]float64, 2)}
	if code == "bsa" {
		d.names = []string{"filter", "shift"}
	}
	return d
}

func (d *decoderArrays) add(c signalCode) {
	if c.bsa != nil {
		d.data[0], d.data[1] = append(d.data[0], c.bsa.Filter...), append(d.data[1], c.bsa.Shift)
		return
	}
	d.data[0], d.data[1] = append(d.data[0], c.threshold), append(d.data[1], c.start)
}

// arrays returns them as [S, C], and filters as [S, C, taps].
func (d *decoderArrays) arrays(samples, count int) []*npy.Array {
	var out []*npy.Array
	for i, name := range d.names {
		a := &npy.Array{Name: name, Shape: []int{samples, count}, Kind: npy.Float, Bits: 64, Floats: d.data[i]}
		if name == "filter" {
			a.Shape = append(a.Shape, len(d.data[i])/(samples*count))
		}
		out = append(out, a)
	}
	return out
}

// firstRows returns the arrays with one entry for each of the first n of the
// samples.
func firstRows(arrays []*npy.Array, samples, n int) ([]*npy.Array, error) {
	var out []*npy.Array
	for _, a := range arrays {
		if len(a.Shape) != 1 || a.Shape[0] != samples || a.Kind == npy.String {
			return nil, fmt.Errorf("the array %q of shape %v is not one number for each of %d samples", a.Name, a.Shape, samples)
		}
		b := *a
		b.Shape = []int{n}
		switch {
		case b.Bytes != nil:
			b.Bytes = b.Bytes[:n]
		case b.Floats != nil:
			b.Floats = b.Floats[:n]
		default:
			b.Ints = b.Ints[:n]
		}
		out = append(out, &b)
	}
	return out, nil
}
