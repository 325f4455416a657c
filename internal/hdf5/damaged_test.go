package hdf5

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestDamaged overwrites one field of a sound file of ours, found from a
// signature on, and wants the error that says so.
func TestDamaged(t *testing.T) {
	data := sample(t)
	const superblock, tree, symbols, names, strs = "\x89HDF", "TREE", "SNOD", "HEAP", "GCOL"
	for _, c := range []struct {
		signature string
		offset    int
		bytes     string
		want      string
	}{
		{superblock, 0, "X", "not an HDF5 file"},
		{superblock, 8, "\x09", "superblock version 9 is not supported"},
		{superblock, 13, "\x03", "addresses or lengths of 3 bytes are not supported"},
		{superblock, 24, "\x08", "base address 8 differs from its offset 0"},
		{superblock, 40, "\xff\xff\xff", "the file is truncated: its superblock says"},
		{superblock, 48, "\x00\x00\x00\x00\x00\x00\x00\x00", "files split over several parts"},
		{superblock, 64, "\xff\xff\xff\xff\xff\xff\xff\xff", "object header has no address"},
		{superblock, 64, "\x08\x00\x00\x00\x00\x00\x00\x00", "no object header at offset 8"},
		{tree, 0, "t", `no "TREE" at offset`},
		{tree, 4, "\x01", "of a B-tree is of type 1 in place of 0"},
		{tree, 5, "\x01", "the file is damaged"},
		{tree, 6, "\xff\xff", "B-tree node at offset"},
		{symbols, 0, "s", `no "SNOD" at offset`},
		{symbols, 4, "\x02", "symbol table node version 2"},
		{symbols, 8, "\xff\xff", "no name at offset 65535"},
		{symbols, 8, "\x00", "a name is empty"},
		{symbols, 24, "\x02", "the soft link"},
		{names, 0, "h", `no "HEAP" at offset`},
		{names, 4, "\x01", "local heap version 1"},
		{strs, 0, "g", `no "GCOL" at offset`},
		{strs, 4, "\x02", "global heap version 2"},
		{strs, 8, "\x08\x00", "says it has 8 bytes"},
		{strs, 16, "\x07", "in the global heap at offset"},
		{strs, 24, "\xff\xff\xff", "ends early"},
		{strs, 32, "\xff", "not valid utf-8"},
	} {
		damaged := slices.Clone(data)
		at := bytes.Index(data, []byte(c.signature))
		copy(damaged[at+c.offset:], c.bytes)
		if _, err := Read(damaged); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s+%d: error %v, want one with %q", c.signature, c.offset, err, c.want)
		}
	}
}

// TestFilterErrors damages compressed streams.
func TestFilterErrors(t *testing.T) {
	deflated := []byte("\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27") // "abc"
	var z inflater
	for range 2 { // the second time with a reader that is used again
		if got, err := z.inflate(deflated, 3); err != nil || string(got) != "abc" {
			t.Errorf("%q, %v", got, err)
		}
	}
	wrong := slices.Clone(deflated)
	wrong[len(wrong)-1]++
	for _, c := range []struct {
		data []byte
		want int
		err  string
	}{
		{deflated, 2, "more than the 2 bytes"},
		{deflated, 4, "after 3 of 4 bytes"},
		{deflated, 1 << 20, "cannot hold"},
		{deflated[:6], 3, "unexpected EOF"},
		{append(slices.Clone(deflated), 0), 3, "1 bytes follow"},
		{wrong, 3, "checksum"},
		{nil, 3, "EOF"},
	} {
		if _, err := z.inflate(c.data, c.want); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("inflate to %d: error %v, want one with %q", c.want, err, c.err)
		}
	}

	// Two literals, then a copy of 9 bytes from 2 back: its length takes an
	// extra byte, and it overlaps what it writes.
	lzf := "\x01ab\xe0\x00\x01"
	if got, err := unLZF([]byte(lzf), 11); err != nil || string(got) != "abababababa" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{
		"\x01ab\xe0\x00\x02",  // from before the start
		"\x01ab\xe0\x02\x01",  // longer than the chunk
		"\x01ab\xe0\x00",      // no distance
		"\x01ab\xe0",          // no length
		"\x01ab",              // too short
		"\x05ab",              // literals missing
		"\x0babcdefghijklmno", // literals beyond the chunk
		"",
	} {
		if got, err := unLZF([]byte(bad), 11); err == nil {
			t.Errorf("%q gives %q", bad, got)
		}
	}
}
