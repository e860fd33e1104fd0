package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

// kernelKind is a kernel that is measured, and what came of it.
type kernelKind struct {
	name string
	argv []string
	env  []string
	dir  string
	code code

	version                                 string
	start, cell, complete, interrupt, lines times
	death                                   times // empty where there is no worker that could die
	resident, shared                        int   // bytes: the sum of the processes', and with shared pages shared out
}

// times are measurements of one thing.
type times []time.Duration

func (t times) quantile(q float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(t))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

// session is a running kernel.
type session struct {
	*kerneltest.Client
	cmd *exec.Cmd
}

// open starts a kernel and returns when it has answered kernel_info.
func (k *kernelKind) open() (*session, time.Duration, error) {
	conn, err := kerneltest.NewConnection()
	if err != nil {
		return nil, 0, err
	}
	file, err := kerneltest.WriteConnection(k.dir, conn)
	if err != nil {
		return nil, 0, err
	}
	s := &session{cmd: exec.Command(k.argv[0], append(slices.Clone(k.argv[1:]), file)...)}
	s.cmd.Env = append(os.Environ(), k.env...)
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, err
	}
	if s.Client, err = kerneltest.DialWhenUp(conn); err != nil {
		s.close()
		return nil, 0, err
	}
	info, err := s.CallControl("kernel_info_request", map[string]any{})
	took := time.Since(began)
	if err != nil {
		s.close()
		return nil, 0, err
	}
	k.version = info.Field("implementation_version")
	return s, took, nil
}

func (s *session) close() {
	if s.Client != nil {
		s.Request("control", "shutdown_request", map[string]any{"restart": false})
		gone := time.AfterFunc(5*time.Second, func() { _ = s.cmd.Process.Kill() })
		defer gone.Stop()
		_ = s.cmd.Wait() // a kernel that was killed says so
		s.Client.Close()
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (k *kernelKind) measure(o options) error {
	for range o.starts {
		s, took, err := k.open()
		if err != nil {
			return err
		}
		s.close()
		k.start = append(k.start, took)
	}
	s, _, err := k.open()
	if err != nil {
		return err
	}
	defer s.close()
	for _, step := range []func(*session, options) error{k.idle, k.cells, k.completions, k.interrupts, k.printing, k.deaths} {
		if err := step(s, o); err != nil {
			return err
		}
	}
	return nil
}

// run runs a cell, which must end well, and returns how long its reply and idle took.
func (s *session) run(code, want string) (time.Duration, error) {
	began := time.Now()
	r, err := s.Run(code)
	took := time.Since(began)
	switch {
	case err != nil:
		return 0, err
	case r.Status() != "ok":
		return 0, fmt.Errorf("%q ended with %s", code, r.Reply.Content)
	case want != "" && r.Result() != want:
		return 0, fmt.Errorf("%q is %s, not %s", code, r.Result(), want)
	}
	return took, nil
}

// idle weighs a kernel that has run one cell.
func (k *kernelKind) idle(s *session, _ options) error {
	if _, err := s.run(k.code.trivial, k.code.result); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	for _, pid := range append(children(s.cmd.Process.Pid), s.cmd.Process.Pid) {
		k.resident += kilobytes(pid, "status", "VmRSS:")
		k.shared += kilobytes(pid, "smaps_rollup", "Pss:")
	}
	return nil
}

func (k *kernelKind) cells(s *session, o options) error {
	for i := range o.cells + o.cells/10 {
		took, err := s.run(k.code.trivial, k.code.result)
		if err != nil {
			return err
		}
		if i >= o.cells/10 { // the first ones warm up
			k.cell = append(k.cell, took)
		}
	}
	return nil
}

func (k *kernelKind) completions(s *session, o options) error {
	if _, err := s.run(k.code.before, ""); err != nil {
		return err
	}
	for range 10 * o.rounds {
		began := time.Now()
		r, err := s.Call("complete_request", map[string]any{"code": k.code.complete, "cursor_pos": len(k.code.complete)})
		if err != nil {
			return err
		}
		if len(r.Field("matches")) < 1000 {
			return fmt.Errorf("%q is completed by %s", k.code.complete, r.Field("matches"))
		}
		k.complete = append(k.complete, time.Since(began))
	}
	return nil
}

func (k *kernelKind) interrupts(s *session, o options) error {
	for range 2 * o.rounds {
		id := s.StartCell(kerneltest.Execute{Code: k.code.loop})
		if _, err := s.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" }); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		s.Request("control", "interrupt_request", map[string]any{})
		r, err := s.Response("shell", id)
		k.interrupt = append(k.interrupt, time.Since(began))
		if err != nil || r.Status() != "error" {
			return fmt.Errorf("an interrupt: %w, %s", err, r.Reply.Content)
		}
	}
	_, err := s.run(k.code.after, k.code.left)
	return err
}

func (k *kernelKind) printing(s *session, o options) error {
	want := lines()
	for range o.rounds {
		began := time.Now()
		r, err := s.Run(k.code.lines)
		if err != nil {
			return err
		}
		k.lines = append(k.lines, time.Since(began))
		if r.Stream("stdout") != want {
			return errors.New("what was printed did not arrive whole")
		}
	}
	return nil
}

// deaths kills the worker and times the way to the next cell's result.
func (k *kernelKind) deaths(s *session, o options) error {
	for range 2 * o.rounds {
		workers := children(s.cmd.Process.Pid)
		if len(workers) != 1 {
			return nil
		}
		worker, err := os.FindProcess(workers[0])
		if err != nil {
			return err
		}
		began := time.Now()
		if err := worker.Kill(); err != nil {
			return err
		}
		for {
			r, err := s.Run(k.code.trivial)
			if err != nil {
				return err
			}
			if r.Status() == "ok" { // one that was sent before the death was seen has died of it
				break
			}
		}
		k.death = append(k.death, time.Since(began))
	}
	return nil
}

// children returns the processes that a process has started.
func children(pid int) (list []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// kilobytes reads a line "key  n kB" of a process's file, in bytes.
func kilobytes(pid int, file, key string) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == key {
			n, _ := strconv.Atoi(f[1])
			return n << 10
		}
	}
	return 0
}
