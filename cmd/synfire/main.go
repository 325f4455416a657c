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
	"runtime/debug"
	"syscall"
)

// version is set by the linker.
var version = unknownVersion

const unknownVersion = "devel"

// stamped returns the version that the go command notes in what it builds
// without ours: go install of a release, go build in a checkout. Result files
// are taken from those of the same version only, so it has to tell builds apart.
func stamped(info *debug.BuildInfo, ok bool) string {
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return unknownVersion
	}
	return info.Main.Version
}

func main() {
	if version == unknownVersion {
		version = stamped(debug.ReadBuildInfo())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second ctrl-c ends the program at once
	code := run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
