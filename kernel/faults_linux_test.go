package kernel_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/internal/zmtp"
	"github.com/rustygradients/rg/kernel/kerneltest"
)

// The long forms of tests that CI runs for a short while.
var (
	manyMessages = flag.Int("kernel.messages", 5_000, "how many messages TestManyMessages and TestFlood send each way")
	manyCells    = flag.Int("kernel.cells", 2_000, "how many cells TestEndurance runs")
)

// held returns how much memory a process holds, in bytes, and how many descriptors it has open.
func held(t *testing.T, pid int) (memory, descriptors int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	pages, err := strconv.Atoi(strings.Fields(string(must(t, text, err)))[1])
	must(t, pages, err)
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return pages * os.Getpagesize(), len(must(t, open, err))
}

// grows fails the test if a front holds more memory than it did, by more than some megabytes.
func grows(t *testing.T, k *kerneltest.Process, before, megabytes int) {
	t.Helper()
	after, _ := held(t, k.Cmd.Process.Pid)
	t.Logf("the front holds %d MiB, and before %d MiB", after>>20, before>>20)
	if !raceEnabled && after > before+megabytes<<20 {
		t.Errorf("the front grew from %d MiB to %d MiB", before>>20, after>>20)
	}
}

func TestOutOfMemory(t *testing.T) {
	k := start(t, "RG_MEMORY_LIMIT=400MiB")
	run(t, k, "func f\nset a kept")

	// A cell that can be interrupted ends alone.
	r := run(t, k, "hog")
	check(t, "ename", r.Field("ename"), "OutOfMemory")
	if v := r.Field("evalue"); !strings.Contains(v, "the limit is 400 MiB") {
		t.Errorf("evalue %q", v)
	}
	check(t, "a variable", run(t, k, "get a").Result(), "kept")

	// One that can't takes its worker with it, before the system shoots.
	r = run(t, k, "hog deaf")
	check(t, "ename", r.Field("ename"), "WorkerDied")
	if v := r.Field("evalue"); !strings.Contains(v, "out of memory") || !strings.Contains(v, "the limit is 400 MiB") {
		t.Errorf("evalue %q", v)
	}
	check(t, "a function", run(t, k, "get func f").Result(), "declared")
}

func TestMemoryLimitThatIsNone(t *testing.T) {
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	file, err := kerneltest.WriteConnection(t.TempDir(), conn)
	must(t, file, err)
	cmd := front(t, "RG_MEMORY_LIMIT=plenty")
	cmd.Args = append(cmd.Args, file)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), `RG_MEMORY_LIMIT="plenty"`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestHugeDisplay(t *testing.T) {
	k := start(t)
	run(t, k, "display 1")
	before, _ := held(t, k.Cmd.Process.Pid)
	r := run(t, k, "huge 1024\nprint then")
	check(t, "status", r.Status(), "ok")
	shown := r.Of("display_data")
	if len(shown) != 1 || !strings.Contains(string(shown[0].Content), "not shown: image/png has 1365 MiB, and a display may have 64 MiB") {
		t.Fatalf("it shows %.300s", shown[0].Content)
	}
	check(t, "what follows", r.Stream("stdout"), "then\n")
	grows(t, k, before, 32)
	shown = run(t, k, "huge 30").Of("display_data")
	if n := len(shown[0].Content); n < 30<<20 {
		t.Errorf("a display of 30 MiB arrives as %d bytes", n)
	}
}

// TestManyMessages checks that none of many outputs is lost, and that they don't pile up.
func TestManyMessages(t *testing.T) {
	k := start(t)
	run(t, k, "display 1")
	before, _ := held(t, k.Cmd.Process.Pid)
	id := k.StartCell(kerneltest.Execute{Code: fmt.Sprint("displays ", *manyMessages)})
	for i := range *manyMessages {
		m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "display_data" })
		must(t, m, err)
		if want := fmt.Sprintf(`"text/plain":"%d"`, i); !strings.Contains(string(m.Content), want) {
			t.Fatalf("display %d is %s", i, m.Content)
		}
	}
	r, err := k.Response("shell", id)
	check(t, "status", must(t, r, err).Status(), "ok")
	grows(t, k, before, 64)
}

