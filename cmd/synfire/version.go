package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/urfave/cli/v2"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version", Flags: commonFlags(),
		Action: action(func(_ *cli.Context, out *output) error {
			out.result = &versionInfo{version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			return nil
		}),
	}
}

// versionInfo is the result of version.
type versionInfo struct {
	Synfire  string `json:"synfire"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (v *versionInfo) Text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "synfire %s (%s, %s)\n", v.Synfire, v.Go, v.Platform)
	return err
}
