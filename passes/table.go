package passes

import (
	"context"
	"fmt"
)

// pass is one row of the pipeline.
type pass struct {
	name  string
	run   func(context.Context, *State) error
	stage Stage  // the first stage that needs it
	why   string // why it exists
}

// pipeline is the ordered table of passes.
var pipeline = []pass{
	{"flatten", flatten, ToReference, "inlines nested networks, so that later passes see one graph"},
	{"shapes", inferShapes, ToReference, "infers every node's input and output shape"},
	{"normalise", normalise, ToReference, "gives equal networks one form: uniform parameters, no empty biases"},
	{"dead", dead, ToReference, "removes what no output or probe can see"},
	{"fold", fold, ToReference, "removes maps that do nothing, where that is exact"},
	{"discretize", discretize, ToReference, "decides dt, integrator, reset and every delay in steps"},
	{"legalise", legalise, ToInteger, "says how true the target is to each population, and rewrites or refuses"},
	{"lower", lower, ToInteger, "makes each path of maps one private projection; weights of convolutions stay shared"},
	{"relay", relay, ToInteger, "sums the inputs of neurons in parts where the target's neurons listen to few"},
	{"retime", retime, ToInteger, "finds the delay of each connection that makes up for the time spikes travel"},
	{"quantize", quantizePass, ToInteger, "turns weights, thresholds and decays into the target's integers"},
	{"partition", partition, ToImage, "fills cores with neurons until a resource of the core is used up"},
	{"place", placeCores, ToImage, "puts cores that talk to each other near each other on the chip"},
	{"route", route, ToImage, "checks what each core sends, now that every target has a place"},
}

// passOrder documents what has to come before what. It is checked when the
// program starts; it does not reorder the table.
var passOrder = []struct{ before, after, reason string }{
	{"flatten", "shapes", "shapes cross the ports of nested networks"},
	{"shapes", "normalise", "a uniform parameter needs its shape"},
	{"normalise", "dead", "an empty bias drives nothing"},
	{"dead", "fold", "folding work on dead nodes is wasted"},
	{"fold", "discretize", "a delay of zero is gone before delays are counted"},
	{"discretize", "legalise", "the reset that is legal or not is decided there"},
	{"legalise", "lower", "what cannot run should be refused under the user's names"},
	{"lower", "relay", "fan-in is counted over projections"},
	{"relay", "retime", "a relay takes a step"},
	{"lower", "retime", "latencies belong to projections"},
	{"retime", "quantize", "a late start decides whether an initial potential survives, which the integers must repeat"},
	{"lower", "quantize", "an exponent belongs to one projection"},
	{"quantize", "partition", "the width of weights decides how many synapses fill a core"},
	{"partition", "place", "cores are placed, not neurons"},
	{"place", "route", "what leaves a core depends on where targets are"},
}

// errOrder is what is wrong with the table; Run refuses to start with it.
var errOrder = checkOrder(pipeline)

// checkOrder returns an error if the table breaks a constraint.
func checkOrder(table []pass) error {
	at := map[string]int{}
	for i := range table {
		at[table[i].name] = i
	}
	for _, c := range passOrder {
		b, ok1 := at[c.before]
		a, ok2 := at[c.after]
		if !ok1 || !ok2 {
			return fmt.Errorf("constraint %s before %s names an unknown pass", c.before, c.after)
		}
		if b >= a {
			return fmt.Errorf("pass %s has to come before %s: %s", c.before, c.after, c.reason)
		}
	}
	return nil
}
