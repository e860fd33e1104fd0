//go:build unix

package interp

import (
	"os/exec"
	"syscall"
)

// group puts a command in a process group of its own, which an interrupt ends as Ctrl-C would.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = groupAttributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// killGroup ends what did not heed the interrupt.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often nobody is left
	}
}
