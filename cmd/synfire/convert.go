package main

import (
	"fmt"
	"io"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func convertCommand() *cli.Command {
	return &cli.Command{
		Name:      "convert",
		Usage:     "convert a network between .nir and .snn",
		ArgsUsage: "FROM TO",
		Description: `The name of TO says the format. Large arrays of a .snn network go to a .npz
file beside it.`,
		Flags:  commonFlags(),
		Action: action(convertVerb),
	}
}

// conversion is the result of convert.
type conversion struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Nodes int    `json:"nodes"`
	Edges int    `json:"edges"`
}

func (x *conversion) Text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "wrote %s (%d nodes, %d edges)\n", x.To, x.Nodes, x.Edges)
	return err
}

func convertVerb(c *cli.Context, out *output) error {
	if c.NArg() != 2 {
		return usage(fmt.Sprintf("convert takes two files, there are %d", c.NArg()), "synfire convert net.nir net.snn")
	}
	from, to := c.Args().Get(0), c.Args().Get(1)
	net, err := openNetwork(from, out)
	if err != nil {
		return err
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	diags, err := frontend.Save(to, net)
	if err != nil {
		return err
	}
	out.diags = runner.Merge(out.diags, diags)
	out.result = &conversion{from, to, len(net.Nodes), len(net.Edges)}
	return nil
}
