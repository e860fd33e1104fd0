//go:build unix

package kernel_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

// workerPID asks a kernel's worker for its process ID.
func workerPID(t *testing.T, k *kerneltest.Process) int {
	t.Helper()
	pid, err := strconv.Atoi(run(t, k, "pid").Result())
	return must(t, pid, err)
}

func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ") // a zombie is dead
}

func TestShutdown(t *testing.T) {
	for _, c := range []struct {
		channel string
		restart bool
		running string // code of a cell that runs meanwhile
	}{
		{"control", false, ""},
		{"control", true, ""},
		{"shell", false, ""},
		{"control", false, "sleep 60s"},
		{"control", false, "spin 60s"},
	} {
		t.Run(fmt.Sprintf("%s/%v/%s", c.channel, c.restart, c.running), func(t *testing.T) {
			k := start(t)
			pid := workerPID(t, k)
			var cell, waiting string
			if c.running != "" {
				cell = k.StartCell(kerneltest.Execute{Code: c.running})
				waiting = k.StartCell(kerneltest.Execute{Code: "result 1"})
				_, err := k.IOPub.Next(func(m *kerneltest.Message) bool {
					return m.ParentHeader().ID == cell && m.Header.Type == "execute_input"
				})
				must(t, 0, err)
			}
			began := time.Now()
			r, err := k.Response(c.channel, k.Request(c.channel, "shutdown_request", map[string]any{"restart": c.restart}))
			must(t, r, err)
			check(t, "reply", string(r.Reply.Content), fmt.Sprintf(`{"restart":%v,"status":"ok"}`, c.restart))
			check(t, "copies on IOPub", len(r.Of("shutdown_reply")), 1)
			if c.running != "" {
				r, err = k.Response("shell", cell)
				check(t, "the running cell", must(t, r, err).Field("ename"), "WorkerDied")
				r, err = k.Response("shell", waiting)
				check(t, "the waiting cell", must(t, r, err).Status(), "aborted")
			}
			if err := k.Wait(kerneltest.Timeout); err != nil {
				t.Errorf("exit: %v", err)
			}
			t.Logf("ended after %v", time.Since(began))
			eventually(t, "the worker is gone", func() bool { return !alive(pid) })
		})
	}
}

func TestWorkerEndsWithTheFront(t *testing.T) {
	for _, cell := range []string{"result 1", "spin 60s"} {
		k := start(t)
		pid := workerPID(t, k)
		k.StartCell(kerneltest.Execute{Code: cell})
		time.Sleep(50 * time.Millisecond)
		if err := k.Cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the worker is gone", func() bool { return !alive(pid) })
	}
}

func TestFrontEndsWithItsParent(t *testing.T) {
	parent := exec.Command("sleep", "100")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	k := start(t, fmt.Sprintf("JPY_PARENT_PID=%d", parent.Process.Pid))
	pid := workerPID(t, k)
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if err := k.Wait(kerneltest.Timeout); err != nil {
		t.Errorf("exit: %v", err)
	}
	eventually(t, "the worker is gone", func() bool { return !alive(pid) })
}

func TestInterruptBySignal(t *testing.T) {
	k := start(t)
	interruptBy(t, k, func() {
		if err := k.Cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignalsThatEnd(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		k := start(t)
		pid := workerPID(t, k)
		if err := k.Cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := k.Wait(kerneltest.Timeout); err != nil {
			t.Errorf("%v: exit: %v", sig, err)
		}
		eventually(t, "the worker is gone", func() bool { return !alive(pid) })
	}
}

// TestWorkerKnowsNoSecret checks that a cell can't read what signs the session's messages.
func TestWorkerKnowsNoSecret(t *testing.T) {
	k := start(t)
	r := run(t, k, "environ")
	for _, secret := range []string{k.Conn.Key, "connection.json", "RG_WORKER_SOCKET"} {
		if strings.Contains(r.Stream("stdout"), secret) {
			t.Errorf("the worker's arguments or environment hold %s", secret)
		}
	}
}

// TestChildrenOfACell checks that programs that a cell leaves running neither hold up the next cell
// nor outlive the session.
func TestChildrenOfACell(t *testing.T) {
	k := start(t)
	pid, err := strconv.Atoi(run(t, k, "child sleep 100").Result())
	must(t, pid, err)
	check(t, "next cell", run(t, k, "result 1").Result(), "1")
	check(t, "a crash", run(t, k, "crash kill").Field("ename"), "WorkerDied")
	eventually(t, "the program is gone", func() bool { return !alive(pid) })
}
