package cost

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// value reads a decimal as an integer of units of 10^-digits; null is unknown.
func value(n *json.Number, digits int, limit int64) (Value, error) {
	if n == nil {
		return Value{}, nil
	}
	s := n.String()
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	if strings.ContainsAny(s, "eE-+") || whole == "" || len(whole) > 12 {
		return Value{}, fmt.Errorf("%q is not a plain decimal of 0 or more", s)
	}
	if len(frac) > digits {
		return Value{}, fmt.Errorf("%s has more than %d decimals", s, digits)
	}
	v, err := strconv.ParseInt(whole+frac+strings.Repeat("0", digits-len(frac)), 10, 64)
	if err != nil {
		return Value{}, fmt.Errorf("%q is not a plain decimal", s)
	}
	if v > limit {
		return Value{}, fmt.Errorf("%s is too large", s)
	}
	return Value{v, true}, nil
}
