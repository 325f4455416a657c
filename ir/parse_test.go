package ir

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/synfire/synfire/internal/diag"
)

// body wraps statements into a network. The first of them is on line 2.
func body(s string) string { return "network t {\n" + s + "\n}\n" }

// TestParseErrors checks the place, code and words of each mistake.
func TestParseErrors(t *testing.T) {
	const pops = "dt 1ms; in image [4]; pop hidden [3] lif { tau 1ms, threshold 1 }\n"
	for _, c := range []struct {
		name, src string
		line, col int
		code      string
		want      string // in the message or the hint
	}{
		{"empty", "", 1, 1, codeSyntax, "network NAME {"},
		{"no end", "network t {\n", 2, 1, codeSyntax, "does not end"},
		{"second network", body("") + "network u {}", 4, 1, codeSyntax, "one network"},
		{"statement", body("popp x [3]"), 2, 1, codeWord, "did you mean pop?"},
		{"character", body("in x [3] %"), 2, 10, codeSyntax, "'%'"},
		{"letter", body("in λ"), 2, 4, codeSyntax, "quotes"},
		{"columns are characters", body(`in "λλ" [3] %`), 2, 13, codeSyntax, "'%'"},
		{"string without end", body(`in "x`), 2, 4, codeSyntax, "without an end"},
		{"bad escape", body(`in "\q"`), 2, 4, codeSyntax, "bad escape"},
		{"two statements", body("in x [3] in y"), 2, 10, codeSyntax, "semicolons"},
		{"two items", body("pop x [3] lif { tau 1ms r 1 }"), 2, 25, codeSyntax, "comma"},
		{"node", body(pops + "edge image -> hiden"), 3, 15, codeUnknown, "did you mean hidden?"},
		{"unrelated node", body(pops + "edge image -> zzz"), 3, 15, codeUnknown, "known are image, hidden"},
		{"twice", body(pops + "in image"), 3, 4, codeTwice, `"image" exists`},
		{"op", body("pop x [3] lief"), 2, 11, codeWord, "lif, "},
		{"attribute", body("pop x [3] lif { tua 1ms }"), 2, 17, codeWord, "did you mean tau?"},
		{"attribute twice", body("pop x [3] lif { tau 1ms, tau 1ms }"), 2, 26, codeTwice, "tau is given twice"},
		{"reset twice", body("pop x [3] lif { v_reset 1, reset 1 }"), 2, 34, codeTwice, "v_reset"},
		{"attribute value", body("pop x [3] lif { compare <= }"), 2, 25, codeSyntax, "compare"},
		{"reset mode", body("pop x [3] lif { reset soft }"), 2, 23, codeWord, "subtract"},
		{"time without unit", body("dt 0.001"), 2, 4, codeNumber, "2ms"},
		{"unit", body("dt 1min"), 2, 4, codeNumber, `"min"`},
		{"wrong unit", body("pop x [3] lif { tau 1mV }"), 2, 21, codeNumber, "not a time"},
		{"time for a voltage", body("pop x [3] lif { threshold 1ms }"), 2, 27, codeNumber, "unit"},
		{"not a number", body("pop x [3] lif { r 1.2.3 }"), 2, 19, codeNumber, "not a number"},
		{"too large", body("pop x [3] lif { r 1e999 }"), 2, 19, codeNumber, "too large"},
		{"no step", body("dt 0s"), 2, 4, codeNumber, "positive"},
		{"dimension", body("in x [0]"), 2, 7, codeNumber, "dimension of 0"},
		{"huge shape", body("in x [100000, 100000, 100000]"), 2, 6, codeLimit, "elements"},
		{"ragged", body("map m dense [[1, 2], [3]]"), 2, 22, codeNumber, "1 elements where the others have 2"},
		{"mixed", body("map m dense [[1, 2], 3]"), 2, 22, codeNumber, "a list as before"},
		{"mixed otherwise", body("map m dense [1, [2]]"), 2, 17, codeNumber, "found a list"},
		{"fraction", body("pop x [3] lif { refractory_steps 1.5 }"), 2, 34, codeNumber, "whole numbers"},
		{"large integer", body("pop x [3] intlif { threshold 3000000000 }"), 2, 30, codeNumber, "32 bits"},
		{"attribute range", body("pop x [3] intlif { decay_bits 300 }"), 2, 31, codeNumber, "out of range"},
		{"arrays", body(pops + "proj image -> hidden dense @w"), 3, 28, codeArray, ".npz"},
		{"shape of a number", body("map m conv2d 1"), 2, 14, codeDefault, "fill"},
		{"r without dt", body("pop x [3] lif { tau 1ms, threshold 1 }"), 2, 5, codeDefault, "dt"},
		{"r of many tau", body("dt 1ms; pop x [2] lif { tau [1ms, 2ms], threshold 1 }"), 2, 13, codeDefault, "r follows from tau"},
		{"like nobody", body("pop x [3] lif like y"), 2, 20, codeUnknown, "further up"},
		{"like another model", body(pops + "pop x [3] li like hidden"), 3, 19, codeWord, "is lif"},
		{"like an array", body("dt 1ms; pop x [2] lif { tau 1ms, threshold [1, 2] }\npop y [2] lif like x"), 3, 5, codeDefault, "threshold of"},
		{"name for several", body(pops + "proj p: hidden -> hidden, hidden all-to-all"), 3, 6, codeSyntax, "one proj"},
		{"array for several", body(pops + "proj hidden -> hidden, hidden dense [[1]]"), 3, 37, codeDefault, "one proj"},
		{"proj of proj", body(pops + "proj p: image -> hidden dense 1\nproj hidden -> p dense 1"), 4, 16, codeUnknown, "edges already"},
		{"probability", body(pops + "proj image -> hidden probability 1.5"), 3, 34, codeNumber, "0 to 1"},
		{"in-degree", body(pops + "proj image -> hidden indegree 5 { weight 1 }"), 3, 6, codeAttr, "in-degree of 5 from 4"},
		{"weight shape", body(pops + "proj image -> hidden dense [[1]]"), 3, 6, codeShape, "takes [1]"},
		{"missing threshold", body("dt 1ms; pop x [3] lif { tau 1ms }"), 2, 13, codeParam, "threshold"},
		{"inner", body(pops + "graph g {\n  in y [3]\n  edge y -> image\n}"), 5, 13, codeUnknown, `"image"`},
		{"seed", body(pops + "proj image -> hidden indegree 1 seed -1"), 3, 38, codeNumber, "seed"},
		{"nan", body("map m scale nan"), 2, 13, codeSyntax, "statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("t.snn", []byte(c.src), ParseOptions{})
			if err == nil {
				t.Fatal("no error")
			}
			d := diag.FromError(err)[0]
			if d.File != "t.snn" || d.Line != c.line || d.Col != c.col || d.Code != c.code || !strings.Contains(d.Msg+d.Hint, c.want) {
				t.Errorf("want %d:%d %s with %q, got:\n%s", c.line, c.col, c.code, c.want, messages(err))
			}
		})
	}
}