// TestFlood checks that a client that doesn't wait for answers gets them all, and every status that is owed, from a
// front whose memory is bounded meanwhile too.
func TestFlood(t *testing.T) {
	k := start(t)
	run(t, k, "display 1")
	before, _ := held(t, k.Cmd.Process.Pid)
	most := before
	whatever := func(*kerneltest.Message) bool { return true }
	go func() {
		for i := range *manyMessages {
			switch i % 4 {
			case 0:
				k.StartCell(kerneltest.Execute{Code: "", NoHistory: true})
			case 2:
				k.StartCell(kerneltest.Execute{Code: "result 1"})
			default:
				k.Request("shell", "kernel_info_request", map[string]any{})
			}
		}
	}()
	// As messages come back, what is not yet settled of each request: its reply, and its idle.
	owed := map[string]int{}
	settle := func(m *kerneltest.Message) {
		id := m.ParentHeader().ID
		if owed[id]++; owed[id] == 2 {
			delete(owed, id)
		}
	}
	idle := make(chan *kerneltest.Message, 1024)
	go func() {
		defer close(idle)
		for range *manyMessages {
			m, err := k.IOPub.Next(whatever)
			for err == nil && !strings.Contains(string(m.Content), `"idle"`) {
				m, err = k.IOPub.Next(whatever)
			}
			if err != nil {
				t.Errorf("waiting for idle: %v", err)
				return
			}
			idle <- m
		}
	}()
	replies := make(chan *kerneltest.Message, 1024)
	go func() {
		defer close(replies)
		for range *manyMessages {
			m, err := k.Shell.Next(whatever)
			if err != nil {
				t.Errorf("waiting for a reply: %v", err)
				return
			}
			replies <- m
		}
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; n < 2; {
		select {
		case m, open := <-idle:
			if open {
				settle(m)
			} else {
				idle = nil
				n++
			}
		case m, open := <-replies:
			if open {
				settle(m)
			} else {
				replies = nil
				n++
			}
		case <-tick.C:
			now, _ := held(t, k.Cmd.Process.Pid)
			most = max(most, now)
		}
	}
	check(t, "requests without a reply or an idle", len(owed), 0)
	check(t, "the next cell", run(t, k, "result 1").Result(), "1")
	t.Logf("the front held %d MiB at the most", most>>20)
	if !raceEnabled && most > before+256<<20 {
		t.Errorf("the front held %d MiB", most>>20)
	}
}

// shakeHands connects a raw client to a port.
func shakeHands(t *testing.T, k *kerneltest.Process, port int) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", net.JoinHostPort(k.Conn.IP, fmt.Sprint(port)))
	must(t, c, err)
	t.Cleanup(func() { _ = c.Close() })
	kind := "DEALER"
	if port == k.Conn.IOPubPort {
		kind = "SUB"
	}
	greeting := make([]byte, 64)
	greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
	copy(greeting[12:], "NULL")
	ready := append([]byte("\x05READY\x0bSocket-Type\x00\x00\x00"), byte(len(kind)))
	ready = append(ready, kind...)
	_, err = c.Write(append(append(greeting, 4, byte(len(ready))), ready...))
	must(t, 0, err)
	return c
}

