//go:build unix

package interp

import (
	"os"
	"os/exec"
	"syscall"
)

// group puts a command in a process group of its own, which an interrupt ends as Ctrl-C would.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// killGroup ends what did not heed the interrupt.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often nobody is left
	}
}

// guard has the group end with this process, however that ends: a shell in the group waits for a line, and kills the
// group when there is none to come. release sends the line.
func guard(cmd *exec.Cmd) (release func()) {
	in, out, err := os.Pipe()
	if err != nil {
		return func() {} // no descriptors left: the command is more important
	}
	watch := exec.Command("sh", "-c", "trap '' INT; read line || kill -KILL 0")
	watch.Stdin = in
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: cmd.Process.Pid}
	err = watch.Start()
	_ = in.Close()
	if err != nil { // the command has ended already
		_ = out.Close()
		return func() {}
	}
	return func() {
		_, _ = out.WriteString("\n")
		_ = out.Close()
		_ = watch.Wait() // also if it was killed with the group
	}
}
