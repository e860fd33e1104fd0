package kernel

import (
	"io"
	"log"
	"time"
)

// logDepth is how many lines wait for a slow reader of the log. More are lost, so that a launcher
// that never reads the kernel's standard error can't stop the kernel.
const logDepth = 256

// asyncLog writes lines to out without ever making their author wait.
type asyncLog struct {
	lines chan []byte
	done  chan struct{}
}

func newAsyncLog(out io.Writer) *asyncLog {
	l := &asyncLog{lines: make(chan []byte, logDepth), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for line := range l.lines {
			if line == nil {
				return
			}
			_, _ = out.Write(line) // there is no one else to tell
		}
	}()
	return l
}

func (l *asyncLog) Write(line []byte) (int, error) {
	select {
	case l.lines <- append([]byte(nil), line...):
	default:
	}
	return len(line), nil
}

// close gives the reader of the log a moment to take what waits.
func (l *asyncLog) close() {
	select {
	case l.lines <- nil:
	default:
		return
	}
	select {
	case <-l.done:
	case <-time.After(200 * time.Millisecond):
	}
}

func (l *asyncLog) logger() *log.Logger { return log.New(l, "rg: ", log.Ltime) }