// TestParseCollects checks that one mistake does not hide the next nor cause
// others, and that there is an end to them.
func TestParseCollects(t *testing.T) {
	src := body(`dt 1ms
in image [4] {
pop hidden [3] lif { tau 1, threshold 1 }
pop other [3] lif {
  tau 1ms
  threshold
}
proj image -> hidden dense fill [3, 4] 0.5
proj image -> nobody dense fill [3, 4] 0.5
graph g [?] {
  in x [2
  pop y [2] lif { tau 1ms, threshold 1 }
  edge x -> y
}
edge g -> other`)
	_, err := Parse("t", []byte(src), ParseOptions{})
	var got []string
	for _, d := range diag.FromError(err) {
		got = append(got, fmt.Sprintf("%d:%d", d.Line, d.Col))
	}
	if want := "4:1 4:26 8:1 13:3 10:15"; strings.Join(got, " ") != want {
		t.Errorf("errors at %v, want %s:\n%s", got, want, messages(err))
	}
	_, err = Parse("t", []byte(body(strings.Repeat("wrong\n", 1000))), ParseOptions{})
	if n := len(diag.FromError(err)); n != maxErrors {
		t.Errorf("%d errors, want %d", n, maxErrors)
	}
}

// manyNodes declares n inputs with long names.
func manyNodes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "in %s%d\n", strings.Repeat("a", 50), i)
	}
	return b.String()
}

