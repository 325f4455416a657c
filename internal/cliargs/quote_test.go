package cliargs

import "testing"

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"--bits-by": "--bits-by", "fc1=2": "fc1=2", "2+8": "2+8", "": "''",
		"x->a=2": "'x->a=2'", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "é": "'é'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("%q is written %s, want %s", in, got, want)
		}
	}
}
