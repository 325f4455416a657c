package events_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/events"
)

// words is big-endian words of 32 bits.
func words(xs ...uint32) (out []byte) {
	for _, x := range xs {
		out = binary.BigEndian.AppendUint32(out, x)
	}
	return out
}

// packet is a packet of AEDAT 3.1 of 8-byte events (word, time), laid out by
// hand from the documentation.
func packet(kind uint16, overflow uint32, pairs ...uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, kind)
	b = le.AppendUint16(b, 1) // source
	n := uint32(len(pairs) / 2)
	for _, x := range append([]uint32{8, 4, overflow, n, n, n}, pairs...) {
		b = le.AppendUint32(b, x)
	}
	return b
}

// polarity is the first word of an event of AEDAT 3.1.
func polarity(x, y, on, valid uint32) uint32 { return x<<17 | y<<2 | on<<1 | valid }

const (
	text2 = "#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n"
	text3 = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"
)

func TestNMNISTByHand(t *testing.T) {
	data := []byte{
		3, 33, 0x80, 0x00, 0x05, // on at 5 us
		33, 0, 0x01, 0x02, 0x03, // off at 0x010203 us
		0, 240, 0, 0, 0, // the clock overflowed
		1, 2, 0xff, 0xff, 0xff, // on at 2^23 - 1 us, and 2^13 us
	}
	r, err := events.NMNIST(data, events.Sensor{})
	if err != nil {
		t.Fatal(err)
	}
	want := &events.Recording{Width: 34, Height: 34, Events: []events.Event{
		{5, 3, 33, true}, {66051, 33, 0, false}, {8388607 + 8192, 1, 2, true},
	}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
}

func TestAEDAT2OfDVS128(t *testing.T) {
	data := append([]byte(text2), words(
		127<<8|3<<1|1, 10,
		1<<15, 11, // an external event
		5<<8|4<<1, 0xffffffff,
		0, 2, // the clock wrapped
	)...)
	r, err := events.AEDAT(data, events.Sensor{})
	if err != nil {
		t.Fatal(err)
	}
	want := &events.Recording{Width: 128, Height: 128, Events: []events.Event{
		{10, 3, 127, true}, {1<<32 - 1, 4, 5, false}, {1<<32 + 2, 0, 0, false},
	}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
}

// The first event starts with the byte of #, which is row 140 of a DAVIS.
func TestAEDAT2OfDAVIS(t *testing.T) {
	const chip = "# AEChip: eu.seebetter.ini.chips.davis.Davis346blue\r\n"
	data := append([]byte(text2+chip), words(
		140<<22|345<<12|1<<11, 10,
		1<<31|140<<22, 11, // a frame
		1<<10, 12, // an external event
	)...)
	r, err := events.AEDAT(data, events.Sensor{})
	if err != nil {
		t.Fatal(err)
	}
	want := &events.Recording{Width: 346, Height: 260, Events: []events.Event{{10, 345, 140, true}}}
	if data[len(text2+chip)] != '#' || !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
}

func TestAEDAT3ByHand(t *testing.T) {
	data := slices.Concat([]byte(text3),
		packet(1, 0, polarity(7, 3, 1, 1), 100, polarity(500, 500, 1, 0), 101, polarity(0, 9, 0, 1), 102),
		packet(0, 0, 1, 103), // special events
		packet(1, 2, polarity(1, 1, 0, 1), 5))
	for _, sensor := range []events.Sensor{{}, {Width: 128, Height: 64}} {
		r, err := events.AEDAT(data, sensor)
		if err != nil {
			t.Fatal(err)
		}
		want := &events.Recording{Width: 8, Height: 10, Events: []events.Event{
			{100, 7, 3, true}, {102, 0, 9, false}, {2<<31 + 5, 1, 1, false},
		}}
		if sensor.Width != 0 {
			want.Width, want.Height = 128, 64
		}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
}

func TestBinning(t *testing.T) {
	r := &events.Recording{Width: 2, Height: 3, Events: []events.Event{
		{1000, 1, 2, true}, {1999, 1, 2, true}, {2000, 0, 1, false}, {4500, 0, 0, true}, {990, 0, 0, false},
	}}
	// Step 0 is 990 to 1989 us: of channel 11 = 6 + 2*2 + 1 and channel 0.
	raster, late, err := r.Bin(1000, 0)
	if err != nil || late != 0 || raster.Steps != 4 || raster.N != 12 {
		t.Fatalf("%+v, %d late (%v)", raster, late, err)
	}
	for _, at := range [][2]int{{0, 11}, {0, 0}, {1, 11}, {1, 2}, {3, 6}} {
		if !raster.Get(at[0], at[1]) {
			t.Errorf("no spike in step %d on channel %d", at[0], at[1])
		}
	}
	if n := raster.Count(); n != 5 {
		t.Errorf("%d spikes, want 5", n)
	}
	if raster, late, err = r.Bin(1000, 2); err != nil || raster.Steps != 2 || late != 1 {
		t.Errorf("%d steps, %d late (%v); want 2 and 1", raster.Steps, late, err)
	}
}

func TestBrokenRecordings(t *testing.T) {
	ok := packet(1, 0, polarity(1, 1, 1, 1), 5)
	change := func(at int, x uint32) []byte {
		b := slices.Clone(ok)
		binary.LittleEndian.PutUint32(b[at:], x)
		return append([]byte(text3), b...)
	}
	chip := func(name string) []byte { return []byte(text2 + "# AEChip: " + name + "\r\n") }
	for _, c := range []struct {
		parse  events.Parser
		data   []byte
		sensor events.Sensor
		want   string
	}{
		{events.NMNIST, []byte{1, 2, 3}, events.Sensor{}, "truncated"},
		{events.NMNIST, []byte{34, 0, 0, 0, 0}, events.Sensor{}, "event 0 is at x=34, y=0, outside"},
		{events.NMNIST, nil, events.Sensor{Width: 34}, "34 x 0 pixels"},
		{events.AEDAT, nil, events.Sensor{Width: 1 << 20, Height: 1}, "pixels"},
		{events.AEDAT, nil, events.Sensor{}, "does not end"},
		{events.AEDAT, []byte("#!AER-DAT4.0\r\n"), events.Sensor{}, "neither"},
		{events.AEDAT, append([]byte(text2), 1, 2, 3), events.Sensor{}, "truncated"},
		{events.AEDAT, append([]byte(text2), words(1<<16, 0)...), events.Sensor{Width: 1, Height: 0}, "pixels"},
		{events.AEDAT, append([]byte(text2), words(2, 0)...), events.Sensor{Width: 1, Height: 1}, "x=1, y=0, outside"},
		{events.AEDAT, append(chip("a.Davis240C"), words(240<<12, 0)...), events.Sensor{}, "x=240"},
		{events.AEDAT, chip("ch.unizh.ini.Cochlea"), events.Sensor{}, "not known"},
		{events.AEDAT, []byte("#!AER-DAT3.1\r\n#Format: RAW\r\n"), events.Sensor{}, "END-HEADER"},
		{events.AEDAT, append([]byte(text3), ok[:20]...), events.Sensor{}, "packet 0: the file ends"},
		{events.AEDAT, append([]byte(text3), ok[:30]...), events.Sensor{}, "truncated"},
		{events.AEDAT, change(4, 0), events.Sensor{}, "packet 0: it claims"},
		{events.AEDAT, change(4, 16), events.Sensor{}, "16 bytes"},
		{events.AEDAT, change(12, 1<<31), events.Sensor{}, "overflows"},
		{events.AEDAT, change(16, 2), events.Sensor{}, "capacity of 2"},
		{events.AEDAT, change(20, 1<<31), events.Sensor{}, "it claims"},
		{events.AEDAT, change(32, 1<<31), events.Sensor{}, "has the time"},
		{events.AEDAT, change(28, polarity(9, 9, 0, 1)), events.Sensor{Width: 9, Height: 10}, "x=9, y=9, outside"},
	} {
		path := filepath.Join(t.TempDir(), "broken")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := events.ReadFile(path, c.parse, c.sensor)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: error %v, want %q and the path", c.data, err, c.want)
		}
	}
	// A packet that claims the largest number of events.
	huge := change(16, 1<<31-1)
	binary.LittleEndian.PutUint32(huge[len(text3)+20:], 1<<31-1)
	if _, err := events.AEDAT(huge, events.Sensor{}); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("a huge packet: %v", err)
	}
}

func TestBinRefuses(t *testing.T) {
	far := []events.Event{{T: 0}, {T: 1 << 60}}
	for name, f := range map[string]func() error{
		"no events": func() error { _, _, err := (&events.Recording{Width: 1, Height: 1}).Bin(1, 1); return err },
		"step 0":    func() error { _, _, err := (&events.Recording{Width: 1, Height: 1, Events: far}).Bin(0, 1); return err },
		"steps": func() error {
			_, _, err := (&events.Recording{Width: 1, Height: 1, Events: far}).Bin(1, -1)
			return err
		},
		"too long": func() error { _, _, err := (&events.Recording{Width: 1, Height: 1, Events: far}).Bin(1, 0); return err },
		"too large": func() error {
			_, _, err := (&events.Recording{Width: 1 << 15, Height: 1 << 15, Events: far}).Bin(1, 1<<20)
			return err
		},
		"not a file":  func() error { _, err := events.ReadFile(t.TempDir(), events.AEDAT, events.Sensor{}); return err },
		"not present": func() error { _, err := events.ReadFile("none.bin", events.AEDAT, events.Sensor{}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// fuzz holds what parses to its promises.
func fuzz(t *testing.T, parse events.Parser, data []byte) {
	r, err := parse(data, events.Sensor{})
	if err != nil {
		return
	}
	for _, e := range r.Events {
		if int(e.X) >= r.Width || int(e.Y) >= r.Height || e.T < 0 {
			t.Fatalf("%+v in %d x %d", e, r.Width, r.Height)
		}
	}
	if len(r.Events) == 0 || r.Channels() > 1<<16 {
		return
	}
	raster, late, err := r.Bin(1000, 10)
	if err != nil {
		t.Fatal(err)
	}
	if n := raster.Count() + late; n > len(r.Events) || n == 0 {
		t.Fatalf("%d spikes and late events of %d", n, len(r.Events))
	}
}

func FuzzNMNIST(f *testing.F) {
	f.Add([]byte{3, 33, 0x80, 0, 5, 0, 240, 0, 0, 0, 1, 2, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) { fuzz(t, events.NMNIST, data) })
}

func FuzzAEDAT(f *testing.F) {
	f.Add(append([]byte(text2), words(127<<8|3<<1|1, 10)...))
	f.Add(append([]byte(text2+"# AEChip: Davis240C\r\n"), words(1<<22, 10)...))
	f.Add(slices.Concat([]byte(text3), packet(1, 2, polarity(1, 1, 0, 1), 5)))
	f.Fuzz(func(t *testing.T, data []byte) { fuzz(t, events.AEDAT, data) })
}
