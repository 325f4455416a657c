package proofs_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/proofs"
)

// TestSpinnakerFindsDifferences runs vectors of which one part each is wrong.
func TestSpinnakerFindsDifferences(t *testing.T) {
	const head, init = `{"arith":[{"f":"mulk","a":65536,"b":3,"y":6}`,
		`"init":{"R_membrane":32768,"exp_TC":12054,"T_refract":2,"exc_decay":1580030169,"exc_init":2714937126,"inh_decay":1580030169,"inh_init":2714937126}`
	const lif = `],"lif":[{"name":"a","np":[0,0,32768,32768,0,0,65536,0,32768],"vth":100,"syn":[32768,0,32768,0,32768],
		"n_sub":1,"n_neurons":1,"log_n":1,"log_delay":2,"sh":[0,0],"rows":[[[50000,1,0,0]]],"ev":[[0,false,0],[0,0,0]],"steps":2,"colour_mask":0,` + init
	const rest = `,"trace":[[0,0,0,0,0],[1,0,41426,0,1]],"saturations":1,"skipped":0}]}`
	for name, c := range map[string]struct {
		vectors string
		status  proofs.Status
		bad     int64
	}{
		"equal":               {head + lif + rest, proofs.Equal, 0},
		"a wrong product":     {head + `,{"f":"mulk","a":1,"b":1,"y":1}` + lif + rest, proofs.Differs, 1},
		"an unknown one":      {head + `,{"f":"sqrtk","x":1,"y":1}` + lif + rest, proofs.Failed, 0},
		"a wrong potential":   {head + lif + `,"trace":[[0,1,0,0,0],[1,0,41426,0,1]],"saturations":1}]}`, proofs.Differs, 1},
		"a wrong count":       {head + lif + `,"trace":[[0,0,0,0,0],[1,0,41426,0,1]]}]}`, proofs.Differs, 1},
		"a short trace":       {head + lif + `,"trace":[[0,0,0,0,0]],"saturations":1}]}`, proofs.Failed, 0},
		"a row that is not":   {head + `],"lif":[{"n_neurons":1,"n_sub":1,"ev":[[0,1,0]],"steps":1,"trace":[[0,0,0,0,0]]}]}`, proofs.Failed, 0},
		"neurons without end": {head + `],"lif":[{"n_neurons":1,"log_n":60,"n_sub":1,"steps":1,"trace":[[0,0,0,0,0]]}]}`, proofs.Failed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{
				"v.json":      c.vectors,
				"proofs.json": `{"cases":[{"name":"a","kind":"spinnaker1-arith","vectors":"v.json"},{"name":"l","kind":"spinnaker1-lif","vectors":"v.json"}]}`,
			})
			r, err := proofs.Run(context.Background(), []string{dir}, proofs.Options{})
			if err != nil {
				t.Fatal(err)
			}
			worst, bad := proofs.Equal, int64(0)
			for _, row := range r.Rows {
				if bad += row.Mismatches; row.Status != proofs.Equal {
					worst = row.Status
					t.Log(row.Detail)
				}
			}
			if worst != c.status || bad != c.bad {
				t.Errorf("%s with %d mismatches, want %s with %d", worst, bad, c.status, c.bad)
			}
		})
	}
}
