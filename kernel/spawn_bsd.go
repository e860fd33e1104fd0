//go:build unix && !linux

package kernel

import "syscall"

// processAttributes puts the worker in a process group of its own, so that a Ctrl-C meant for the
// front doesn't kill it. It ends with the front because its socket does.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
