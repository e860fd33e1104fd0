//go:build unix

package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// readLine reads a line from the terminal without taking more than that, and gives up when ctx ends. What is hidden is
// read key by key, since the terminal itself would show it.
func readLine(ctx context.Context, in *os.File, out io.Writer, hide bool) (string, error) {
	fd := int(in.Fd())
	if hide {
		state, err := term.MakeRaw(fd)
		if err != nil {
			return "", err
		}
		defer func() {
			_ = term.Restore(fd, state)
			_, _ = io.WriteString(out, "\n")
		}()
	}
	var line []byte
	for {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 50)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return "", err
		}
		if ready < 1 {
			continue
		}
		var b [1]byte
		n, err := in.Read(b[:])
		if err != nil || n == 0 {
			if len(line) > 0 {
				return string(line), nil
			}
			return "", io.EOF
		}
		switch b[0] {
		case '\n', '\r':
			return string(line), nil
		case 3: // Ctrl-C, which a raw terminal hands on as a key
			return "", interruptSelf()
		case 4: // Ctrl-D
			return "", io.EOF
		case 8, 127:
			if hide && len(line) > 0 {
				_, size := utf8.DecodeLastRune(line)
				line = line[:len(line)-size]
			}
		default:
			line = append(line, b[0])
		}
	}
}

// interruptSelf makes of a key what the terminal would have made of it.
func interruptSelf() error {
	if err := unix.Kill(os.Getpid(), unix.SIGINT); err != nil {
		return err
	}
	return context.Canceled
}
