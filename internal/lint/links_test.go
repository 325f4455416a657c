package lint

import (
	"path"
	"regexp"
	"strings"
)

// link is a link or a picture in Markdown: what is in its parentheses.
var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// checkLinks finds links from one page of the repository to a file that is not
// there. A tree knows its text files alone, so of other files only the folder is
// looked for.
func checkLinks(t *tree) []string {
	there := map[string]bool{".": true}
	for _, f := range t.files {
		for p := f.path; p != "."; p = path.Dir(p) {
			there[p] = true
		}
	}
	var found []string
	for _, f := range t.files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		broken := func(line string) bool {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				to, _, _ := strings.Cut(m[1], "#")
				if to == "" || strings.Contains(to, ":") {
					continue
				}
				to = path.Join(path.Dir(f.path), to)
				if !isText(to) && path.Ext(to) != "" {
					to = path.Dir(to)
				}
				if !there[to] && to != "LICENSE" && to != "NOTICE" {
					return true
				}
			}
			return false
		}
		found = append(found, f.grep(broken, "a link to a file that is not there")...)
	}
	return found
}
