package image

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// WriteConfig writes a config.json, the same bytes for the same configuration.
func WriteConfig(w io.Writer, c *Config) error {
	p := problems{file: "config.json"}
	if c.validate(&p); p.list != nil {
		return p.err()
	}
	b := bufio.NewWriter(w)
	for i, f := range c.fields() {
		sep := "{\n"
		if i > 0 {
			sep = ",\n"
		}
		fmt.Fprintf(b, "%s  %q: %d", sep, f.name, *f.value)
	}
	b.WriteString("\n}\n")
	return b.Flush()
}

// WriteInput writes the input.json of a valid image, the same bytes for the
// same image: a line for each tick, core, neuron and row of the crossbar.
// Every row has num_axons entries and every list of axons too, which RANC does
// not ask for but its tools write.
func WriteInput(w io.Writer, img *Image) error {
	if err := Validate(img); err != nil {
		return err
	}
	out := &writer{Writer: bufio.NewWriterSize(w, 1<<16)}
	out.packets(&img.Input)
	bus := &img.Input.OutputBus
	fmt.Fprintf(out, "\"output_bus\": {\"coordinates\": [%d,%d], \"num_outputs\": %d},\n\"cores\": [", bus.X, bus.Y, bus.NumOutputs)
	for k := range img.Input.Cores {
		out.next(k)
		out.core(&img.Config, &img.Input.Cores[k])
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// writer writes numbers without allocating; errors stay until Flush.
type writer struct {
	*bufio.Writer
	digits []byte
}

// next starts the line of element i of an array.
func (w *writer) next(i int) {
	if i > 0 {
		w.WriteByte(',')
	}
	w.WriteByte('\n')
}

func (w *writer) num(name string, x int32) {
	w.WriteString(name)
	w.digits = strconv.AppendInt(w.digits[:0], int64(x), 10)
	w.Write(w.digits)
}

func (w *writer) packets(in *Input) {
	w.WriteString("{\"packets\": [")
	k := 0
	for t := range in.Ticks {
		w.next(t)
		w.WriteByte('[')
		for first := true; k < len(in.Packets) && int(in.Packets[k].Tick) == t; k++ {
			p := &in.Packets[k]
			if !first {
				w.WriteByte(',')
			}
			first = false
			w.num(`{"destination_core":[`, p.X)
			w.num(`,`, p.Y)
			w.num(`],"destination_axon":`, p.Axon)
			w.num(`,"destination_tick":`, p.Delay)
			w.WriteByte('}')
		}
		w.WriteByte(']')
	}
	w.WriteString("\n],\n")
}

func (w *writer) core(c *Config, core *Core) {
	w.num(`{"coordinates": [`, core.X)
	w.num(`,`, core.Y)
	w.WriteString("],\n\"axons\": [")
	for a := range int(c.NumAxons) {
		w.num(comma(a), int32(core.Type(a)))
	}
	w.WriteString("],\n\"neurons\": [")
	for n := range core.Neurons {
		w.next(n)
		w.neuron(&core.Neurons[n])
	}
	w.WriteString("],\n\"connections\": [")
	for n := range core.Connections {
		w.next(n)
		w.WriteByte('[')
		for a := range int(c.NumAxons) {
			w.WriteString(comma(a))
			w.WriteByte(bit(core.Connected(n, a)))
		}
		w.WriteByte(']')
	}
	w.WriteString("]}")
}

func (w *writer) neuron(n *Neuron) {
	w.num(`{"reset_potential":`, n.ResetPotential)
	w.WriteString(`,"weights":[`)
	for i, x := range n.Weights {
		w.num(comma(i), x)
	}
	w.num(`],"leak":`, n.Leak)
	w.num(`,"positive_threshold":`, n.PositiveThreshold)
	w.num(`,"negative_threshold":`, n.NegativeThreshold)
	w.num(`,"destination_core_offset":[`, n.DX)
	w.num(`,`, n.DY)
	w.num(`],"destination_axon":`, n.Axon)
	w.num(`,"destination_tick":`, n.Delay)
	w.num(`,"current_potential":`, n.Potential)
	w.num(`,"reset_mode":`, n.ResetMode)
	w.WriteByte('}')
}

// comma is what stands before element i of an array on one line.
func comma(i int) string {
	if i > 0 {
		return ","
	}
	return ""
}

func bit(set bool) byte {
	if set {
		return '1'
	}
	return '0'
}
