package spike_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

// sample fetches one sample of a source.
func sample(t testing.TB, s spike.Source, k int) *spike.Raster {
	t.Helper()
	var r spike.Raster
	if err := s.Raster(k, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func mustEqual(t testing.TB, what string, got, want *spike.Raster) {
	t.Helper()
	if n, at, i, err := spike.Diff(got, want); n != 0 || err != nil {
		t.Fatalf("%s: %d bits differ, the first at [%d, %d] (%v)", what, n, at, i, err)
	}
}

// reference reads the batch of testdata the plain way: its uint8 array.
func reference(t testing.TB) []*spike.Raster {
	t.Helper()
	a, err := npy.ReadFile("testdata/batch_u8.npy")
	if err != nil {
		t.Fatal(err)
	}
	var out []*spike.Raster
	for k := range 3 {
		r, err := spike.New(5, 11)
		if err != nil {
			t.Fatal(err)
		}
		for x := range 55 {
			if a.Bytes[k*55+x] == 1 {
				r.Set(x/11, x%11)
			}
		}
		out = append(out, r)
	}
	return out
}

func TestOneBatchInEveryLayout(t *testing.T) {
	want := reference(t)
	for _, name := range []string{"batch_u8.npy", "batch_f4_F.npy", "batch_bool.npy", "batch_packed.npy", "batch_packed.npz", "batch.npz", "only.npz"} {
		s, err := spike.Open("testdata/"+name, 11, spike.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Samples() != 3 || s.Steps() != 5 || s.N() != 11 {
			t.Errorf("%s: %d samples of %d x %d", name, s.Samples(), s.Steps(), s.N())
			continue
		}
		for k := range want {
			mustEqual(t, name, sample(t, s, k), want[k])
		}
		if s.Raster(3, &spike.Raster{}) == nil || s.Raster(-1, &spike.Raster{}) == nil {
			t.Errorf("%s: a sample that is not there was read", name)
		}
	}
	for _, name := range []string{
		"one_i8.npy", "one_u8.npy", "one_packed.npy", "one_events.npy", "one_events.npz",
		"one_raster.csv", "one_raster_floats.txt", "one_events.csv", "one_events_bare.tsv",
	} {
		s, err := spike.Open("testdata/"+name, 11, spike.Options{Steps: 5})
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Samples() != 1 {
			t.Errorf("%s: %d samples", name, s.Samples())
		}
		mustEqual(t, name, sample(t, s, 0), want[1])
	}
}

func TestSelection(t *testing.T) {
	want := reference(t)
	for _, c := range []struct {
		opt    spike.Options
		pick   []int
		labels []int
	}{
		{spike.Options{}, []int{0, 1, 2}, []int{4, 5, 6}},
		{spike.Options{Limit: 2}, []int{0, 1}, []int{4, 5}},
		{spike.Options{Limit: 9}, []int{0, 1, 2}, []int{4, 5, 6}},
		{spike.Options{Subset: "test"}, []int{0, 2}, []int{4, 6}},
		{spike.Options{Subset: "test", Limit: 1}, []int{0}, []int{4}},
		{spike.Options{Subset: "train"}, []int{1}, []int{5}},
	} {
		s, err := spike.Open("testdata/batch_packed.npz", 11, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		if s.Samples() != len(c.pick) || !cmp.Equal(s.Labels(), c.labels) {
			t.Errorf("%+v: %d samples, labels %v", c.opt, s.Samples(), s.Labels())
			continue
		}
		for k, from := range c.pick {
			mustEqual(t, fmt.Sprintf("%+v", c.opt), sample(t, s, k), want[from])
		}
	}
}

// Steps cuts a raster or fills it up; a raster that is used again holds
// nothing of what was in it before.
func TestStepsCutAndFillUp(t *testing.T) {
	want := reference(t)
	for _, steps := range []int{2, 8} {
		for _, name := range []string{"batch_u8.npy", "one_events.npz", "one_raster.csv"} {
			s, err := spike.Open("testdata/"+name, 11, spike.Options{Steps: steps})
			if err != nil {
				t.Fatal(err)
			}
			from := want[1]
			if s.Samples() == 3 {
				from = want[0]
			}
			r, err := spike.New(steps, 11)
			if err != nil {
				t.Fatal(err)
			}
			for k := range r.Words {
				r.Words[k] = 1<<11 - 1
			}
			if err := s.Raster(0, r); err != nil {
				t.Fatal(err)
			}
			for at := range steps {
				for i := range 11 {
					if r.Get(at, i) != (at < 5 && from.Get(at, i)) {
						t.Fatalf("%s with %d steps: wrong at [%d, %d]", name, steps, at, i)
					}
				}
			}
		}
	}
}

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeNPZ(t testing.TB, arrays ...*npy.Array) string {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteNPZ(&b, arrays); err != nil {
		t.Fatal(err)
	}
	return write(t, "a.npz", b.String())
}

func u8(name string, shape []int, bytes ...uint8) *npy.Array {
	return &npy.Array{Name: name, Shape: shape, Kind: npy.Uint, Bits: 8, Bytes: bytes}
}

func ints(name string, shape []int, v ...int64) *npy.Array {
	return &npy.Array{Name: name, Shape: shape, Kind: npy.Int, Bits: 64, Ints: v}
}

func TestRefusalsSayWhereAndWhatToDo(t *testing.T) {
	shape := func(v ...int64) *npy.Array { return ints("shape", []int{len(v)}, v...) }
	cases := []struct {
		name  string
		path  string
		n     int
		opt   spike.Options
		words []string
	}{
		{"value", writeNPZ(t, u8("x", []int{2, 3}, 0, 1, 0, 0, 0, 7)), 3, spike.Options{}, []string{"value 7 at [t=1, i=2]", "--encode if"}},
		{"value in a batch", writeNPZ(t, ints("x", []int{2, 2, 3}, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0)), 3, spike.Options{}, []string{"value -1 at [sample 1, t=0, i=1]"}},
		{"channels", "testdata/batch_u8.npy", 12, spike.Options{}, []string{"[3 5 11]", "12 channels"}},
		{"channels by shape", "testdata/batch_packed.npz", 12, spike.Options{}, []string{"11 channels", "12"}},
		{"packed above N", writeNPZ(t, u8("x", []int{2, 2}, 0, 7, 0, 8)), 11, spike.Options{Form: spike.FormPacked}, []string{"[t=1]", "little"}},
		{"packed or raster", writeNPZ(t, u8("x", []int{2, 8, 8}, make([]uint8, 128)...)), 64, spike.Options{}, []string{"raster or packed-batch", "--form"}},
		{"events in bytes", writeNPZ(t, u8("x", []int{1, 2}, 0, 1)), 5, spike.Options{}, []string{"holds no spikes of 5 channels", "--form it may be events"}},
		{"one step or one sample", writeNPZ(t, ints("x", []int{4, 1, 3}, make([]int64, 12)...)), 3, spike.Options{}, []string{"raster or batch"}},
		{"two columns", writeNPZ(t, ints("x", []int{2, 2}, 0, 1, 1, 0)), 2, spike.Options{}, []string{"raster or events", "--form"}},
		{"wrong form", "testdata/batch_u8.npy", 11, spike.Options{Form: spike.FormPacked}, []string{`form "packed"`, "it may be batch"}},
		{"form against shape", "testdata/batch_packed.npz", 11, spike.Options{Form: spike.FormBatch}, []string{"packed-batch"}},
		{"duplicate", writeNPZ(t, ints("events", []int{2, 2}, 1, 1, 1, 1)), 9, spike.Options{}, []string{"row 1", "t=1, i=1"}},
		{"event beyond N", writeNPZ(t, ints("events", []int{2, 2}, 1, 1, 1, 9)), 9, spike.Options{}, []string{"row 1", "channel 9"}},
		{"event beyond T", writeNPZ(t, ints("events", []int{1, 2}, 5, 1)), 9, spike.Options{Steps: 5}, []string{"row 0", "step 5"}},
		{"negative event", writeNPZ(t, ints("events", []int{1, 2}, -1, 1)), 9, spike.Options{}, []string{"row 0", "step -1"}},
		{"wild event", writeNPZ(t, ints("events", []int{1, 2}, 1<<40, 1)), 9, spike.Options{}, []string{"row 0", "--steps"}},
		{"long events", writeNPZ(t, ints("events", []int{1, 2}, 1, 1), shape(1<<30, 9)), 9, spike.Options{}, []string{"--steps"}},
		{"no events", writeNPZ(t, ints("events", []int{0, 2})), 9, spike.Options{}, []string{"no steps"}},
		{"shape lies", writeNPZ(t, u8("spikes", []int{2, 2}, 0, 1, 0, 1), shape(3, 9)), 9, spike.Options{}, []string{"[3 9]"}},
		{"shape negative", writeNPZ(t, u8("spikes", []int{2, 2}, 0, 1, 0, 1), shape(-3, 9)), 9, spike.Options{}, []string{"-3"}},
		{"two stimuli", writeNPZ(t, u8("x", []int{1, 1}, 0), u8("data", []int{1, 1}, 0)), 1, spike.Options{}, []string{`"x"`, `"data"`}},
		{"no stimulus", writeNPZ(t, u8("a", []int{1, 1}, 0), u8("b", []int{1, 1}, 0)), 1, spike.Options{}, []string{"spikes", "a, b"}},
		{"labels too few", writeNPZ(t, u8("x", []int{2, 1, 1}, 0, 1), u8("y", []int{1}, 0)), 1, spike.Options{Form: spike.FormBatch}, []string{"1 labels for 2 samples"}},
		{"no mask", "testdata/batch.npz", 11, spike.Options{Subset: "test"}, []string{`"test"`}},
		{"unknown subset", "testdata/batch_packed.npz", 11, spike.Options{Subset: "tset"}, []string{"tset"}},
		{"negative limit", "testdata/batch.npz", 11, spike.Options{Limit: -1}, []string{"negative"}},
		{"huge steps", "testdata/batch.npz", 11, spike.Options{Steps: 1 << 50}, []string{"limit"}},
		{"no channels", "testdata/batch.npz", 0, spike.Options{}, []string{"channels"}},
		{"images", writeNPZ(t, u8("images", []int{1, 2}, 9, 9)), 2, spike.Options{Steps: 3}, []string{"--encode if"}},
		{"images without steps", writeNPZ(t, u8("images", []int{1, 2}, 9, 9)), 2, spike.Options{Encode: "if"}, []string{"--steps"}},
		{"image size", writeNPZ(t, u8("images", []int{1, 2}, 9, 9)), 3, spike.Options{Encode: "if", Steps: 1}, []string{"2 pixels", "3 inputs"}},
		{"float images", writeNPZ(t, ints("images", []int{1, 2}, 9, 9)), 2, spike.Options{Encode: "if", Steps: 1}, []string{"uint8"}},
		{"unknown code", writeNPZ(t, u8("images", []int{1, 2}, 9, 9)), 2, spike.Options{Encode: "rate"}, []string{"rate", "if"}},
		{"csv encoded", "testdata/one_raster.csv", 11, spike.Options{Encode: "if"}, []string{"--encode"}},
		{"wrong name", write(t, "a.npy", "version https://git-lfs"), 2, spike.Options{}, []string{".npy"}},
		{"unknown", write(t, "a.bin", "hello"), 2, spike.Options{}, []string{"unknown format"}},
		{"missing", "testdata/none.npy", 2, spike.Options{}, []string{"no such file"}},
		{"folder", "testdata", 2, spike.Options{}, []string{"regular"}},
		{"labels missing", "testdata/batch.npz", 11, spike.Options{Labels: "testdata/none"}, []string{"testdata/none", "no such file"}},
	}
	for _, c := range cases {
		s, err := spike.Open(c.path, c.n, c.opt)
		if err == nil {
			t.Errorf("%s: accepted as %d x %d x %d", c.name, s.Samples(), s.Steps(), s.N())
			continue
		}
		if c.name != "labels missing" {
			c.words = append(c.words, c.path)
		}
		for _, w := range c.words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q lacks %q", c.name, err, w)
			}
		}
		if strings.Count(err.Error(), c.path) > 1 && c.path != "testdata" {
			t.Errorf("%s: %q names the path twice", c.name, err)
		}
	}
}

func TestFormsSettleAmbiguity(t *testing.T) {
	two := writeNPZ(t, ints("x", []int{2, 2}, 0, 1, 1, 0))
	for form, want := range map[spike.Form][2]int{spike.FormRaster: {2, 2}, spike.FormEvents: {2, 2}} {
		s, err := spike.Open(two, 2, spike.Options{Form: form})
		if err != nil {
			t.Fatal(err)
		}
		r := sample(t, s, 0)
		if r.Steps != want[0] || r.Count() != 2 || !r.Get(0, 1) || !r.Get(1, 0) {
			t.Errorf("%s: %+v", form, r)
		}
	}
	bytes := writeNPZ(t, u8("events", []int{2, 2}, 0, 1, 3, 0))
	if s, err := spike.Open(bytes, 9, spike.Options{}); err != nil || s.Steps() != 4 {
		t.Errorf("an array named events: %v", err)
	}
	for form, samples := range map[spike.Form]int{spike.FormRaster: 1, spike.FormBatch: 4} {
		path := writeNPZ(t, ints("x", []int{4, 1, 3}, make([]int64, 12)...))
		s, err := spike.Open(path, 3, spike.Options{Form: form})
		if err != nil || s.Samples() != samples || s.Samples()*s.Steps() != 4 {
			t.Errorf("%s: %v (%v)", form, s, err)
		}
	}
	// Five rows cannot be events of two channels without repeating one.
	s, err := spike.Open(writeNPZ(t, ints("x", []int{5, 2}, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1)), 2, spike.Options{})
	if err != nil || s.Steps() != 5 || sample(t, s, 0).Count() != 4 {
		t.Errorf("a raster of two channels: %v", err)
	}
	s, err = spike.Open(writeNPZ(t, ints("x", []int{2, 2}, 0, 1, 3, 0)), 2, spike.Options{})
	if err != nil || s.Steps() != 4 || sample(t, s, 0).Count() != 2 {
		t.Errorf("events of two channels: %v", err)
	}
}

func TestWritersAreReadBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		steps, n := rapid.IntRange(1, 9).Draw(t, "steps"), rapid.IntRange(1, 140).Draw(t, "n")
		want, err := spike.New(steps, n)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 40).Draw(t, "k") {
			want.Set(rapid.IntRange(0, steps-1).Draw(t, "t"), rapid.IntRange(0, n-1).Draw(t, "i"))
		}
		for _, w := range []struct {
			name  string
			write func(*bytes.Buffer) error
			opt   spike.Options
		}{
			{"bits.npz", func(b *bytes.Buffer) error { return spike.WriteNPZ(b, want) }, spike.Options{}},
			{"events.npz", func(b *bytes.Buffer) error { return spike.WriteEventsNPZ(b, want) }, spike.Options{}},
			{"events.csv", func(b *bytes.Buffer) error { return spike.WriteEventsCSV(b, want) }, spike.Options{Steps: steps}},
		} {
			var b bytes.Buffer
			if err := w.write(&b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, w.name)
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := spike.Open(path, n, w.opt)
			if err != nil {
				t.Fatal(err)
			}
			var got spike.Raster
			if err := s.Raster(0, &got); err != nil {
				t.Fatal(err)
			}
			if k, at, i, err := spike.Diff(&got, want); k != 0 || err != nil {
				t.Fatalf("%s: %d bits differ, the first at [%d, %d] (%v)", w.name, k, at, i, err)
			}
		}
	})
}
