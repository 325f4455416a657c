// Package lint holds the rules that the source of this repository keeps and
// that no compiler checks: who may import whom, which package may use which
// module, where floating point and process exits are out of place.
//
// The rules are tests (go test ./internal/lint), each a row of the table in
// rules_test.go. Each rule also has examples that break it, so that a rule
// which stopped finding anything fails as well.
package lint
