package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/backend/spinnaker1/image/imagetest"
	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/passes/tcam"
)

func spinnakerImage(t *testing.T) (*image.Image, []byte) {
	t.Helper()
	img, err := imagetest.Random(rand.New(rand.NewPCG(7, 0)), 8)
	if err != nil {
		t.Fatal(err)
	}
	data, err := image.Encode(img)
	if err != nil {
		t.Fatal(err)
	}
	return img, data
}

// TestSpinnaker1Machine runs a machine on random data and compares with the
// emulator.
func TestSpinnaker1Machine(t *testing.T) {
	_, data := spinnakerImage(t)
	m, err := LoadSpinnaker1(data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := RandomData(m.Inputs(), 20, 0.3, 1)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := spinnaker1.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	stim, err := d.stimulus(m.Inputs(), 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := spinnaker1.Run(context.Background(), prog, stim, spinnaker1.Options{Steps: 20})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Run(context.Background(), d, Options{}, func(k int, s *Sample) error {
		for i, p := range m.Populations() {
			if s.Spikes[i].Name != p.Name || s.Spikes[i].N != p.Size || s.Spikes[i].Count() != want.Spikes[i].Count() {
				t.Errorf("population %d is %s with %d spikes", i, s.Spikes[i].Name, s.Spikes[i].Count())
			}
		}
		if *s.Stats != want.Stats || s.Stats.Spikes == 0 {
			t.Errorf("counts %+v, want %+v", s.Stats, want.Stats)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSpinnaker1Files checks what is written for other tools: the block of each
// core as in the image, the tables, and what the sources send.
func TestSpinnaker1Files(t *testing.T) {
	img, data := spinnakerImage(t)
	m, err := LoadSpinnaker1(data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := RandomData(m.Inputs(), 20, 0.3, 1)
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := Spinnaker1Files(data, d, 0)
	if err != nil {
		t.Fatal(err)
	}
	blocks, tables, lines := 0, 0, 0
	for _, f := range files {
		switch {
		case strings.HasSuffix(f.Name, ".sdram"):
			blocks++
			if !bytes.Contains(data, f.Data) {
				t.Errorf("%s is not in the image", f.Name)
			}
		case strings.HasPrefix(f.Name, "routing_"):
			got, err := parseCSV(f.Data)
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			for i, e := range img.Chips[tables].Entries {
				if want := (tcam.Entry{Key: e.Key, Mask: e.Mask, Route: e.Route}); len(got[0].entries) != len(img.Chips[tables].Entries) || got[0].entries[i] != want {
					t.Errorf("%s: route compress reads %+v, want %+v", f.Name, got[0].entries, want)
				}
			}
			tables++
		case strings.HasPrefix(f.Name, "core_"):
			lines += bytes.Count(f.Data, []byte("\n")) - 1
		}
	}
	spikes := 0
	stim, err := d.stimulus(m.Inputs(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range stim {
		spikes += in.Count()
	}
	if blocks != len(img.Cores) || tables != len(img.Chips) || lines != spikes || spikes == 0 {
		t.Errorf("%d blocks, %d tables and %d packets, want %d, %d and %d", blocks, tables, lines, len(img.Cores), len(img.Chips), spikes)
	}
	if _, _, err := Spinnaker1Files(data, d, 1); err == nil {
		t.Error("there is a sample 1")
	}
	var manifest image.Manifest
	if err := json.Unmarshal(files[0].Data, &manifest); err != nil || len(manifest.Cores) != len(img.Cores) {
		t.Errorf("manifest of %d cores, %v", len(manifest.Cores), err)
	}
	synapses := 0
	for _, c := range manifest.Cores {
		synapses += c.Synapses
	}
	info, err := DescribeSpinnaker1(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range info.Cores {
		synapses -= c.Synapses
	}
	if synapses != 0 {
		t.Errorf("%d more synapses in the manifest than in the description", synapses)
	}
	var text bytes.Buffer
	if err := info.Text(&text); err != nil || !strings.Contains(text.String(), "routing tables on") {
		t.Errorf("%v, %s", err, text.String())
	}
	t.Log(text.String())
}
