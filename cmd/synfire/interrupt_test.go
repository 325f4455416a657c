package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// longNetwork drives itself: 1000 neurons that all fire in every other step,
// on a million synapses.
const longNetwork = `network long {
  dt 1ms
  in   x [1]
  pop  a [1000] lif { tau 10ms, threshold 1, reset zero }
  proj x -> a all-to-all { weight 2V }
  proj a -> a delay 1 all-to-all { weight 0.5V }
  out  a
}
`

// TestInterrupt checks that ctrl-c ends a run and a compilation soon, with
// the exit code of an interrupt, a plain message and no file.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	net := filepath.Join(dir, "long.snn")
	if err := os.WriteFile(net, []byte(longNetwork), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, args string
		after      time.Duration
	}{
		{"before", "compile long.snn -o out.img", 0},
		{"chip", "run long.snn --random 1 --steps 100000 -o out.npz", 300 * time.Millisecond},
		{"reference", "run long.snn -t ref --random 1 --steps 100000 -o out.npz", 300 * time.Millisecond},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if x.after == 0 {
				cancel()
			} else {
				time.AfterFunc(x.after, cancel)
			}
			args := append([]string{"synfire"}, strings.Fields(x.args)...)
			for i := range args {
				if strings.HasPrefix(args[i], "out.") || args[i] == "long.snn" {
					args[i] = filepath.Join(dir, args[i])
				}
			}
			var stdout, stderr bytes.Buffer
			code := run(ctx, args, &stdout, &stderr)
			if code != exitInterrupted || !strings.Contains(stderr.String(), "synfire: interrupted\n") {
				t.Errorf("exit code %d, want %d; told %q", code, exitInterrupted, stderr.String())
			}
			left, err := filepath.Glob(filepath.Join(dir, "*out*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %q (%v)", left, err)
			}
		})
	}
}
