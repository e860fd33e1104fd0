//go:build unix

package kernel

import (
	"os"
	"syscall"
)

// maxDrain is the most that a pipe can hold: what is in it beyond that was written after a drain
// began.
const maxDrain = 1 << 20

// capture reads one of the worker's standard streams. It can be read to where it is empty now, and
// followed until it ends.
type capture struct {
	r    *os.File
	conn syscall.RawConn
	buf  []byte
}

func newCapture(r *os.File) (*capture, error) {
	conn, err := r.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &capture{r: r, conn: conn, buf: make([]byte, 64<<10)}, nil
}

// drain hands to emit what is in the pipe now, and does not wait for more. Its calls may not
// overlap. It reports false at the end of the stream.
func (c *capture) drain(emit func([]byte)) (more bool) {
	more = true
	err := c.conn.Control(func(fd uintptr) { more = c.read(fd, emit) })
	return err == nil && more
}

func (c *capture) read(fd uintptr, emit func([]byte)) (more bool) {
	for total := 0; total < maxDrain; {
		n, err := syscall.Read(int(fd), c.buf)
		switch {
		case n > 0:
			emit(c.buf[:n])
			total += n
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return true
		default:
			return false
		}
	}
	return true
}

// follow calls ready whenever there is something to drain, until ready returns false.
func (c *capture) follow(ready func() bool) {
	_ = c.conn.Read(func(uintptr) bool { return !ready() })
}

func (c *capture) close() { _ = c.r.Close() }
