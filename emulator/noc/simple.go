package noc

// Simple is the model of a network without time: cores compute and send on one
// side, receive on the other, both at full speed, and the slowest ends the
// step.
//
//	time = max over cores of max(sum of delays and sends, sum of received work)
type Simple struct{}

// Step implements Model. It uses the traffic only.
func (Simple) Step(_ *Load, t *Traffic) (Step, error) {
	var s Step
	for c := range t.Busy {
		if x := max(t.Busy[c], t.Work[c]); x > s.Time {
			s.Time, s.Core = x, c
		}
	}
	return s, nil
}
