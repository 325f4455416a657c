package runner

import (
	"fmt"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// OpenCalibration opens a data set with which the quantize pass tries what it
// does to the weights of net, which has one input port.
func OpenCalibration(net *ir.Network, path string, opt spike.Options, threads int) (*passes.Calibration, error) {
	var in *ir.Node
	for i := range net.Nodes {
		if net.Nodes[i].Op != ir.OpInput {
			continue
		}
		if in != nil {
			return nil, fmt.Errorf("%s: a calibration feeds one input port, the network has %s and %s", path, in.Name, net.Nodes[i].Name)
		}
		in = &net.Nodes[i]
	}
	if in == nil || in.Out == nil {
		return nil, fmt.Errorf("%s: the network has no input port of a known shape to calibrate with", path)
	}
	opt.Labels = "" // the float network says what is right
	src, err := spike.Open(path, in.Out.Size(), opt)
	if err != nil {
		return nil, err
	}
	return &passes.Calibration{
		Samples: src.Samples(), Steps: src.Steps(), Threads: threads,
		Fill: func(k int, to eval.Stimulus) error {
			r := to[0].Raster
			if r == nil {
				var err error
				if r, err = spike.New(src.Steps(), src.N()); err != nil {
					return err
				}
				to[0].Raster = r
			}
			return src.Raster(k, r)
		},
	}, nil
}