// TestParseBounds checks that short texts cannot claim much memory or depth.
func TestParseBounds(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"deep graphs", "network t {" + strings.Repeat("\ngraph g {", 100000)},
		{"deep lists", body("map m dense " + strings.Repeat("[", 100000))},
		{"deep braces", body("map m dense " + strings.Repeat("{", 100000))},
		{"many axes", body("in x [" + strings.Repeat("1, ", 100000) + "1]")},
		{"shape", body("in x [268435456, 268435456]")},
		{"fill", body("map m dense fill [268435456, 268435456] 1")},
		{"dense", body("in a [100000]; pop b [100000] if { r 1, threshold 1 }; proj a -> b dense 1")},
		{"exponent", body("dt 1e999999999999999999999s")},
		{"long names", body("in " + strings.Repeat("a", 100000) + "; proj " + strings.Repeat("a", 100000) + " -> a" + strings.Repeat(", a", 100000) + " all-to-all")},
		{"many unknown names", body(manyNodes(1000) + strings.Repeat("edge nobody -> nowhere\n", 100000))},
		{"sparse", body("map m sparse { indptr fill [268435456] 0, indices [1], weight 1 }")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse("t", []byte(c.src), ParseOptions{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

// TestNumbers checks that a number in every unit reads back to the same bits,
// and the spelling of some.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := genFloat(t, "x")
		for _, unit := range []string{"", "s", "V"} {
			text := formatQuantity(x, unit)
			got, u, err := parseQuantity(text)
			if err != nil || !sameBits(got, x) || u != unit && u != "" || unit == "s" && u != "s" {
				t.Fatalf("%x prints as %q and reads as %x %q: %v", x, text, got, u, err)
			}
			l := newLexer([]byte(text))
			if tok, end := l.next(), l.next(); tok.kind != tokNumber || tok.text != text || end.kind != tokEOF {
				t.Fatalf("%q is not one number", text)
			}
		}
	})
	for _, c := range []struct {
		x          float64
		unit, want string
	}{
		{16e-3, "s", "16ms"},
		{1.5e-3, "s", "1.5ms"},
		{100e-6, "s", "100us"},
		{0.1, "s", "100ms"},
		{2, "s", "2s"},
		{1e-12, "s", "1ps"},
		{1e-13, "s", "1e-13s"},
		{0, "s", "0s"},
		{float64(float32(16e-3)), "s", "16.00000075995922ms"},
		{20e-3, "V", "20mV"},
		{-0.065, "V", "-65mV"},
		{0.5, "V", "0.5"},
		{0, "V", "0"},
		{math.Copysign(0, -1), "V", "-0"},
		{math.Copysign(0, -1), "s", "-0s"},
		{20e-3, "", "0.02"},
	} {
		if got := formatQuantity(c.x, c.unit); got != c.want {
			t.Errorf("%g prints as %q, want %q", c.x, got, c.want)
		}
	}
	for text, want := range map[string]float64{"16ms": 0.016, "0.5e-3ms": 0.5e-6, "3µs": 3e-6, "3us": 3e-6, "2kV": 2000, "+1": 1, ".5": 0.5} {
		if got, _, err := parseQuantity(text); err != nil || got != want {
			t.Errorf("%s reads as %g, %v, want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1e", "0x10", "1__2", "1ms2", "--1", "1mmV", "infs", "1e5e5"} {
		if x, _, err := parseQuantity(text); err == nil {
			t.Errorf("%q reads as %g", text, x)
		}
	}
}
