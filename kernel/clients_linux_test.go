package kernel_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/internal/wire"
	"github.com/rustygradients/rg/kernel/kerneltest"
)

// call makes a request on control and returns the response.
func call(t *testing.T, k *kerneltest.Process, msgType string, content map[string]any) *kerneltest.Response {
	t.Helper()
	r, err := k.CallControl(msgType, content)
	return must(t, r, err)
}

// running starts a cell and returns its msg_id once it runs.
func running(t *testing.T, k *kerneltest.Process, code string) string {
	t.Helper()
	id := k.StartCell(kerneltest.Execute{Code: code})
	m, err := k.IOPub.Next(func(m *kerneltest.Message) bool {
		return m.ParentHeader().ID == id && m.Header.Type == "execute_input"
	})
	must(t, m, err)
	return id
}

// TestFrozenWorker stops the worker's process for a while: what doesn't need it is answered meanwhile, and
// afterwards everything is as it was.
func TestFrozenWorker(t *testing.T) {
	k := start(t)
	run(t, k, "set a kept")
	pid := workerPID(t, k)
	must(t, 0, syscall.Kill(pid, syscall.SIGSTOP))
	cell := k.StartCell(kerneltest.Execute{Code: "get a"})
	check(t, "kernel_info meanwhile", call(t, k, "kernel_info_request", map[string]any{}).Status(), "ok")
	check(t, "comm_info meanwhile", call(t, k, "comm_info_request", map[string]any{}).Status(), "ok")
	r, err := k.Call("history_request", map[string]any{"hist_access_type": "tail", "n": 5})
	check(t, "history meanwhile", must(t, r, err).Status(), "ok")
	must(t, 0, syscall.Kill(pid, syscall.SIGCONT))
	r, err = k.Response("shell", cell)
	check(t, "the cell afterwards", must(t, r, err).Result(), "kept")

	// An interrupt that comes meanwhile is heard afterwards.
	cell = running(t, k, "sleep 60s")
	must(t, 0, syscall.Kill(pid, syscall.SIGSTOP))
	check(t, "interrupt meanwhile", call(t, k, "interrupt_request", map[string]any{}).Status(), "ok")
	must(t, 0, syscall.Kill(pid, syscall.SIGCONT))
	r, err = k.Response("shell", cell)
	check(t, "the cell that was interrupted", must(t, r, err).Field("ename"), "Interrupted")

	// A shutdown doesn't wait for it.
	must(t, 0, syscall.Kill(pid, syscall.SIGSTOP))
	check(t, "shutdown", call(t, k, "shutdown_request", map[string]any{"restart": false}).Status(), "ok")
	must(t, 0, k.Wait(kerneltest.Timeout))
	eventually(t, "the worker is gone", func() bool { return !alive(pid) })
}

// TestFrozenFront stops the front's process for a while.
func TestFrozenFront(t *testing.T) {
	k := start(t)
	must(t, 0, k.Cmd.Process.Signal(syscall.SIGSTOP))
	cell := k.StartCell(kerneltest.Execute{Code: "result 1"})
	time.Sleep(100 * time.Millisecond) // so that there is something to catch up with
	must(t, 0, k.Cmd.Process.Signal(syscall.SIGCONT))
	r, err := k.Response("shell", cell)
	check(t, "the cell afterwards", must(t, r, err).Result(), "1")
}

// TestInterruptStorm: any number of interrupts end the cells that run when they come, and no other.
func TestInterruptStorm(t *testing.T) {
	k := start(t)
	for range 5 {
		cell := running(t, k, "sleep 60s")
		for range 200 {
			k.Request("control", "interrupt_request", map[string]any{})
		}
		r, err := k.Response("shell", cell)
		check(t, "the cell", must(t, r, err).Field("ename"), "Interrupted")
		// The last one is answered after all the others.
		check(t, "an interrupt of nothing", call(t, k, "interrupt_request", map[string]any{}).Status(), "ok")
		check(t, "the next cell", run(t, k, "result 1").Result(), "1")
	}
	// While the worker dies and is replaced.
	crash := k.StartCell(kerneltest.Execute{Code: "crash kill"})
	for range 100 {
		k.Request("control", "interrupt_request", map[string]any{})
	}
	r, err := k.Response("shell", crash)
	check(t, "a cell that dies", must(t, r, err).Status(), "error")
	check(t, "an interrupt of nothing", call(t, k, "interrupt_request", map[string]any{}).Status(), "ok")
	check(t, "the next cell", run(t, k, "result 2").Result(), "2")
}

// TestShutdownTwice: a second request to end, and an interrupt in between, change nothing.
func TestShutdownTwice(t *testing.T) {
	k := start(t)
	pid := workerPID(t, k)
	running(t, k, "sleep 60s")
	first := k.Request("control", "shutdown_request", map[string]any{"restart": true})
	k.Request("control", "interrupt_request", map[string]any{})
	k.Request("control", "shutdown_request", map[string]any{"restart": true})
	r, err := k.Response("control", first)
	check(t, "the first one's reply", must(t, r, err).Field("restart"), "true")
	must(t, 0, k.Wait(kerneltest.Timeout))
	eventually(t, "the worker is gone", func() bool { return !alive(pid) })
}