// TestHostileClients checks that clients that announce frames of 2⁶² bytes, stay silent, or go away in
// the middle of a message cost nothing and hold up no one.
func TestHostileClients(t *testing.T) {
	k := start(t)
	run(t, k, "display 1")
	before, _ := held(t, k.Cmd.Process.Pid)
	ports := []int{k.Conn.ShellPort, k.Conn.ControlPort, k.Conn.StdinPort, k.Conn.IOPubPort, k.Conn.HeartbeatPort}
	for _, port := range ports {
		silent, err := net.Dial("tcp", net.JoinHostPort(k.Conn.IP, fmt.Sprint(port)))
		must(t, silent, err)
		defer silent.Close()
		shakeHands(t, k, port) // and says no more

		huge := shakeHands(t, k, port)
		_, err = huge.Write(append([]byte{2}, binary.BigEndian.AppendUint64(nil, 1<<62)...))
		must(t, 0, err)
		_ = huge.SetReadDeadline(time.Now().Add(kerneltest.Timeout))
		if _, err := io.Copy(io.Discard, huge); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("a frame of 2⁶² bytes on port %d: %v", port, err)
		}

		half := shakeHands(t, k, port)
		_, err = half.Write(zmtp.Encode([]byte("<IDS|MSG>"), make([]byte, 1000))[:500])
		must(t, 0, err)
		_ = half.Close()
	}
	check(t, "the next cell", run(t, k, "result alive").Result(), "alive")
	d, err := k.Ping()
	must(t, d, err)
	grows(t, k, before, 32)
}

// TestSameIdentity checks that each of two clients that call themselves the same gets what it asked for.
func TestSameIdentity(t *testing.T) {
	k := start(t)
	twin, err := kerneltest.DialAs(k.Conn, k.Session)
	must(t, twin, err)
	defer twin.Close()
	for range 3 {
		check(t, "the first", run(t, k, "result 1").Result(), "1")
		r, err := twin.Run("result 2")
		check(t, "its twin", must(t, r, err).Result(), "2")
	}
}

// TestFullDisk checks that a session goes on when nothing can be written any more.
func TestFullDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.sqlite")
	plain := front(t)
	cmd := exec.Command("bash", append([]string{"-c", `ulimit -f 256 && exec "$0" "$@"`}, plain.Args...)...) // 256 KiB
	cmd.Env = append(plain.Env, historyFile+"="+file)
	k := kerneltest.Start(t, cmd)
	outgrowsItsDisk(t, k, 50_000)
}

// outgrowsItsDisk runs cells of that many characters, for all of which there is no room in the history's file: they are kept.
func outgrowsItsDisk(t *testing.T, k *kerneltest.Process, size int) {
	t.Helper()
	long := strings.Repeat("x", size)
	for range 12 {
		check(t, "a cell", run(t, k, "result "+long).Result(), long)
	}
	eventually(t, "it is logged", func() bool { return strings.Contains(k.Log.String(), "kept in memory") })
	r, err := k.Call("history_request", map[string]any{"hist_access_type": "tail", "n": 20})
	var found struct{ History [][]any }
	must(t, 0, must(t, r, err).Decode(&found))
	check(t, "cells in the history", len(found.History), 12)
}

func TestHistoryOutlivesTheSession(t *testing.T) {
	env := historyFile + "=" + filepath.Join(t.TempDir(), "deep", "history.sqlite")
	first := start(t, env)
	first.Answer = func(string, bool) string { return "hush" }
	run(t, first, "result one")
	run(t, first, "password key?")
	run(t, first, "input name?")
	second := start(t, env)
	run(t, second, "result two")
	r, err := first.CallControl("shutdown_request", map[string]any{"restart": false})
	must(t, r, err)
	must(t, 0, first.Wait(kerneltest.Timeout))
	r, err = second.Call("history_request", map[string]any{"hist_access_type": "tail", "output": true})
	check(t, "history", must(t, r, err).Field("history"),
		`[[1,1,["result one","one"]],[1,2,["password key?",null]],[1,3,["input name?","hush"]],[2,1,["result two","two"]]]`)
}

// TestKernelInfoNeedsNoWorker checks that the first question is answered while the worker starts.
func TestKernelInfoNeedsNoWorker(t *testing.T) {
	k := start(t, "KERNELTEST_SLOW=3s")
	cell := k.StartCell(kerneltest.Execute{Code: "result 1"})
	r, err := k.CallControl("kernel_info_request", map[string]any{})
	check(t, "kernel_info", must(t, r, err).Status(), "ok")
	if early := k.Shell.Drain(); len(early) > 0 {
		t.Errorf("kernel_info came after the cell's %s", early[0].Header.Type)
	}
	r, err = k.Response("shell", cell)
	check(t, "a cell that was sent before there was a worker", must(t, r, err).Result(), "1")
}

