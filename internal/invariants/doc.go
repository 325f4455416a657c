// Package invariants turns costly checks of internal consistency on and off:
// the verifier after each pass, shuffled node order, conservation of spikes.
//
// They are on in builds with the tag invariants. Without the tag Enabled is a
// constant false, so the compiler drops the code behind "if
// invariants.Enabled" and a release pays nothing for it.
package invariants
