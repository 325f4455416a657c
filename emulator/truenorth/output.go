package truenorth

import (
	"bufio"
	"io"

	"github.com/synfire/synfire/internal/spike"
)

// WriteOutput writes the rows of the output bus as RANC prints them: a line for
// each tick, for each output a 0 or a 1 and a blank.
func WriteOutput(w io.Writer, output *spike.Raster) error {
	b := bufio.NewWriter(w)
	line := make([]byte, 2*output.N+1)
	for t := range output.Steps {
		for i := range output.N {
			line[2*i], line[2*i+1] = '0', ' '
		}
		output.Each(t, func(i int) { line[2*i] = '1' })
		line[2*output.N] = '\n'
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}
