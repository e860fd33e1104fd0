//go:build unix

package worker

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/rustygradients/rg/kernel/internal/frame"
)

// inherited returns the socket that the front left open for this process. Neither programs that a
// cell starts nor their environment get to see it.
func inherited() (io.ReadWriter, error) {
	value := os.Getenv(frame.Environment)
	if value == "" {
		return nil, errByHand
	}
	_ = os.Unsetenv(frame.Environment)
	fd, err := strconv.Atoi(value)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("%s=%q is not a file descriptor", frame.Environment, value)
	}
	syscall.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "front")
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("%s=%q: %w", frame.Environment, value, err)
	}
	if fds, ok := conn.(*net.UnixConn); ok {
		return fds, nil
	}
	return nil, fmt.Errorf("%s=%q is not a Unix socket", frame.Environment, value)
}