func TestReadingStandardInput(t *testing.T) {
	k := start(t)
	check(t, "no one there", run(t, k, "scan").Field("ename"), "StdinNotImplementedError")
	lines := make(chan string, 8)
	k.Answer = func(string, bool) string { return <-lines }
	lines <- "first"
	lines <- "second"
	check(t, "a line", run(t, k, "scan").Result(), "first")
	check(t, "the next line", run(t, k, "scan").Result(), "second")

	// Who was interrupted takes nothing of what the next one is told.
	asked := make(chan struct{}, 8)
	k.Answer = func(string, bool) string { asked <- struct{}{}; return <-lines }
	cell := k.StartCell(kerneltest.Execute{Code: "scan"})
	<-asked
	r, err := k.CallControl("interrupt_request", map[string]any{})
	must(t, r, err)
	r, err = k.Response("shell", cell)
	check(t, "interrupted", must(t, r, err).Field("ename"), "Interrupted")
	lines <- "too late"
	lines <- "third"
	check(t, "the line after that", run(t, k, "scan").Result(), "third")
}

// TestEndurance runs many cells in one session: the front must not grow, and keep nothing open.
func TestEndurance(t *testing.T) {
	k := start(t, historyFile+"="+filepath.Join(t.TempDir(), "history.sqlite"))
	cells := func(n int) {
		for i := range n {
			check(t, "result", run(t, k, fmt.Sprintf("print %d\nresult %d", i, i)).Result(), strconv.Itoa(i))
		}
	}
	cells(500)
	memory, descriptors := held(t, k.Cmd.Process.Pid)
	began := time.Now()
	cells(*manyCells)
	t.Logf("%d cells in %v", *manyCells, time.Since(began).Round(time.Millisecond))
	grows(t, k, memory, 50)
	if _, now := held(t, k.Cmd.Process.Pid); now > descriptors+2 { // a log file of the history's, say
		t.Errorf("%d descriptors are open, and there were %d", now, descriptors)
	}
}

// TestNothingIsLeft runs a front in this process, with deaths, subshells and clients that come and go, and
// counts the goroutines that are left.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	file, err := kerneltest.WriteConnection(t.TempDir(), conn)
	must(t, file, err)
	ended := make(chan error, 1)
	go func() {
		ended <- kernel.Main(t.Context(), file, kernel.Options{WorkerCommand: os.Args[:1], WorkerEnv: []string{role + "=worker"}, Log: io.Discard})
	}()
	dial := func() *kerneltest.Client {
		var c *kerneltest.Client
		eventually(t, "the kernel listens", func() bool { c, err = kerneltest.Dial(conn); return err == nil })
		return c
	}
	call := func(c *kerneltest.Client, channel, msgType string, content map[string]any) *kerneltest.Response {
		r, err := c.Response(channel, c.Request(channel, msgType, content))
		return must(t, r, err)
	}
	round := func() {
		c := dial()
		defer c.Close()
		sub := call(c, "control", "create_subshell_request", map[string]any{}).Field("subshell_id")
		for _, code := range []string{"result 1", "error x", "scan", "crash 1", "crash kill"} {
			call(c, "shell", "execute_request", kerneltest.Execute{Code: code}.Content(false))
		}
		call(c, "control", "delete_subshell_request", map[string]any{"subshell_id": sub})
	}
	round()
	settled := func() int {
		n := 0
		for range 100 {
			now := runtime.NumGoroutine()
			if now == n {
				break
			}
			n = now
			time.Sleep(100 * time.Millisecond)
		}
		return n
	}
	running := settled()
	for range 5 {
		round()
	}
	eventually(t, "no goroutine is left by what has ended", func() bool { return runtime.NumGoroutine() <= running+1 })

	c := dial()
	call(c, "control", "shutdown_request", map[string]any{"restart": false})
	c.Close()
	must(t, 0, <-ended)
	eventually(t, "no goroutine is left by the kernel", func() bool { return runtime.NumGoroutine() <= before+1 })
}
