package runner

import (
	"fmt"

	"github.com/synfire/synfire/runner/page"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/picture"
)

// drawing makes a figure of what draw draws.
func drawing(width, height int, caption string, draw func(picture.Canvas)) *page.Figure {
	var s picture.SVG
	draw(&s)
	return page.NewFigure(width, height, caption, &s)
}

// The layout of charts in pixels.
const (
	chartWidth = 960
	chartLeft  = 78
	chartRight = 12
	chartPlot  = chartWidth - chartLeft - chartRight
)

// chart is a frame with values upwards and steps to the right.
type chart struct {
	p           picture.Canvas
	top, height int
	steps       int
}

// x returns where step t begins; t may be the end of the last.
func (c *chart) x(t int) int { return chartLeft + chartPlot*t/max(1, c.steps) }

// axes draws the frame, the least and the most value, and the steps.
func (c *chart) axes(least, most string, label bool) {
	c.p.Frame(chartLeft-1, c.top-1, chartPlot+2, c.height+2, picture.Faint)
	c.p.TextRight(chartLeft-8, c.top, 1, most, picture.Grey)
	c.p.TextRight(chartLeft-8, c.top+c.height-8, 1, least, picture.Grey)
	if !label {
		return
	}
	every := tickEvery(c.steps)
	for t := 0; t < c.steps; t += every {
		at := (c.x(t) + c.x(t+1)) / 2
		c.p.Fill(at, c.top+c.height+1, 1, 4, picture.Grey)
		c.p.TextMiddle(at, c.top+c.height+9, 1, fmt.Sprint(t), picture.Grey)
	}
}

// tickEvery returns how many steps lie between two ticks.
func tickEvery(steps int) int {
	for scale := 1; ; scale *= 10 {
		for _, f := range []int{1, 2, 5} {
			if steps/(f*scale) <= 12 {
				return f * scale
			}
		}
	}
}

// stepsPerBar returns how many steps a bar of a chart stands for, so that bars
// are at least two pixels wide.
func stepsPerBar(steps int) int { return max(1, (steps+chartPlot/2-1)/(chartPlot/2)) }

// bins adds up the values of each bar.
func bins(xs []int64) []int64 {
	by := stepsPerBar(len(xs))
	if by == 1 {
		return xs
	}
	out := make([]int64, (len(xs)+by-1)/by)
	for i, x := range xs {
		out[i/by] += x
	}
	return out
}

// stepChart draws the energy of each step by component.
func stepChart(p picture.Canvas, steps []loihi1.MeterStep, shown []cost.Component, top, height int) {
	var parts [][]int64
	for _, k := range shown {
		var xs []int64
		for i := range steps {
			xs = append(xs, steps[i].Energy[k].FJ)
		}
		parts = append(parts, bins(xs))
	}
	most := int64(0)
	for i := range parts[0] {
		sum := int64(0)
		for _, xs := range parts {
			sum += xs[i]
		}
		most = max(most, sum)
	}
	c := chart{p, top, height, len(steps)}
	c.axes("0", joules(most), true)
	n := len(parts[0])
	for i := range n {
		x0, x1 := chartLeft+chartPlot*i/n, chartLeft+chartPlot*(i+1)/n
		below := int64(0)
		for k, xs := range parts {
			y1 := top + height - scaled(below, most, height)
			below += xs[i]
			y0 := top + height - scaled(below, most, height)
			if y0 < y1 {
				p.Fill(x0, y0, wide(x1-x0), y1-y0, picture.Series[k%len(picture.Series)])
			}
		}
	}
}

// scaled returns x of most in pixels of height.
func scaled(x, most int64, height int) int { return int(share01(x, most)*float64(height) + 0.5) }

