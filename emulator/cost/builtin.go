package cost

import (
	"embed"
	"fmt"
	"os"
	"strings"
)

//go:embed data/*.json
var data embed.FS

// Builtin lists the names of the profiles that come with the program.
func Builtin() []string {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Open returns the built-in profile of a name, or else reads the profile in
// the file of that name, which must end in .json.
func Open(name string) (*Profile, error) {
	text, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		if !strings.HasSuffix(name, ".json") {
			return nil, fmt.Errorf("no cost profile %q (built in: %s; a file of your own ends in .json)", name, strings.Join(Builtin(), ", "))
		}
		if text, err = readFile(name); err != nil {
			return nil, err
		}
	}
	p, err := Read(text)
	if err != nil {
		return nil, fmt.Errorf("cost profile %s: %w", name, err)
	}
	return p, nil
}

// readFile reads a file of bounded size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, maxFile)
	}
	return os.ReadFile(path)
}
