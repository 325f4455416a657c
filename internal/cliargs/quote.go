package cliargs

import "strings"

// plainLetters need no quotes in a shell, besides letters and digits.
const plainLetters = "-_./=,:+@%"

// Quote writes an argument so that a POSIX shell reads it as it is.
func Quote(s string) string {
	odd := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(plainLetters, r))
	}
	if s != "" && !strings.ContainsFunc(s, odd) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
