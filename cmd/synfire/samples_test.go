package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/synfire/synfire/internal/npy"
)

// makeSamples writes a .npz of spikes and labels from a text with a line a
// sample: its class, then a word a step with a digit a channel.
//
//	1 010 000
func makeSamples(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: samples FILE.npz TEXT")
	}
	spikes := &npy.Array{Name: "spikes", Kind: npy.Uint, Bits: 8}
	labels := &npy.Array{Name: "label", Kind: npy.Int, Bits: 64}
	steps, channels := 0, 0
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[1])))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		class, err := strconv.Atoi(words[0])
		ts.Check(err)
		labels.Ints = append(labels.Ints, int64(class))
		steps, channels = len(words)-1, len(words[1])
		for _, c := range strings.Join(words[1:], "") {
			spikes.Bytes = append(spikes.Bytes, uint8(c-'0'))
		}
	}
	labels.Shape = []int{len(labels.Ints)}
	spikes.Shape = []int{len(labels.Ints), steps, channels}
	var b bytes.Buffer
	ts.Check(errors.Join(npy.WriteNPZ(&b, []*npy.Array{spikes, labels}), os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666)))
}
