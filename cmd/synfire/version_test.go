package main

import (
	"runtime/debug"
	"testing"
)

func TestStampedVersion(t *testing.T) {
	for _, c := range []struct {
		noted string
		ok    bool
		want  string
	}{
		{"v1.2.3", true, "v1.2.3"},
		{"v0.0.0-20250102030405-0123456789ab+dirty", true, "v0.0.0-20250102030405-0123456789ab+dirty"},
		{"(devel)", true, unknownVersion},
		{"", true, unknownVersion},
		{"v1.2.3", false, unknownVersion},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.noted}}
		if got := stamped(info, c.ok); got != c.want {
			t.Errorf("%q, %v: %q, want %q", c.noted, c.ok, got, c.want)
		}
	}
}
