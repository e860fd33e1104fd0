package interp

import "syscall"

// groupAttributes has the system end the command with the worker, however that ends.
func groupAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