// valueChart draws one value a step.
func valueChart(p picture.Canvas, xs []int64, top, height int, label bool, format func(int64) string) {
	values := bins(xs)
	most := int64(0)
	for _, x := range values {
		most = max(most, x)
	}
	c := chart{p, top, height, len(xs)}
	c.axes("0", format(most), label)
	for i, x := range values {
		x0, x1 := chartLeft+chartPlot*i/len(values), chartLeft+chartPlot*(i+1)/len(values)
		h := scaled(x, most, height)
		p.Fill(x0, top+height-h, wide(x1-x0), h, picture.Series[0])
	}
}

// traceFigures draws the recorded potentials, those of a population together.
func traceFigures(traces []Trace, spikes []emulator.Named) []*page.Figure {
	var out []*page.Figure
	for i := 0; i < len(traces); {
		n := 1
		for i+n < len(traces) && traces[i+n].Probe.Population == traces[i].Probe.Population && traces[i+n].Probe.Var == traces[i].Probe.Var {
			n++
		}
		if f := traceFigure(traces[i:i+n], emulator.Stimulus(spikes)); f != nil {
			out = append(out, f)
		}
		i += n
	}
	return out
}

// maxLines is how many neurons are drawn in one figure.
const maxLines = 6

// maxPoints bounds the points of a line to some for each pixel.
const maxPoints = 4 * chartWidth

// line is a neuron's trace.
type line struct {
	neuron int
	values []float64
}

// lines takes the neurons apart.
func lines(traces []Trace) []line {
	var out []line
	for k := range traces {
		t := &traces[k]
		for j := range t.Neurons {
			if len(out) == maxLines {
				return out
			}
			l := line{neuron: t.Probe.Lo + j*t.Probe.Step}
			for i := j; i < max(len(t.Ints), len(t.Floats)); i += t.Neurons {
				if t.Floats != nil {
					l.values = append(l.values, t.Floats[i])
				} else {
					l.values = append(l.values, float64(t.Ints[i]))
				}
			}
			out = append(out, l)
		}
	}
	return out
}

func traceFigure(traces []Trace, spikes emulator.Stimulus) *page.Figure {
	ls := lines(traces)
	if len(ls) == 0 || len(ls[0].values) == 0 {
		return nil
	}
	low, high := ls[0].values[0], ls[0].values[0]
	for _, l := range ls {
		for _, v := range l.values {
			low, high = min(low, v), max(high, v)
		}
	}
	probe, every := traces[0].Probe, 1+len(ls[0].values)/maxPoints
	const height, tick = 96, 7
	top := 6 + (tick+3)*len(ls)
	var s picture.SVG
	c := chart{&s, top, height, len(ls[0].values)}
	c.axes(fmt.Sprintf("%.6g", low), fmt.Sprintf("%.6g", high), true)
	var keys []page.Key
	raster := spikes.Get(probe.Population)
	for k, l := range ls {
		var at []picture.Point
		for t := 0; t < len(l.values); t += every {
			v := l.values[t]
			y := (high - v) / (high - low)
			if !(y >= 0 && y <= 1) { // a flat line, or one that is no number
				y = 0.5
			}
			at = append(at, picture.Point{X: (c.x(t) + c.x(t+1)) / 2, Y: top + int(y*height+0.5)})
			if raster != nil && raster.Get(t, l.neuron) {
				s.Fill((c.x(t)+c.x(t+1))/2-1, 4+(tick+3)*k, 2, tick, picture.Series[k%len(picture.Series)])
			}
		}
		s.Line(at, k)
		keys = append(keys, page.Key{Series: k % len(picture.Series), Text: fmt.Sprintf("neuron %d", l.neuron)})
	}
	what := map[emulator.Var]string{emulator.Voltage: "potential", emulator.Current: "synaptic current", emulator.Spikes: "spikes"}[probe.Var]
	when := "in each step"
	if every > 1 {
		when = fmt.Sprintf("in one of %d steps", every)
	}
	f := page.NewFigure(chartWidth, top+height+24, fmt.Sprintf("%s: %s %s; ticks above are spikes.", probe.Population, what, when), &s)
	f.Keys = keys
	return f
}
