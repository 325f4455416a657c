package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// outputs checks the files that flags name before anything is run for them:
// their folders are there, and none of them is another one or one that is read.
func outputs(c *cli.Context, flags ...string) error {
	taken := map[string]string{}
	for _, path := range reads(c) {
		taken[whole(path)] = "what is read"
	}
	for _, flag := range flags {
		path := c.String(flag)
		if path == "" || isDevice(path) {
			continue
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return usage(fmt.Sprintf("--%s %s: there is no folder %s to write it to", flag, path, filepath.Dir(path)), "make the folder first")
		}
		if other := taken[whole(path)]; other != "" {
			return usage(fmt.Sprintf("--%s %s would write over %s", flag, path, other), "give each file a name of its own")
		}
		taken[whole(path)] = "the file of --" + flag
	}
	return nil
}

// reads lists the files that the command line names to be read.
func reads(c *cli.Context) []string {
	out := append(c.Args().Slice(), c.String("labels"), c.String("calibrate-labels"), c.String("baseline"))
	for _, path := range append(c.StringSlice("input"), c.StringSlice("calibrate")...) {
		_, file, _ := strings.Cut(path, "=") // of PORT=FILE
		out = append(out, path, file)
	}
	return slices.DeleteFunc(out, func(path string) bool { return path == "" })
}

// whole names a file in one way.
func whole(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// isDevice tells whether a path is there and no file, such as /dev/null.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
