package cliargs

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var testFlags = []Flag{
	{Names: []string{"target", "t"}, Value: true},
	{Names: []string{"dt"}, Value: true},
	{Names: []string{"encode"}, Value: true},
	{Names: []string{"json"}},
}

func TestPermute(t *testing.T) {
	tests := []struct{ in, want string }{
		{"net.nir --target loihi1", "--target loihi1 -- net.nir"},
		{"--target loihi1 net.nir", "--target loihi1 -- net.nir"},
		{"net.nir -t=x --json in.npy", "-t=x --json -- net.nir in.npy"},
		{"--dt=1ms net.nir -t loihi1 --json", "--dt=1ms -t loihi1 --json -- net.nir"},
		{"a -- --json -t", "-- a --json -t"},
		{"a - -1 -0.5e3", "-- a - -1 -0.5e3"},
		{"a --encode -3", "--encode -3 -- a"},
		{"a --encode -x", "--encode -x -- a"},
		{"", "--"},
	}
	for _, x := range tests {
		got, err := Permute(strings.Fields(x.in), testFlags)
		if err != nil || strings.Join(got, " ") != x.want {
			t.Errorf("%q: %q (%v), want %q", x.in, got, err, x.want)
		}
	}
}

func TestPermuteErrors(t *testing.T) {
	tests := []struct{ in, msg, hint string }{
		{"a --tagret x", "unknown flag --tagret", "did you mean --target?"},
		{"a --targte=x", "unknown flag --targte", "did you mean --target?"},
		{"a --jsn", "unknown flag --jsn", "did you mean --json?"},
		{"a --frobnicate", "unknown flag --frobnicate", ""},
		{"a --target", "flag --target needs a value", "write --target VALUE"},
		{"a --target --json", "flag --target needs a value", "write --target VALUE"},
		{"a -t --", "flag -t needs a value", "write -t VALUE"},
	}
	for _, x := range tests {
		_, err := Permute(strings.Fields(x.in), testFlags)
		var e *Error
		if !errors.As(err, &e) || e.Msg != x.msg || !strings.HasPrefix(e.Hint, x.hint) || (x.hint == "") != (e.Hint == "") {
			t.Errorf("%q: %+v, want %q, %q", x.in, err, x.msg, x.hint)
		}
	}
}

// TestPermuteAgreesWithFlag checks that wherever flags are put among the
// positional arguments, the standard parser reads the same values and rest.
func TestPermuteAgreesWithFlag(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pos := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "-", "-7", "b=c", "--dt is text"}), 0, 4).Draw(t, "positional")
		pos = slices.DeleteFunc(pos, func(s string) bool { return strings.HasPrefix(s, "--") })
		value := rapid.SampledFrom([]string{"x", "-1", "", "a=b", "-y"}).Draw(t, "value")
		groups := [][]string{{"--target", value}, {"--json"}}
		for _, p := range pos {
			groups = append(groups, []string{p})
		}
		order := rapid.Permutation(groups).Draw(t, "order")
		var args, want []string
		for _, g := range order {
			args = append(args, g...)
			if len(g) == 1 && g[0] != "--json" {
				want = append(want, g[0])
			}
		}
		got, err := Permute(args, testFlags)
		if err != nil {
			t.Fatal(err)
		}
		set := flag.NewFlagSet("", flag.ContinueOnError)
		set.SetOutput(io.Discard)
		target, json := set.String("target", "", ""), set.Bool("json", false, "")
		if err := set.Parse(got); err != nil {
			t.Fatalf("%q -> %q: %v", args, got, err)
		}
		if *target != value || !*json || !slices.Equal(set.Args(), want) {
			t.Fatalf("%q -> %q: target %q, json %v, rest %q", args, got, *target, *json, set.Args())
		}
	})
}

func TestNearest(t *testing.T) {
	all := []string{"run", "compile", "fit", "inspect", "convert", "target", "proofs", "version"}
	for word, want := range map[string]string{
		"rnu": "run", "complie": "compile", "insp": "inspect", "tarset": "target", "prof": "proofs", "zzz": "", "f": "",
	} {
		if got := Nearest(word, all); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
