package spinnaker1_test

import (
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/proofs/agree"
)

// TestBytesAreExact compares what the partition accounted with the blocks that
// are encoded.
func TestBytesAreExact(t *testing.T) {
	for _, c := range agree.Cases {
		for _, opt := range []backend.Options{{}, {CoreNeurons: 37}} {
			n, _, err := frontend.Open(testenv.Shared(t, c.File), frontend.Options{})
			if err != nil {
				t.Fatal(err)
			}
			popt := c.Opt
			popt.Target = opt
			s := compile(t, n, popt)
			img, err := spinnaker1.Target{}.Image(s.Net, s.Map, opt)
			if err != nil {
				t.Fatal(err)
			}
			if len(img.Cores) != len(s.Map.Cores) {
				t.Fatalf("%d cores for %d", len(img.Cores), len(s.Map.Cores))
			}
			for i := range s.Map.Cores {
				m := &s.Map.Cores[i]
				for k := range img.Cores {
					c := &img.Cores[k]
					if int32(c.Y)*img.Machine.Width+int32(c.X) != m.Chip || int32(c.P) != m.Core {
						continue
					}
					for _, u := range m.Usage {
						switch {
						case u.Resource == "SDRAM bytes" && u.Used != c.Bytes(), u.Resource == "neurons" && u.Used != int64(c.Size()):
							t.Fatalf("%s core %d: %d %s were accounted, %d bytes and %d neurons encoded", c.Model, i, u.Used, u.Resource, c.Bytes(), c.Size())
						}
					}
				}
			}
			data, err := image.Encode(img)
			if err != nil {
				t.Fatal(err)
			}
			back, err := image.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := image.Encode(back); err != nil || string(again) != string(data) {
				t.Errorf("%s: encoding what was decoded gives other bytes (%v)", c.File, err)
			}
		}
	}
}
