package kernel

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes puts the worker in a process group of its own, so that a Ctrl-C meant for the
// front doesn't kill it, and asks the system to end it with the front.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// widen lets a pipe hold more, which saves a printing cell many switches to the front. The system
// may refuse.
func widen(pipe *os.File) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, maxDrain) })
}
