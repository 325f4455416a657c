package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// outputs checks the files that flags name before anything is run for them:
// their folders are there, and none of them is another one or one of reads.
func outputs(c *cli.Context, reads []string, flags ...string) error {
	taken := map[string]string{}
	for _, path := range reads {
		taken[whole(path)] = "the input"
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
