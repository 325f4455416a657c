package image_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/internal/testenv"
)

// TestGolden: every network that RANC ran is read, and what is written of it is
// read back equal, and written again to the same bytes.
func TestGolden(t *testing.T) {
	dir := testenv.Shared(t, "golden/truenorth")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		cases++
		t.Run(e.Name(), func(t *testing.T) {
			img, err := image.OpenDir(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if len(img.Input.Cores) == 0 || len(img.Input.Packets) == 0 {
				t.Fatalf("%d cores and %d packets", len(img.Input.Cores), len(img.Input.Packets))
			}
			checkRoundTrip(t, img)
		})
	}
	if cases < 9 {
		t.Fatalf("%d cases", cases)
	}
}

// tester is a test, be it one of package testing or of rapid.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// checkRoundTrip writes an image, reads it back and writes it again.
func checkRoundTrip(t tester, img *image.Image) {
	t.Helper()
	config, input := write(t, img)
	back := read(t, config, input)
	if diff := cmp.Diff(canonical(img), canonical(back)); diff != "" {
		t.Fatal(diff)
	}
	config2, input2 := write(t, back)
	if !bytes.Equal(config, config2) || !bytes.Equal(input, input2) {
		t.Fatal("the second time other bytes were written")
	}
}

func write(t tester, img *image.Image) (config, input []byte) {
	t.Helper()
	var c, in bytes.Buffer
	if err := image.WriteConfig(&c, &img.Config); err != nil {
		t.Fatal(err)
	}
	if err := image.WriteInput(&in, img); err != nil {
		t.Fatal(err)
	}
	return c.Bytes(), in.Bytes()
}

func read(t tester, config, input []byte) *image.Image {
	t.Helper()
	c, err := image.ReadConfig("config.json", bytes.NewReader(config))
	if err != nil {
		t.Fatal(err)
	}
	in, err := image.ReadInput("input.json", bytes.NewReader(input), c)
	if err != nil {
		t.Fatal(err)
	}
	return &image.Image{Config: *c, Input: *in}
}

// canonical spells out what an image leaves out: the types of all axons, all
// words of each row.
func canonical(img *image.Image) *image.Image {
	out := &image.Image{Config: img.Config, Input: img.Input}
	out.Input.Cores = nil
	for k := range img.Input.Cores {
		c := img.Input.Cores[k]
		axons := make([]uint16, img.Config.NumAxons)
		copy(axons, c.Axons)
		var rows [][]uint64
		for _, row := range c.Connections {
			full := make([]uint64, (img.Config.NumAxons+63)/64)
			copy(full, row)
			rows = append(rows, full)
		}
		c.Axons, c.Connections = axons, rows
		out.Input.Cores = append(out.Input.Cores, c)
	}
	return out
}
