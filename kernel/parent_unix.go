//go:build unix

package kernel

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// parentVariable is how a front end tells a kernel which process it serves.
const parentVariable = "JPY_PARENT_PID"

// watchParent calls gone when the process that the kernel serves has ended.
func watchParent(ctx context.Context, gone func()) {
	pid, err := strconv.Atoi(os.Getenv(parentVariable))
	if err != nil || pid <= 1 {
		return
	}
	direct := os.Getppid() == pid // otherwise a launcher stands between
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if direct && os.Getppid() != pid || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				gone()
				return
			}
		}
	}()
}
