package kernel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/kerneltest"
	"github.com/rustygradients/rg/kernel/kerneltest/cfault"
)

func TestWorkerDies(t *testing.T) {
	k := start(t)
	run(t, k, "func f\nset a 1\nset b 2")
	for _, c := range []struct{ how, want string }{
		{"map", "fatal error: concurrent map writes"},
		{"mutex", "fatal error: sync: unlock of unlocked mutex"},
		{"stack", "fatal error: stack overflow"},
		{"goroutine", "panic: in a goroutine"},
		{"3", "exit status 3"},
		{"0", "exit status 0"},
		{"kill", "signal: killed"},
		{"segv", "SIGSEGV: segmentation violation"}, // as a C library's is
		{"abort", "SIGABRT: abort"},
		{"c", "SIGSEGV: segmentation violation"},
		{"deaf", ""}, // of what it dies is a matter of who notices first
	} {
		if c.how == "c" && !cfault.Available {
			continue
		}
		t.Run(c.how, func(t *testing.T) {
			run(t, k, "set a 1\nset b 2")
			r := run(t, k, "print before\ncrash "+c.how)
			check(t, "status", r.Status(), "error")
			check(t, "ename", r.Field("ename"), "WorkerDied")
			if got := r.Field("evalue"); !strings.Contains(got, c.want) {
				t.Errorf("evalue %q, want %q", got, c.want)
			}
			check(t, "what it printed before", r.Stream("stdout"), "before\n")
			if c.how != "map" || !raceEnabled { // the race detector has its say before the runtime
				check(t, "standard error, which the traceback replaces", r.Stream("stderr"), "")
			}
			check(t, "errors on IOPub", len(r.Of("error")), 1)
			var content struct{ Traceback []string }
			if err := r.Decode(&content); err != nil {
				t.Fatal(err)
			}
			trace := strings.Join(content.Traceback, "\n")
			for _, want := range []string{"declared again", "gone: a, b"} {
				if !strings.Contains(trace, want) {
					t.Errorf("the traceback lacks %q:\n%s", want, trace)
				}
			}
			if n := strings.Count(trace, "\n"); n > 25 {
				t.Errorf("the traceback has %d lines:\n%s", n, trace)
			}
			check(t, "a function of before", run(t, k, "get func f").Result(), "declared")
			check(t, "a variable of before", run(t, k, "get a").Field("ename"), "CompileError")
		})
	}
	r, err := k.Call("history_request", map[string]any{"hist_access_type": "range", "session": 0, "start": 1, "stop": 2})
	check(t, "history", must(t, r, err).Field("history"), `[[1,1,"func f\nset a 1\nset b 2"]]`)
}

// TestWorkersDie: a front knows what was declared with any of the workers that it has had, though each tells it
// only what has changed.
func TestWorkersDie(t *testing.T) {
	k := start(t)
	var names []string
	for i := range 5 {
		for _, name := range []string{fmt.Sprint("f", i), fmt.Sprint("g", i)} {
			names = append(names, name)
			run(t, k, "func "+name+"\nset "+name+" 1")
		}
		r := run(t, k, fmt.Sprintf("func last%d\ncrash kill", i)) // which the worker has no time to tell
		check(t, "ename", r.Field("ename"), "WorkerDied")
		var content struct{ Traceback []string }
		must(t, 0, r.Decode(&content))
		if trace, want := strings.Join(content.Traceback, "\n"), fmt.Sprintf("gone: f%d, ", i); !strings.Contains(trace, want) {
			t.Errorf("the traceback lacks %q:\n%s", want, trace)
		}
		for _, name := range names {
			check(t, name, run(t, k, "get func "+name).Result(), "declared")
		}
	}
}

func TestWorkerDiesBetweenCells(t *testing.T) {
	k := start(t)
	cell := run(t, k, "set a 1\ncrash later")
	check(t, "status", cell.Status(), "ok")
	m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "stream" })
	must(t, m, err)
	check(t, "parent", m.ParentHeader().ID, cell.ID)
	for _, want := range []string{"panic: after the cell", "gone: a"} {
		if !strings.Contains(string(m.Content), want) {
			t.Errorf("the message lacks %q: %s", want, m.Content)
		}
	}
	check(t, "next cell", run(t, k, "result alive").Result(), "alive")
}

func TestWorkerDiesWhileAsked(t *testing.T) {
	k := start(t)
	asked := make(chan struct{}, 1)
	k.Answer = func(string, bool) string {
		asked <- struct{}{}
		time.Sleep(time.Hour)
		return ""
	}
	cell := k.StartCell(kerneltest.Execute{Code: "crash later\ninput never answered"})
	<-asked
	r, err := k.Response("shell", cell)
	check(t, "ename", must(t, r, err).Field("ename"), "WorkerDied")
	k.Answer = func(string, bool) string { return "answer" }
	check(t, "next question", run(t, k, "input again").Result(), "answer")
}

// TestNotLastWords checks that a cell may print what a dying runtime prints.
func TestNotLastWords(t *testing.T) {
	k := start(t)
	for _, text := range []string{"panic: not really", "fatal error: neither", "runtime: fine"} {
		r := run(t, k, "rawerr "+text+"\nprint then")
		check(t, "stderr", r.Stream("stderr"), text+"\n")
		check(t, "stdout", r.Stream("stdout"), "then\n")
		check(t, "ename", r.Field("ename"), "")
	}
	// It is shown also while the cell runs on.
	id := k.StartCell(kerneltest.Execute{Code: "rawerr panic: patience\nsleep 2s"})
	m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "stream" })
	check(t, "cell of the text", must(t, m, err).ParentHeader().ID, id)
	for _, early := range k.IOPub.Drain() {
		if early.Header.Type == "status" && strings.Contains(string(early.Content), "idle") {
			t.Error("the text came only at the end of the cell")
		}
	}
}

func TestBrokenEngine(t *testing.T) {
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	file, err := kerneltest.WriteConnection(t.TempDir(), conn)
	must(t, file, err)
	cmd := front(t, "KERNELTEST_BROKEN=1")
	cmd.Args = append(cmd.Args, file)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit: %v", err)
	}
	if !strings.Contains(string(out), "told to be broken") {
		t.Errorf("it says: %s", out)
	}
}
