// Command synfire compiles spiking neural networks to neuromorphic chips and
// runs the result in emulators that are exact to the bit.
//
// This package is the wiring of the command line: one file a verb, flags in
// flags.go, the targets in targets.go, exit codes and errors in report.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second ctrl-c ends the program at once
	code := run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
