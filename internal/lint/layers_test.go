package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A layer says which packages of this module the packages in a folder may
// import, apart from their tests.
//
// In a pattern "dir/..." is dir and all below it, and X stands for one name,
// the same on both sides of a row.
type layer struct {
	pkg string
	may []string
}

// layers is the import direction of the architecture: the first row that
// matches a package holds for it.
var layers = []layer{
	{"cmd/...", []string{
		"runner/...", "proofs/...", "ir/...", "frontend/...", "passes/...", "quantize/...",
		"backend/...", "emulator/...", "internal/...",
	}},
	{"runner/...", []string{
		"runner/...", "proofs/...", "ir/...", "frontend/...", "passes/...",
		"quantize/...", "backend/...", "emulator/...", "internal/...",
	}},
	{"proofs/...", []string{
		"proofs/...", "ir/...", "frontend/...", "passes/...", "quantize/...",
		"backend/...", "emulator/...", "internal/...",
	}},

	{"frontend", []string{"frontend/...", "ir/...", "internal/..."}},
	{"frontend/X/...", []string{"frontend/X/...", "ir/...", "internal/..."}},

	{"ir/...", []string{"ir/...", "internal/..."}},
	{"quantize/...", []string{"quantize/...", "ir/...", "internal/..."}},
	// What passes compute with: graphs, meshes and tables without a network.
	{"passes/X/...", []string{"passes/X/...", "passes/topology", "internal/..."}},
	// Passes see what a target can do, never a target.
	{"passes/...", []string{"passes/...", "ir/...", "quantize/...", "backend", "internal/..."}},

	{"backend", []string{"ir/...", "internal/..."}},
	// The emulator decodes images, so all that an image imports it imports too.
	{"backend/X/image/...", []string{"backend/X/image/...", "internal/..."}},
	{"backend/X/...", []string{"backend/X/...", "backend", "ir/...", "internal/..."}},

	{"emulator", []string{"internal/..."}},
	// The network on chip and the cost model serve every engine.
	{"emulator/noc/...", []string{"emulator/noc/...", "emulator", "internal/..."}},
	{"emulator/cost/...", []string{"emulator/cost/...", "emulator", "internal/..."}},
	{"emulator/X/...", []string{
		"emulator/X/...", "emulator", "emulator/noc/...", "emulator/cost/...",
		"backend/X/image/...", "internal/...",
	}},

	{"internal/...", []string{"internal/..."}},
}

// barriers are packages that must not be reached even by way of others. The
// rows of layers already imply them; they stand here so that no later row
// gives them away unseen.
var barriers = []struct {
	from, never []string
	reason      string
}{
	{
		[]string{"emulator/...", "backend/X/image/..."},
		[]string{"ir/...", "frontend/...", "passes/...", "quantize/...", "backend", "proofs/..."},
		"the emulator runs the encoded bytes, so that what ran is what ships",
	},
	{
		[]string{"ir/..."},
		[]string{"frontend/...", "passes/...", "quantize/...", "backend/...", "emulator/...", "proofs/..."},
		"the network description knows nobody",
	},
}

// checkLayers applies the table of layers to what is imported directly.
func checkLayers(t *tree) []string {
	var found []string
	for _, f := range t.files {
		if !f.isGo() {
			continue
		}
		row, x, ok := layerOf(f.dir())
		if !ok {
			found = append(found, f.path+": its package belongs to no row of the table of layers")
			continue
		}
		for _, imp := range f.imports {
			if to, ours := inModule(imp); ours && !matchAny(row.may, x, to) {
				found = append(found, fmt.Sprintf("%s: %s must not import %s", f.path, row.pkg, to))
			}
		}
	}
	return found
}

// checkBarriers follows imports as far as they go.
func checkBarriers(t *tree) []string {
	graph := importGraph(t)
	var found []string
	for _, from := range slices.Sorted(maps.Keys(graph)) {
		for _, b := range barriers {
			if !matchAny(b.from, "", from) {
				continue
			}
			for _, chain := range reach(graph, from) {
				if matchAny(b.never, "", chain[len(chain)-1]) {
					found = append(found, strings.Join(chain, " -> ")+": "+b.reason)
				}
			}
		}
	}
	return found
}

// checkCmd holds for tests too: a command is not a library.
func checkCmd(t *tree) []string {
	var found []string
	for _, f := range t.files {
		for _, imp := range f.imports {
			if to, ours := inModule(imp); ours && matchAny([]string{"cmd/..."}, "", to) {
				found = append(found, f.path+": nobody imports "+to)
			}
		}
	}
	return found
}

func layerOf(dir string) (row layer, x string, ok bool) {
	for _, row := range layers {
		if x, ok := match(row.pkg, dir); ok {
			return row, x, true
		}
	}
	return layer{}, "", false
}

// match reports whether dir fits pattern, and the name that X stands for.
func match(pattern, dir string) (x string, ok bool) {
	stem, below := strings.CutSuffix(pattern, "/...")
	want, got := strings.Split(stem, "/"), strings.Split(dir, "/")
	if len(got) < len(want) || len(got) > len(want) && !below {
		return "", false
	}
	for i, name := range want {
		if name == "X" {
			x = got[i]
		} else if name != got[i] {
			return "", false
		}
	}
	return x, true
}

// matchAny reports whether dir fits one of the patterns, in which X stands
// for the name x, or for any name where x is empty.
func matchAny(patterns []string, x, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		name, ok := match(p, dir)
		return ok && (x == "" || name == "" || name == x)
	})
}

// importGraph returns what each package imports of this module, tests aside.
func importGraph(t *tree) map[string][]string {
	graph := map[string][]string{}
	for _, f := range t.files {
		if !f.isGo() {
			continue
		}
		for _, imp := range f.imports {
			if to, ours := inModule(imp); ours {
				graph[f.dir()] = append(graph[f.dir()], to)
			}
		}
	}
	return graph
}

// reach returns a shortest chain of imports to each package reached by from.
func reach(graph map[string][]string, from string) [][]string {
	var chains [][]string
	seen := map[string]bool{from: true}
	for queue := [][]string{{from}}; len(queue) > 0; queue = queue[1:] {
		chain := queue[0]
		for _, to := range graph[chain[len(chain)-1]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, append(slices.Clone(chain), to))
			}
		}
		if len(chain) > 1 {
			chains = append(chains, chain)
		}
	}
	return chains
}
