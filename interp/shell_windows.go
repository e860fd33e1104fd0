package interp

import (
	"os/exec"
	"strconv"
)

// group has an interrupt end a command together with what it has started.
func group(cmd *exec.Cmd) {
	cmd.Cancel = func() error { killGroup(cmd); return nil }
}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
	}
}

// guard does nothing: a command outlives a worker that is killed.
func guard(*exec.Cmd) (release func()) { return func() {} }
