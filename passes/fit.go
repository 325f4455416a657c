package passes

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// countCores compares the cores that the network takes with those that there
// are. If a population could not be placed, the number is a lower bound. have
// says in words what there is.
func (p *partitioner) countCores(have string) {
	fit, about := p.fit, ""
	fit.Cores = len(p.s.Map.Cores)
	if len(fit.Violations) > 0 {
		for _, l := range fit.Layers {
			for _, r := range l.Rows {
				if int(r.MinCores) > fit.Cores {
					fit.Cores, about = int(r.MinCores), "at least "
				}
			}
		}
	}
	if fit.Cores <= fit.Available {
		return
	}
	for _, l := range fit.Layers {
		for _, r := range l.Rows {
			if all := r.PerCore * int64(fit.Available); r.Used > all {
				p.violate(l.Name, ir.Usage{Resource: r.Resource, Used: r.Used, Limit: all},
					fmt.Sprintf("%s needs %d %s, which takes %d cores; %s has %d", l.Name, r.Used, r.Resource, r.MinCores, have, all))
			}
		}
	}
	p.violate("", ir.Usage{Resource: "cores", Used: int64(fit.Cores), Limit: int64(fit.Available)},
		fmt.Sprintf("the network takes %s%d cores; %s offers %d", about, fit.Cores, have, fit.Available))
}
