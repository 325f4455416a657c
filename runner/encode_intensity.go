package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/events"
)

// The defaults of the codes of intensities.
const (
	defaultRate           = 1.0
	defaultPhases         = 8
	defaultFields         = 12
	defaultSilent         = 0.1
	defaultLatencySilence = 0.01

	maxEncodeSteps = 1 << 24
)

// encodeIntensities writes value i of a sample to channel i, or to the Fields
// channels from i*Fields. The values are [N], one sample, or [S, ...].
func encodeIntensities(ctx context.Context, q *EncodeRequest, v *values, report *EncodeReport) (*encoded, error) {
	if q.Steps < 1 || q.Steps > maxEncodeSteps {
		return nil, fmt.Errorf("the code %s shows each sample for a number of steps from 1 to %d; say how many with --steps", q.Code, maxEncodeSteps)
	}
	if q.Fields < 0 || q.Fields > encode.MaxFields {
		return nil, fmt.Errorf("--fields %d: a value has 3 to %d", q.Fields, encode.MaxFields)
	}
	scale, err := q.scale(v)
	if err != nil {
		return nil, err
	}
	samples, n := intensityShape(v.shape)
	total, channels := samples, n
	if q.Limit > 0 {
		total = min(total, q.Limit)
	}
	if q.Code == "population" {
		channels *= q.fields()
	}
	e, err := newEncoded(total, q.Steps, channels)
	if err != nil {
		return nil, err
	}
	x, again := make([]float64, n), make([]float64, n)
	var fidelity encode.Fidelity
	for k := range total {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := scale.fill(x, v, k); err != nil {
			return nil, fmt.Errorf("sample %d, %w", k, err)
		}
		if err := q.intensities(e.sample(k), x, uint64(k)); err != nil {
			return nil, fmt.Errorf("sample %d: %w", k, err)
		}
		if !q.Verify {
			continue
		}
		if err := errors.Join(q.decode(e.sample(k), again), fidelity.Add(x, again)); err != nil {
			return nil, fmt.Errorf("sample %d: %w", k, err)
		}
	}
	if q.Verify {
		report.Intensities = &IntensityReport{RMSE: fidelity.RMSE()}
		if snr := fidelity.SNR(); !math.IsInf(snr, 0) {
			report.Intensities.SNR = &snr
		}
	}
	if len(v.shape) > 1 {
		e.extra, err = firstRows(v.extra, samples, total)
	}
	return e, err
}

// intensityShape returns the number of samples and of values in each.
func intensityShape(shape []int) (samples, n int) {
	if len(shape) == 1 {
		return 1, shape[0]
	}
	n = 1
	for _, d := range shape[1:] {
		n *= d // the array is in memory, so that the product is small
	}
	return shape[0], n
}

// scale maps low to 0 and high to 1.
type scale struct{ low, high float64 }

// fill writes the intensities of sample k. A value outside the scale is an
// error.
func (s scale) fill(x []float64, v *values, k int) error {
	for i := range x {
		raw := v.float(k*len(x) + i)
		if x[i] = (raw - s.low) / (s.high - s.low); !(x[i] >= 0 && x[i] <= 1) {
			return fmt.Errorf("value %d is %v, outside %v to %v; say what stands for 0 and 1 with --range LOW:HIGH", i, raw, s.low, s.high)
		}
	}
	return nil
}

func (q *EncodeRequest) scale(v *values) (scale, error) {
	s := scale{q.Low, q.High}
	if s == (scale{}) {
		s.high = 1
		if v.grey != nil {
			s.high = 255
		}
	}
	if width := s.high - s.low; !(width > 0) || math.IsInf(width, 0) {
		return s, fmt.Errorf("--range %v:%v is empty", s.low, s.high)
	}
	return s, nil
}

func (q *EncodeRequest) fields() int {
	if q.Fields == 0 {
		return defaultFields
	}
	return q.Fields
}

// The settings of the codes, with their defaults.

func (q *EncodeRequest) rateOptions(k uint64) encode.RateOptions {
	return encode.RateOptions{Rate: orDefault(q.Rate, defaultRate), Poisson: q.variant("poisson"), Seed: q.Seed, Stream: k}
}

func (q *EncodeRequest) latencyOptions() encode.LatencyOptions {
	return encode.LatencyOptions{Tau: q.Tau, Threshold: orDefault(q.Threshold, defaultLatencySilence)}
}

func (q *EncodeRequest) phases() int {
	if q.Phases == 0 {
		return defaultPhases
	}
	return q.Phases
}

func (q *EncodeRequest) populationOptions() encode.PopulationOptions {
	return encode.PopulationOptions{Fields: q.fields(), Beta: q.Beta, Silent: orDefault(q.Silent, defaultSilent)}
}

// intensities encodes sample k.
func (q *EncodeRequest) intensities(dst encode.Raster, x []float64, k uint64) error {
	switch q.Code {
	case "rate":
		return encode.Rate(dst, q.Steps, x, q.rateOptions(k))
	case "if":
		grey := make([]uint8, len(x))
		for i := range x {
			grey[i] = uint8(math.Round(255 * x[i]))
		}
		encode.IF(dst, q.Steps, grey)
		return nil
	case "latency":
		return encode.Latency(dst, q.Steps, x, q.latencyOptions())
	case "phase":
		return encode.Phase(dst, q.Steps, x, q.phases())
	}
	return encode.Population(dst, q.Steps, x, q.populationOptions())
}

// decode reads the intensities of a sample back from its spikes.
func (q *EncodeRequest) decode(s encode.Spikes, into []float64) error {
	switch q.Code {
	case "rate":
		encode.DecodeRate(s, q.Steps, into, q.rateOptions(0))
	case "if":
		encode.DecodeIF(s, q.Steps, into)
	case "latency":
		encode.DecodeLatency(s, q.Steps, into, q.latencyOptions())
	case "phase":
		encode.DecodePhase(s, q.Steps, into, q.phases())
	default:
		return encode.DecodePopulation(s, q.Steps, into, q.populationOptions())
	}
	return nil
}

// encodeEvents bins the recording of an event camera.
func encodeEvents(q *EncodeRequest, report *EncodeReport) (*encoded, error) {
	us := math.Round(q.StepTime * 1e6)
	if !(us >= 1 && us < 1<<53) {
		return nil, errors.New("events are binned by steps of at least 1 us; say how long a step is with --dt, for example --dt 1ms")
	}
	if q.Steps > maxEncodeSteps {
		return nil, fmt.Errorf("--steps %d: a recording has at most %d", q.Steps, maxEncodeSteps)
	}
	var parse events.Parser
	switch strings.ToLower(filepath.Ext(q.File)) {
	case ".bin":
		parse = events.NMNIST
	case ".aedat":
		parse = events.AEDAT
	default:
		return nil, errors.New("unknown format; events are read from .bin (N-MNIST) and .aedat (AEDAT 2.0 and 3.1)")
	}
	r, err := events.ReadFile(q.File, parse, q.Sensor)
	if err != nil {
		return nil, err
	}
	raster, late, err := r.Bin(int64(us), q.Steps)
	if err != nil {
		return nil, err
	}
	report.Late = late
	return &encoded{raster: raster, samples: 1, steps: raster.Steps}, nil
}
