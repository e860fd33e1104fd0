//go:build unix

package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rustygradients/rg/kernel/engine"
)

// stdin is a process's os.Stdin whose lines are typed by the person at the front end. It is a pipe
// that holds nothing until someone reads from it: nobody is asked for what no one wants to know.
type stdin struct {
	r, w *os.File
	raw  syscall.RawConn // of r
	fd   int             // of r

	asking sync.Mutex // held by the cell that asks, of several that run

	mu    sync.Mutex
	cells int // that run
}

// newStdin makes the process's standard input such a pipe.
func newStdin() (*stdin, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &stdin{r: r, w: w}
	if s.raw, err = r.SyscallConn(); err != nil {
		return nil, err
	}
	err = s.raw.Control(func(fd uintptr) { s.fd = int(fd) })
	os.Stdin = r
	return s, err
}

// enter says that a cell begins.
func (s *stdin) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells++
}

// serve answers what a cell reads until ctx is done. It returns why a read could not be answered.
func (s *stdin) serve(ctx context.Context, readLine func() (string, error)) (err error) {
	tick := time.NewTicker(stdinPoll)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.answer(ctx, readLine); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

// answer gives who waits a line, if someone does.
func (s *stdin) answer(ctx context.Context, readLine func() (string, error)) error {
	if !s.asking.TryLock() {
		return nil
	}
	defer s.asking.Unlock()
	if !s.wanted() {
		return nil
	}
	line, err := readLine()
	switch {
	case ctx.Err() != nil: // the cell has ended
		return nil
	case errors.Is(err, engine.ErrNoInput):
		return err
	case err != nil:
		return fmt.Errorf("reading standard input: %w", err)
	}
	_, err = s.w.WriteString(line + "\n")
	return err
}

// wanted reports whether someone waits in a read. A File's reads take turns; if a read that takes
// nothing isn't let in although there is nothing to read, there is one who waits.
func (s *stdin) wanted() bool {
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, 0); err != nil || n > 0 {
		return false
	}
	// On a busy machine a turn may be late by itself, so the second look decides.
	return !s.turn(2*time.Millisecond) && reading()
}

// reading reports whether some goroutine waits in a File's Read.
func reading() bool {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for stack := range bytes.SplitSeq(buf, []byte("\n\n")) {
		head, calls, _ := bytes.Cut(stack, []byte("\n"))
		if bytes.Contains(head, []byte("[IO wait")) && bytes.Contains(calls, []byte("os.(*File).Read(")) {
			return true
		}
	}
	return false
}

// turn takes a turn among the reads, without reading, and reports whether it came within the time.
func (s *stdin) turn(within time.Duration) bool {
	in := make(chan struct{})
	go func() {
		_ = s.raw.Read(func(uintptr) bool { return true })
		close(in)
	}()
	select {
	case <-in:
		return true
	case <-time.After(within):
		return false
	}
}

// leave says that a cell has ended. At the end of the last one that runs, what was typed and not read
// is forgotten, and who still waits is sent away with os.ErrDeadlineExceeded.
func (s *stdin) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cells--; s.cells > 0 {
		return
	}
	_ = s.r.SetReadDeadline(time.Unix(1, 0)) // sends away who waits,
	s.turn(50 * time.Millisecond)            // and they must have seen it before it is gone
	_ = s.raw.Control(func(fd uintptr) {
		var rest [4096]byte
		for {
			if n, err := syscall.Read(int(fd), rest[:]); n <= 0 && !errors.Is(err, syscall.EINTR) {
				return
			}
		}
	})
	_ = s.r.SetReadDeadline(time.Time{})
}
