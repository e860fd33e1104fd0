package kernel

import (
	"context"
	"os"
	"strconv"
	"syscall"
)

// parentVariable is how a front end tells a kernel which process it serves: on Windows, by an
// inherited handle.
const parentVariable = "JPY_PARENT_PID"

// watchParent calls gone when the process that the kernel serves has ended.
func watchParent(_ context.Context, gone func()) {
	handle, err := strconv.ParseUint(os.Getenv(parentVariable), 10, 64)
	if err != nil || handle <= 1 {
		return
	}
	go func() {
		event, err := syscall.WaitForSingleObject(syscall.Handle(handle), syscall.INFINITE)
		if err == nil && event == syscall.WAIT_OBJECT_0 {
			gone()
		}
	}()
}
