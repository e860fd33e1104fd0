package kernel

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/rustygradients/rg/kernel/internal/frame"
)

// connect gives cmd the far ends of two pipes and returns the near ones. release closes what only
// the child needs; it is called once the child has started, or failed to.
func connect(cmd *exec.Cmd) (conn io.ReadWriteCloser, release func(), err error) {
	childIn, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	in, childOut, err := os.Pipe()
	if err != nil {
		_, _ = childIn.Close(), out.Close()
		return nil, nil, err
	}
	handles := []syscall.Handle{syscall.Handle(childIn.Fd()), syscall.Handle(childOut.Fd())}
	for _, h := range handles {
		if err := syscall.SetHandleInformation(h, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT); err != nil {
			return nil, nil, os.NewSyscallError("SetHandleInformation", err)
		}
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d,%d", frame.Environment, handles[0], handles[1]))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		AdditionalInheritedHandles: handles,
		CreationFlags:              syscall.CREATE_NEW_PROCESS_GROUP,
	}
	return pipes{in, out}, func() { _, _ = childIn.Close(), childOut.Close() }, nil
}

type pipes struct {
	*os.File // from the worker
	out      *os.File
}

func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }

func (p pipes) Close() error {
	_ = p.out.Close()
	return p.File.Close()
}

// kill ends the worker.
func kill(p *os.Process) { _ = p.Kill() }
