package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/internal/regular"
)

// maxDeadFile bounds a file of dead parts, in bytes.
const maxDeadFile = 1 << 24

// deadParts reads --dead: parts such as chip:3,4, or files that have one a line.
// The flag itself has split the parts at their commas.
func deadParts(args []string) (backend.Dead, error) {
	var d backend.Dead
	for _, part := range strings.Fields(strings.Join(args, ",")) {
		for _, p := range splitParts(part) {
			var err error
			if kind, _, ok := strings.Cut(p, ":"); ok && isDead(kind) {
				err = addDead(&d, p)
			} else {
				err = deadFile(&d, p)
			}
			if err != nil {
				return d, usage("--dead: "+err.Error(), "parts such as chip:3,4 link:0,0,2 core:1,1,5, or a file with one a line")
			}
		}
	}
	return d, nil
}

func isDead(kind string) bool { return kind == "chip" || kind == "link" || kind == "core" }

// splitParts splits a list at its commas, but not between the numbers of a part.
func splitParts(list string) []string {
	var out []string
	for _, s := range strings.Split(list, ",") {
		if _, err := strconv.Atoi(s); err == nil && len(out) > 0 {
			out[len(out)-1] += "," + s
		} else if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func deadFile(d *backend.Dead, name string) error {
	data, err := regular.ReadFile(name, maxDeadFile)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(data), "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, part := range strings.Fields(line) {
			if err := addDead(d, part); err != nil {
				return fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
		}
	}
	return nil
}

// addDead adds one part.
func addDead(d *backend.Dead, part string) error {
	kind, rest, _ := strings.Cut(part, ":")
	var n []int
	for _, s := range strings.Split(rest, ",") {
		x, err := strconv.Atoi(s)
		if err != nil || x < 0 {
			return fmt.Errorf("%q: %q is not a whole number", part, s)
		}
		n = append(n, x)
	}
	switch {
	case kind == "chip" && len(n) == 2:
		d.Chips = append(d.Chips, [2]int(n))
	case kind == "link" && len(n) == 3:
		d.Links = append(d.Links, [3]int(n))
	case kind == "core" && len(n) == 3:
		d.Cores = append(d.Cores, [3]int(n))
	default:
		return fmt.Errorf("%q is neither chip:x,y nor link:x,y,l nor core:x,y,p", part)
	}
	return nil
}