// TestOddCells: code of any size and of any bytes is a cell like others.
func TestOddCells(t *testing.T) {
	k := start(t)
	run(t, k, "display 1")
	before, _ := held(t, k.Cmd.Process.Pid)
	check(t, "16 MiB", run(t, k, "result large"+strings.Repeat(" ", 16<<20)).Result(), "large")
	check(t, "a NUL", run(t, k, "result a\x00b").Result(), "a\x00b")
	for code, want := range map[string]string{
		"\"result \xff\xfe\"":         "\ufffd\ufffd", // bytes that are no UTF-8
		`"result \ud800"`:             "\ufffd",       // half a character
		`"result \ud83d\ude00"`:       "😀",
		`"result \u202e\u0000\ufeff"`: "\u202e\x00\ufeff",
	} {
		f := k.Frames("execute_request", map[string]any{})
		f[5] = []byte(`{"code":` + code + `}`)
		f[1] = wire.NewSigner(k.Conn.Key).Sign(f[2:6])
		var h wire.Header
		must(t, 0, json.Unmarshal(f[2], &h))
		k.SendFrames("shell", f)
		r, err := k.Response("shell", h.ID)
		check(t, code, must(t, r, err).Result(), want)
	}
	grows(t, k, before, 256)
	// Values that a client of another language may send.
	for _, content := range []string{
		`{}`, `null`, `[]`, `"code"`, `{"code":null}`, `{"code":5}`, `{"code":"result 1","silent":"yes"}`,
		`{"code":"result 1","user_expressions":[1]}`, strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
	} {
		f := k.Frames("execute_request", map[string]any{})
		f[5] = []byte(content)
		f[1] = wire.NewSigner(k.Conn.Key).Sign(f[2:6])
		var h wire.Header
		must(t, 0, json.Unmarshal(f[2], &h))
		k.SendFrames("shell", f)
		r, err := k.Response("shell", h.ID)
		check(t, content[:min(len(content), 50)], must(t, r, err).Status(), "error")
	}
	check(t, "the next cell", run(t, k, "result 1").Result(), "1")
}

// TestAnswerThatNobodyAskedFor: an input_reply without a question is not the answer to the next one.
func TestAnswerThatNobodyAskedFor(t *testing.T) {
	k := start(t)
	k.SendFrames("stdin", k.Frames("input_reply", map[string]any{"status": "ok", "value": "unasked"}))
	k.Answer = func(string, bool) string { return "asked" }
	check(t, "the answer", run(t, k, "input ?").Result(), "asked")
	k.SendFrames("stdin", k.Frames("input_reply", map[string]any{"status": "ok", "value": "too late"}))
	check(t, "the next answer", run(t, k, "input ?").Result(), "asked")
}

// TestClientGoesAway: a cell whose client has gone runs on, and another client finds the session.
func TestClientGoesAway(t *testing.T) {
	k := start(t)
	gone, err := kerneltest.Dial(k.Conn)
	must(t, gone, err)
	gone.StartCell(kerneltest.Execute{Code: "sleep 200ms\nset a 1\nblob 4"})
	_, err = k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)
	gone.Close()
	check(t, "what it had begun", run(t, k, "get a").Result(), "1")
	for range 50 {
		c, err := kerneltest.Dial(k.Conn)
		must(t, c, err)
		c.StartCell(kerneltest.Execute{Code: "result 1"})
		c.Close()
	}
	check(t, "the next cell", run(t, k, "get a").Result(), "1")
}

// TestConnectionFileRemoved: a running kernel needs its connection file no more.
func TestConnectionFileRemoved(t *testing.T) {
	k := start(t)
	must(t, 0, os.Remove(k.Cmd.Args[len(k.Cmd.Args)-1]))
	check(t, "the next cell", run(t, k, "result 1").Result(), "1")
	check(t, "a crash", run(t, k, "crash kill").Field("ename"), "WorkerDied")
	check(t, "the next cell", run(t, k, "result 2").Result(), "2")
}

// TestNoDescriptorLeft: a front that can open nothing more goes on with what is open, and recovers.
func TestNoDescriptorLeft(t *testing.T) {
	plain := front(t)
	cmd := exec.Command("bash", append([]string{"-c", `ulimit -n 64 && exec "$0" "$@"`}, plain.Args...)...)
	cmd.Env = plain.Env
	k := kerneltest.Start(t, cmd)
	run(t, k, "set a kept")
	var crowd []net.Conn
	for range 80 {
		c, err := net.Dial("tcp", net.JoinHostPort(k.Conn.IP, fmt.Sprint(k.Conn.ShellPort)))
		must(t, c, err) // the system takes it, the front can't
		crowd = append(crowd, c)
	}
	eventually(t, "it is logged", func() bool { return strings.Contains(k.Log.String(), "too many open files") })
	check(t, "a cell", run(t, k, "get a").Result(), "kept")
	// A worker that dies now can't be replaced, and the cell says so.
	r := run(t, k, "crash kill")
	check(t, "a crash", r.Field("ename"), "WorkerDied")
	for _, c := range crowd {
		_ = c.Close()
	}
	eventually(t, "cells run again", func() bool { return run(t, k, "result 1").Result() == "1" })
	c, err := kerneltest.Dial(k.Conn)
	must(t, c, err)
	c.Close()
}

// TestFullFileSystem is TestFullDisk on a file system that is full, where this process may mount one.
func TestFullFileSystem(t *testing.T) {
	if err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", t.TempDir()).Run(); err != nil {
		t.Log("no file system can be mounted here:", err)
		return
	}
	disk := t.TempDir()
	plain := front(t)
	script := `mount -t tmpfs -o size=1m none "` + disk + `" && exec "$0" "$@"`
	cmd := exec.Command("unshare", append([]string{"-rm", "bash", "-c", script}, plain.Args...)...)
	cmd.Env = append(plain.Env, historyFile+"="+filepath.Join(disk, "history.sqlite"))
	k := kerneltest.Start(t, cmd)
	outgrowsItsDisk(t, k, 200_000)
}
