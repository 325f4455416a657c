package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// makeIDX writes an IDX file of the bytes 0, 1, 2, ... with the dimensions,
// such as 2x3x3, damaged in a way: "short" by its last byte, "long" by one more,
// "gzip" compressed and whole, "crc" with a wrong checksum, "cut" in the middle
// of the compressed data.
func makeIDX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: idx FILE DIMS [DAMAGE]")
	}
	dims := strings.Split(args[1], "x")
	data := []byte{0, 0, 8, byte(len(dims))}
	size := 1
	for _, d := range dims {
		n := 0
		for _, c := range d {
			n = 10*n + int(c-'0')
		}
		data = binary.BigEndian.AppendUint32(data, uint32(n))
		size *= n
	}
	for i := range size {
		data = append(data, byte(i))
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(data)
	ts.Check(err)
	ts.Check(w.Close())
	if len(args) == 3 {
		z := packed.Bytes()
		switch args[2] {
		case "short":
			data = data[:len(data)-1]
		case "long":
			data = append(data, 0)
		case "gzip":
			data = z
		case "crc":
			z[len(z)-8] ^= 1
			data = z
		case "cut":
			data = z[:len(z)/2]
		default:
			ts.Fatalf("unknown damage %s", args[2])
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

// damage changes a file: "cut" halves it, "flip" turns a bit in its middle.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: damage FROM TO cut|flip")
	}
	data := []byte(ts.ReadFile(args[0]))
	switch args[2] {
	case "cut":
		data = data[:len(data)/2]
	case "flip":
		data[len(data)/2] ^= 4
	default:
		ts.Fatalf("unknown damage %s", args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}
