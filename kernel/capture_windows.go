package kernel

import (
	"os"
	"sync"
	"time"
)

// Anonymous pipes can't be polled on Windows, so a goroutine reads ahead and a drain waits until
// nothing has come for a moment.
const quiet = 2 * time.Millisecond

// capture reads one of the worker's standard streams. It can be read to where it is empty now, and
// followed until it ends.
type capture struct {
	r *os.File

	mu    sync.Mutex
	cond  *sync.Cond
	data  []byte
	last  time.Time
	ended bool
}

func newCapture(r *os.File) (*capture, error) {
	c := &capture{r: r}
	c.cond = sync.NewCond(&c.mu)
	go c.readAhead()
	return c, nil
}

func (c *capture) readAhead() {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.r.Read(buf)
		c.mu.Lock()
		for len(c.data) > 1<<20 && !c.ended {
			c.cond.Wait() // let the worker wait, as a full pipe would
		}
		c.data = append(c.data, buf[:n]...)
		c.last = time.Now()
		c.ended = c.ended || err != nil
		ended := c.ended
		c.cond.Broadcast()
		c.mu.Unlock()
		if ended {
			return
		}
	}
}

func (c *capture) drain(emit func([]byte)) (more bool) {
	for deadline := time.Now().Add(50 * time.Millisecond); ; {
		c.mu.Lock()
		data, since, ended := c.data, time.Since(c.last), c.ended
		c.data = nil
		c.cond.Broadcast()
		c.mu.Unlock()
		if len(data) > 0 {
			emit(data)
		}
		if ended {
			return false
		}
		if since >= quiet || time.Now().After(deadline) {
			return true
		}
		time.Sleep(quiet)
	}
}

// follow calls ready whenever there is something to drain, until ready returns false.
func (c *capture) follow(ready func() bool) {
	for {
		c.mu.Lock()
		for len(c.data) == 0 && !c.ended {
			c.cond.Wait()
		}
		c.mu.Unlock()
		if !ready() {
			return
		}
	}
}

func (c *capture) close() {
	c.mu.Lock()
	c.ended = true
	c.cond.Broadcast()
	c.mu.Unlock()
	_ = c.r.Close()
}
