package imagefile

import (
	"strings"
	"testing"
)

// TestSections checks which orders of sections are read, with two that stand
// once and two that may repeat.
func TestSections(t *testing.T) {
	form := Format{Name: "test", Magic: "TESTTEST", Version: 1, Tags: []string{"HEAD", "NECK", "ARMS", "LEGS"}, Single: 2}
	for order, want := range map[string]string{
		"HEAD NECK":                     "",
		"HEAD NECK ARMS ARMS LEGS LEGS": "",
		"HEAD NECK LEGS":                "",
		"HEAD NECK LEGS ARMS":           `"ARMS" is unknown or out of order`,
		"HEAD HEAD NECK":                `"HEAD" is unknown or out of order`,
		"HEAD NECK NECK":                `"NECK" is unknown or out of order`,
		"HEAD ARMS":                     `"ARMS" is unknown or out of order`,
		"NECK":                          `"NECK" is unknown or out of order`,
		"HEAD NECK TAIL":                `"TAIL" is unknown or out of order`,
		"HEAD":                          "no NECK section",
		"":                              "no HEAD section",
	} {
		w := form.Writer()
		for _, tag := range strings.Fields(order) {
			w.Section(tag, func() { w.Str("é") })
		}
		data, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = form.Decode(data, func(tag string, r *Reader) {
			if s := r.Str(); s == "é" {
				got = append(got, tag)
			}
		})
		if want == "" && (err != nil || strings.Join(got, " ") != order) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: read %q, %v", order, got, err)
		}
	}
}
