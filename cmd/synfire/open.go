package main

import (
	"fmt"
	"io"
	"os"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

// maxFile bounds the size of a network or a chip image: 1 GiB.
const maxFile = 1 << 30

// opened is a file that a verb works on: a network, or an image and the
// target it is for.
type opened struct {
	path   string
	net    *ir.Network
	image  []byte
	target *runner.Target
}

// open opens the file that is the one argument of a verb.
func open(c *cli.Context, out *output) (*opened, error) {
	path, err := file(c, "a network or a chip image")
	if err != nil {
		return nil, err
	}
	if t := imageTarget(start(path)); t != nil {
		data, err := readImage(path)
		return &opened{path: path, image: data, target: t}, err
	}
	net, err := openNetwork(path, out)
	return &opened{path: path, net: net}, err
}

// openNet opens a file that has to be a network.
func openNet(c *cli.Context, out *output) (*opened, error) {
	o, err := open(c, out)
	if err == nil && o.image != nil {
		err = usage(fmt.Sprintf("%s is an image for %s, %s needs a network", o.path, o.target.Name(), c.Command.Name), "")
	}
	return o, err
}

func openNetwork(path string, out *output) (*ir.Network, error) {
	net, diags, err := frontend.Open(path, frontend.Options{MaxBytes: maxFile})
	out.file = path
	out.diags = runner.Merge(out.diags, diags)
	return net, err
}

// headBytes is how much of a file tells what it is.
const headBytes = 1024

// start returns the first bytes of a file, which tell images from networks.
// What cannot be read is left to the frontend, which says why.
func start(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headBytes))
	if err != nil {
		return nil
	}
	return head
}

func readImage(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: an image has at most %d bytes", path, maxFile)
	}
	return data, err
}
