package proofs_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/proofs"
)

// TestGolden runs every case of the conformance data folder.
func TestGolden(t *testing.T) {
	r, err := proofs.Run(context.Background(), []string{testenv.Shared(t, "golden")}, proofs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		t.Logf("%-14s %-40s %-18s %d values, %d mismatches: %s", row.Folder, row.Case, row.Kind, row.Values, row.Mismatches, row.Status)
		if row.Status == proofs.Differs || row.Status == proofs.Failed {
			t.Errorf("%s/%s: %s", row.Folder, row.Case, row.Detail)
		}
	}
	if r.Passed() < 18 {
		t.Errorf("only %d cases passed", r.Passed())
	}
}
