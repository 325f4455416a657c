package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/passes/tcam"
)

// mostEntries are the bounds of specs/spinnaker1.md 4.2: the smaller of its
// columns 'pacman_pair' and 'pair+default-aware', for the largest tables that of
// the range compressor less what pairing has to add.
var mostEntries = map[string]int{
	"cent_xyp_1000.json":    642,
	"local_xyp_500.json":    292,
	"pops40_seq_1000.json":  36,
	"rand120_xyp_1000.json": 209,
	"rand120_xyp_4000.json": 2054,
	"rand60_xyp_500.json":   115,
	"pacman_table1.csv.gz":  700,
	"pacman_table2.csv.gz":  520,
}

// TestCompressGolden compresses tables of other tools. That each result equals
// its original is proven by tcam.Verify, which has an oracle of its own.
func TestCompressGolden(t *testing.T) {
	dir := testenv.Shared(t, "golden/spinnaker/tables")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, path := range files {
		out := filepath.Join(t.TempDir(), "out")
		r, err := CompressTables(t.Context(), &CompressRequest{File: path, Output: out})
		if err != nil {
			t.Error(err)
			continue
		}
		name := filepath.Base(path)
		if most, ok := mostEntries[name]; ok && r.After > most {
			t.Errorf("%s: %d entries became %d, at most %d are known to do", name, r.Before, r.After, most)
		}
		if strings.HasPrefix(name, "pacman_many") && (len(r.Tables) != 576 || r.Before != 15245 || r.LargestBefore != 1650 || r.LargestAfter > routerEntries) {
			t.Errorf("%s: %d tables, %d entries, the largest %d became %d", name, len(r.Tables), r.Before, r.LargestBefore, r.LargestAfter)
		}
		// What was written is what was reported, and equals the original.
		before, _, err := readTables(path)
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := readTables(out)
		if err != nil || len(after) != len(before) {
			t.Errorf("%s: %d tables, written %d: %v", name, len(before), len(after), err)
			continue
		}
		for i := range before {
			if err := tcam.Verify(t.Context(), before[i].entries, after[i].entries, tcam.Rules{Links: routerLinks}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestPlaceGolden bounds the links in all trees by what other placers reach in
// specs/spinnaker1.md 4.2: of the fast ones that of a Hilbert curve, of the slow
// ones simulated annealing.
func TestPlaceGolden(t *testing.T) {
	for _, c := range []struct {
		name   string
		effort float64
		most   int
	}{
		{"p100_local", 0, 277},
		{"p700_local", 0, 4765},
		{"p1000_layered", 0, 5686},
		{"p1000_pops", 0, 25000}, // Hilbert: 37670; the issue asks for this of -O2
		{"p5000_local", 0, 50295},
		{"p100_local", 1, 169},
		{"p700_local", 1, 2603},
		{"p1000_layered", 1, 2411},
	} {
		path := testenv.Shared(t, "golden/spinnaker/pnr/"+c.name+".json.gz")
		out := filepath.Join(t.TempDir(), "out.json")
		r, err := PlaceGraph(t.Context(), &PlaceRequest{File: path, Effort: c.effort, Output: out})
		if err != nil {
			t.Fatal(err)
		}
		if r.Hops > c.most || r.Tables.Over > 0 {
			t.Errorf("%s, effort %v: %d links, at most %d; %d tables too long", c.name, c.effort, r.Hops, c.most, r.Tables.Over)
		}
		checkRouted(t, path, out, r)
	}
}

// TestPlaceAroundDead routes on a board with links and chips that fail one after
// the other, each in one direction only as well, and sends packets.
func TestPlaceAroundDead(t *testing.T) {
	path := testenv.Shared(t, "golden/spinnaker/pnr/p100_local.json.gz")
	data, err := readRouteFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var problem map[string]json.RawMessage
	var machine map[string]any
	if err := errors.Join(json.Unmarshal(data, &problem), json.Unmarshal(problem["machine"], &machine)); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		for range 4 {
			// Of the diagonal of the board, all of whose chips are there.
			x := random.IntN(8)
			machine["dead_links"] = append(machine["dead_links"].([]any), []int{x, x, random.IntN(6)})
		}
		machine["dead_chips"] = append(machine["dead_chips"].([]any), []int{2 + random.IntN(4), 3})
		if problem["machine"], err = json.Marshal(machine); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(problem)
		if err != nil {
			t.Fatal(err)
		}
		in, out := filepath.Join(t.TempDir(), "in.json"), filepath.Join(t.TempDir(), "out.json")
		if err := os.WriteFile(in, text, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := PlaceGraph(t.Context(), &PlaceRequest{File: in, Output: out, Seed: uint64(round)})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkRouted(t, in, out, r)
	}
}

// checkRouted reads what was written and sends one packet of each net through
// the compressed tables, hop by hop.
func checkRouted(t *testing.T, problem, out string, r *PlaceReport) {
	t.Helper()
	p, err := readProblem(problem)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got routedFile
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	tables := map[[2]int][]tableRow{}
	for _, c := range got.Tables {
		tables[[2]int{c.X, c.Y}] = c.Entries
	}
	at := map[[3]int]bool{}
	for v, c := range got.Placement {
		if at[c] || c[2] < 1 || c[2] > 17 || !p.Grid.Alive(p.Grid.At(c[0], c[1])) {
			t.Fatalf("vertex %d is at %v", v, c)
		}
		at[c] = true
	}
	hops := 0
	for i, n := range p.Nets {
		source := got.Placement[n.Source]
		key := uint32(source[0])<<24 | uint32(source[1])<<16 | uint32(source[2])<<keyBits
		reached, links, err := deliver(p, tables, source, key|5)
		if err != nil {
			t.Fatalf("net %d: %v", i, err)
		}
		want := map[[3]int]bool{}
		for _, v := range n.Sinks {
			want[got.Placement[v]] = true
		}
		if len(reached) != len(want) {
			t.Fatalf("net %d reaches %d cores, not %d", i, len(reached), len(want))
		}
		for c := range want {
			if reached[c] != 1 {
				t.Fatalf("net %d reaches core %v %d times", i, c, reached[c])
			}
		}
		if links != len(got.Trees[i]) {
			t.Fatalf("net %d takes %d links, its tree has %d", i, links, len(got.Trees[i]))
		}
		hops += links
	}
	if hops != r.Hops {
		t.Errorf("the packets take %d links, %d are reported", hops, r.Hops)
	}
}

// deliver returns how often a packet reaches each core, and the links it takes.
func deliver(p *placeProblem, tables map[[2]int][]tableRow, source [3]int, key uint32) (reached map[[3]int]int, links int, err error) {
	type packet struct {
		chip int32
		in   int // -1: from a core
	}
	reached = map[[3]int]int{}
	for queue := []packet{{p.Grid.At(source[0], source[1]), -1}}; len(queue) > 0; queue = queue[1:] {
		q := queue[0]
		x, y := p.Grid.XY(q.chip)
		route := uint32(0)
		if q.in >= 0 {
			route = 1 << p.Grid.Opposite(q.in) // by default
		}
		for _, e := range tables[[2]int{x, y}] {
			if key&e[1] == e[0] {
				route = e[2]
				break
			}
		}
		for ; route != 0; route &= route - 1 {
			to := bits.TrailingZeros32(route)
			if to >= routerLinks {
				reached[[3]int{x, y, to - routerLinks}]++
				continue
			}
			next := p.Grid.Next(q.chip, to)
			if next < 0 {
				return nil, 0, fmt.Errorf("link %d of chip (%d,%d) is dead", to, x, y)
			}
			if links++; links > p.Grid.Chips() {
				return nil, 0, fmt.Errorf("the packet goes in circles")
			}
			queue = append(queue, packet{next, p.Grid.Opposite(to)})
		}
	}
	return reached, links, nil
}

// TestRouteRefuses gives files that cannot be read.
func TestRouteRefuses(t *testing.T) {
	const machine = `"machine":{"width":2,"height":2,"cores_per_chip":17}`
	pack := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.String()
	}
	for _, c := range []struct {
		place      bool
		text, want string
	}{
		{false, "", "the file is empty"},
		{false, "{}", "there is no array of entries"},
		{false, `{"entries":[[1,2]]}`, "entry [1,2]: it has 2 numbers"},
		{false, `{"entries":[[1,2,-3,0]]}`, "four whole numbers of 32 bits"},
		{false, `{"entries":[[1,2,4294967296,0]]}`, "four whole numbers of 32 bits"},
		{false, `{"entries":7}`, "entries holds a number that does not belong there"},
		{false, `{"entries":[`, "not JSON at byte"},
		{false, `[{"entries":[{"key":1,"mask":1,"spinnaker_route":0,"defaultable":true}]}]`, "its route 0x0 is not one link"},
		{false, `[{"entries":[{"key":1,"mask":1,"route":1}]}]`, "key, mask and spinnaker_route are expected"},
		{false, `[{"entries":[{"key":1,"spinnaker_route":1}]}]`, "key, mask and spinnaker_route are expected"},
		{false, `[{"x":2,"y":3,"entries":[{"key":4294967295,"mask":0,"spinnaker_route":1}]}]`, "entry 0 of chip (2,3) matches no packet"},
		{false, `{"n":2,"entries":[[1,1,1,0]]}`, "n says 2 entries, there are 1"},
		{false, `{"fields":["mask","key","route"],"entries":[[3,1,1]]}`, "in this order"},
		{false, "0x11,0xfffffff0,1\n", "entry 0 matches no packet: its key 0x00000011 has ones where its mask 0xfffffff0 has zeros"},
		{false, "0b1,1,1\n", "line 1: \"0b1\" is not a number of 32 bits"},
		{false, "1,2\n", "line 1 has 2 fields"},
		{false, "1,2,3\n1,2,x\n", "line 2: \"x\" is not a number of 32 bits"},
		{false, "\x1f\x8b garbage", "gzip: invalid header"},
		{false, pack("1,2,3\n")[:20], "unexpected EOF"},
		{false, pack(strings.Repeat(" ", routeFileLimit+1)), "unpacked it is larger"},
		{true, `{"n_vertices":1}`, "a machine of 0 x 0 chips"},
		{true, `{"n_vertices":1,"machine":{"width":1000000000,"height":1000000000}}`, "each side has 1 to 256"},
		{true, `{"n_vertices":99999999,` + machine + `}`, "n_vertices is 99999999"},
		{true, `{"n_vertices":-1,` + machine + `}`, "n_vertices is -1"},
		{true, `{"n_vertices":1,"nets":[[0,[1],1]],` + machine + `}`, "net 0 has vertex 1, there are 1"},
		{true, `{"n_vertices":1,"nets":[[0,[0],1e999]],` + machine + `}`, "[source, [sinks], weight] is expected"},
		{true, `{"n_vertices":1,"nets":[[0,[0],-1]],` + machine + `}`, "net 0 has weight -1"},
		{true, `{"n_vertices":1,"nets":[[0]],` + machine + `}`, "[source, [sinks], weight] is expected"},
		{true, `{"n_vertices":2,"nets":[[0,[1],1],[0,[1],1]],` + machine + `}`, "net 1 has the same source as another"},
		{true, `{"n_vertices":99,` + machine + `}`, "the graph needs 99 cores, the machine has 68"},
		{true, `{"n_vertices":1,"cores_per_vertex":18,` + machine + `}`, "cores_per_vertex is 18"},
		{true, `{"n_vertices":1,"machine":{"width":2,"height":2,"cores_per_chip":152}}`, "cores_per_chip is 152"},
		{true, `{"n_vertices":1,"machine":{"width":2,"height":2,"cores_per_chip":1,"dead_chips":[[2,0]]}}`, "dead chip (2,0) is outside"},
		{true, `{"n_vertices":1,"machine":{"width":2,"height":2,"cores_per_chip":1,"dead_links":[[0,0,6]]}}`, "dead link [0, 0, 6]"},
		{true, `{"n_vertices":2,"nets":[[0,[1]]],"machine":{"width":2,"height":1,"cores_per_chip":1,"dead_links":[[0,0,0],[1,0,3]]}}`, "dead chips or links cut it off"},
	} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var err error
		if c.place {
			_, err = PlaceGraph(t.Context(), &PlaceRequest{File: path})
		} else {
			_, err = CompressTables(t.Context(), &CompressRequest{File: path})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.60q: %v, want %q with the path", c.text, err, c.want)
		}
	}
}

// TestTableNumbers reads what other tools write: numbers with zeros in front are
// decimal, not octal.
func TestTableNumbers(t *testing.T) {
	got, err := parseCSV([]byte("Key,Mask,Route\n0010,0XFF,0x0a\n"))
	if want := (tcam.Entry{Key: 10, Mask: 255, Route: 10}); err != nil || got[0].entries[0] != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// TestTableForms writes each form and reads it back.
func TestTableForms(t *testing.T) {
	tables := []routeTable{{name: "a", chip: &[2]int{3, 4}, entries: []tcam.Entry{{Key: 8, Mask: 0xfffffff8, Route: 1, Sources: 8}, {Key: 1, Mask: 1, Route: 0x41}}}}
	for form := csvForm; form <= chipForm; form++ {
		for _, name := range []string{"f", "f.gz"} {
			path := filepath.Join(t.TempDir(), name)
			if err := writeTables(path, tables, form); err != nil {
				t.Fatal(err)
			}
			got, back, err := readTables(path)
			if err != nil || back != form || !slices.Equal(got[0].entries, tables[0].entries) {
				t.Errorf("form %d as %s: %+v, %v, %v", form, name, got, back, err)
			}
		}
	}
}
