package term

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// patience is how long work goes on before it is worth a progress line.
	patience = time.Second
	// refresh is the time between two progress lines.
	refresh = 200 * time.Millisecond
)

// Progress is a line on a terminal that says how far work has come, how fast
// it goes and when it will end. It appears after a second and is removed by
// Stop. A nil *Progress does nothing, which is how to turn it off.
type Progress struct {
	w     io.Writer
	what  string
	total int64
	done  atomic.Int64
	start time.Time
	stop  chan struct{}
	gone  sync.WaitGroup
}

// StartProgress shows progress of total units of what ("samples") on w.
func StartProgress(w io.Writer, what string, total int) *Progress {
	p := &Progress{w: w, what: what, total: int64(total), start: time.Now(), stop: make(chan struct{})}
	p.gone.Go(p.draw)
	return p
}

// Set says that done units are finished. Any goroutine may call it.
func (p *Progress) Set(done int) {
	if p != nil {
		p.done.Store(int64(done))
	}
}

// Stop removes the line. It must be called once.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	close(p.stop)
	p.gone.Wait()
}

func (p *Progress) draw() {
	wait := time.NewTimer(patience)
	defer wait.Stop()
	drawn := false
	for {
		select {
		case <-p.stop:
			if drawn {
				fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		case <-wait.C:
			fmt.Fprint(p.w, "\r\x1b[K"+progressLine(p.what, p.done.Load(), p.total, time.Since(p.start)))
			drawn = true
			wait.Reset(refresh)
		}
	}
}

// progressLine says how far work is after some time.
func progressLine(what string, done, total int64, elapsed time.Duration) string {
	line := fmt.Sprintf("%s of %s %s", Count(done), Count(total), what)
	if done <= 0 || elapsed <= 0 {
		return line
	}
	rate := float64(done) / elapsed.Seconds()
	line += fmt.Sprintf(", %.3g/s", rate)
	if rate >= 1000 {
		line = fmt.Sprintf("%s of %s %s, %s/s", Count(done), Count(total), what, Count(int64(rate)))
	}
	if done < total {
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		line += ", " + remaining(left) + " left"
	}
	return line
}

// remaining renders a time that is only a guess in whole seconds, at least 1.
func remaining(d time.Duration) string {
	d = max(d.Round(time.Second), time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return Duration(d)
}
