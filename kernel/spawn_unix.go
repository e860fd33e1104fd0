//go:build unix

package kernel

import (
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/rustygradients/rg/kernel/internal/frame"
)

// connect gives cmd one end of a socket pair and returns the other. release closes what only the
// child needs; it is called once the child has started, or failed to.
func connect(cmd *exec.Cmd) (conn io.ReadWriteCloser, release func(), err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	front, child := os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "front")
	conn, err = net.FileConn(front)
	_ = front.Close() // net has its own copy
	if err != nil {
		_ = child.Close()
		return nil, nil, err
	}
	cmd.ExtraFiles = []*os.File{child}
	cmd.Env = append(cmd.Env, frame.Environment+"=3") // the first after the standard three
	cmd.SysProcAttr = processAttributes()
	return conn, func() { _ = child.Close() }, nil
}

// kill ends the worker and the programs that its cells left running.
func kill(p *os.Process) {
	if syscall.Kill(-p.Pid, syscall.SIGKILL) != nil {
		_ = p.Kill()
	}
}
