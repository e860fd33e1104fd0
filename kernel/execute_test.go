package kernel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

func TestEveryLineArrivesInOrder(t *testing.T) {
	k := start(t)
	const n = 100_000
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(&want, "line %d\n", i)
	}
	began := time.Now()
	r := run(t, k, fmt.Sprintf("lines %d", n))
	t.Logf("%d lines in %v and %d messages", n, time.Since(began), len(r.Of("stream")))
	if got := r.Stream("stdout"); got != want.String() {
		t.Errorf("%d bytes arrived, %d were printed", len(got), want.Len())
	}
}

// TestSlowSubscriber checks that output waits for a client that doesn't read, that status doesn't,
// and that nobody misses anything.
func TestSlowSubscriber(t *testing.T) {
	k := start(t)
	slow, err := kerneltest.Dial(k.Conn)
	must(t, slow, err)
	defer slow.Close()
	release := slow.Hold()

	const megabytes = 40 // more than the sockets' buffers and the subscriber's queue take
	cell := k.StartCell(kerneltest.Execute{Code: fmt.Sprintf("blob %d", megabytes)})
	time.Sleep(500 * time.Millisecond)
	for _, m := range k.Shell.Drain() {
		t.Errorf("the cell ended before its output was taken: %s", m.Content)
	}
	began := time.Now()
	r, err := k.CallControl("kernel_info_request", nil)
	check(t, "kernel_info", must(t, r, err).Status(), "ok")
	if d := time.Since(began); d > time.Minute { // a hang, not a measurement
		t.Errorf("it took %v to answer", d)
	}
	release()
	r, err = k.Response("shell", cell)
	check(t, "bytes that the fast client got", len(must(t, r, err).Stream("stdout")), megabytes<<20)
	r, err = slow.Outputs(cell)
	check(t, "bytes that the slow client got", len(must(t, r, err).Stream("stdout")), megabytes<<20)
}

func TestOutputKeepsItsOrder(t *testing.T) {
	k := start(t)
	var code, want []string
	for i := range 50 {
		code = append(code, fmt.Sprintf("raw %d", i), fmt.Sprintf("display %d", i), fmt.Sprintf("print %d", i), fmt.Sprintf("eprint %d", i), fmt.Sprintf("raw %d", i), fmt.Sprintf("log %d", i), fmt.Sprintf("publish %d", i))
		want = append(want, "stream", "display_data", "stream", "stream", "stream", "stream", "display_data")
	}
	r := run(t, k, strings.Join(code, "\n"))
	got := r.Types()
	got = got[2 : len(got)-1] // without busy, execute_input and idle
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("order of outputs: %v", got)
	}
}

func TestLateOutputBelongsToItsCell(t *testing.T) {
	k := start(t)
	first := run(t, k, "background 100ms")
	second := run(t, k, "sleep 300ms")
	if n := len(second.Of("display_data")); n != 0 {
		t.Errorf("the second cell shows %d displays of the first", n)
	}
	m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "display_data" })
	must(t, m, err)
	check(t, "parent", m.ParentHeader().ID, first.ID)
}

func TestAsideAnswersWhileACellRuns(t *testing.T) {
	k := start(t)
	cell := k.StartCell(kerneltest.Execute{Code: "sleep 60s"})
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)

	for _, c := range []struct {
		msgType string
		content map[string]any
	}{
		{"complete_request", map[string]any{"code": "pri", "cursor_pos": 3}},
		{"inspect_request", map[string]any{"code": "print", "cursor_pos": 3}},
		{"is_complete_request", map[string]any{"code": "x"}},
		{"kernel_info_request", nil},
		{"history_request", map[string]any{"hist_access_type": "tail"}},
		{"comm_info_request", map[string]any{}},
	} {
		r, err := k.Call(c.msgType, c.content)
		check(t, c.msgType, must(t, r, err).Status() == "ok" || r.Status() == "complete", true)
		// A front end shows the last status it saw, and the cell still runs.
		m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "status" })
		check(t, "status after "+c.msgType, must(t, m, err).ParentHeader().ID, cell)
	}
	r, err := k.CallControl("interrupt_request", map[string]any{})
	check(t, "interrupt", must(t, r, err).Status(), "ok")
	r, err = k.Response("shell", cell)
	check(t, "ename", must(t, r, err).Field("ename"), "Interrupted")
}

func TestInterrupt(t *testing.T) {
	k := start(t)
	run(t, k, "set a kept")
	for name, call := range map[string]func(string, any) (*kerneltest.Response, error){"control": k.CallControl, "shell": k.Call} {
		t.Run(name, func(t *testing.T) {
			interruptBy(t, k, func() {
				r, err := call("interrupt_request", map[string]any{})
				must(t, r, err)
			})
		})
	}
	r, err := k.CallControl("interrupt_request", map[string]any{})
	check(t, "interrupt of nothing", must(t, r, err).Status(), "ok")
	check(t, "variable", run(t, k, "get a").Result(), "kept")
}

// interruptBy checks that interrupt ends a cell, soon and without loss.
func interruptBy(t *testing.T, k *kerneltest.Process, interrupt func()) {
	t.Helper()
	run(t, k, "set a kept")
	cell := k.StartCell(kerneltest.Execute{Code: "sleep 60s"})
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)
	began := time.Now()
	interrupt()
	r, err := k.Response("shell", cell)
	check(t, "ename", must(t, r, err).Field("ename"), "Interrupted")
	if d := time.Since(began); d > time.Minute { // a hang, not a measurement
		t.Errorf("the interrupt took %v", d)
	}
	check(t, "variable", run(t, k, "get a").Result(), "kept")
}

func TestInterruptThatIsNotHeard(t *testing.T) {
	if testing.Short() {
		t.Skip("waits out the patience of an interrupt")
	}
	k := start(t)
	cell := k.StartCell(kerneltest.Execute{Code: "spin 6s\nresult end"})
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)
	r, err := k.CallControl("interrupt_request", map[string]any{})
	must(t, r, err)
	r, err = k.Response("shell", cell)
	if got := must(t, r, err).Stream("stderr"); !strings.Contains(got, "restart the kernel") {
		t.Errorf("the person was told %q", got)
	}
	check(t, "result", r.Result(), "end")
}

func TestStopOnError(t *testing.T) {
	k := start(t)
	ids := []string{
		k.StartCell(kerneltest.Execute{Code: "error stop"}),
		k.StartCell(kerneltest.Execute{Code: "result 1"}),
		k.Request("shell", "comm_open", map[string]any{"comm_id": "c", "target_name": "script", "data": map[string]any{}}),
		k.StartCell(kerneltest.Execute{Code: "result 2"}),
	}
	for i, want := range map[int]string{0: "error", 1: "aborted", 3: "aborted"} {
		r, err := k.Response("shell", ids[i])
		check(t, fmt.Sprint("cell ", i), must(t, r, err).Status(), want)
		if i != 0 {
			check(t, "messages of an aborted cell", len(r.Outputs), 2)
		}
	}
	check(t, "a cell after that", run(t, k, "result 3").Result(), "3")
	r, err := k.Call("comm_info_request", map[string]any{})
	if got := must(t, r, err).Field("comms"); !strings.Contains(got, `"c"`) {
		t.Errorf("the comm message was aborted with the cells: %s", got)
	}

	ids = []string{
		k.StartCell(kerneltest.Execute{Code: "error go on", GoOn: true}),
		k.StartCell(kerneltest.Execute{Code: "result 4"}),
	}
	for i, want := range []string{"error", "ok"} {
		r, err := k.Response("shell", ids[i])
		check(t, fmt.Sprint("with stop_on_error false, cell ", i), must(t, r, err).Status(), want)
	}
}

func TestHistory(t *testing.T) {
	k := start(t)
	for _, code := range []string{"result one", "print a/b", "result one", "result three"} {
		run(t, k, code)
	}
	r, err := k.Execute(kerneltest.Execute{Code: "result not stored", NoHistory: true})
	must(t, r, err)
	for _, c := range []struct {
		name    string
		content map[string]any
		want    string
	}{
		{"tail", map[string]any{"hist_access_type": "tail", "n": 2}, `[[1,3,"result one"],[1,4,"result three"]]`},
		{"tail with outputs", map[string]any{"hist_access_type": "tail", "n": 1, "output": true}, `[[1,4,["result three","three"]]]`},
		{"tail of none", map[string]any{"hist_access_type": "tail", "n": 0}, `[]`},
		{"range", map[string]any{"hist_access_type": "range", "session": 0, "start": 2, "stop": 4}, `[[1,2,"print a/b"],[1,3,"result one"]]`},
		{"range of this session", map[string]any{"hist_access_type": "range", "session": 1, "start": 4, "stop": nil}, `[[1,4,"result three"]]`},
		{"range of another session", map[string]any{"hist_access_type": "range", "session": 7, "start": 1, "stop": 4}, `[]`},
		{"search", map[string]any{"hist_access_type": "search", "pattern": "result t*"}, `[[1,4,"result three"]]`},
		{"search across a slash", map[string]any{"hist_access_type": "search", "pattern": "*a?b"}, `[[1,2,"print a/b"]]`},
		{"search for the last", map[string]any{"hist_access_type": "search", "pattern": "result *", "n": 2}, `[[1,3,"result one"],[1,4,"result three"]]`},
		{"search for each once", map[string]any{"hist_access_type": "search", "pattern": "result one", "unique": true}, `[[1,3,"result one"]]`},
		{"search without a pattern", map[string]any{"hist_access_type": "search", "n": 1}, `[[1,4,"result three"]]`},
		{"search with a broken pattern", map[string]any{"hist_access_type": "search", "pattern": "[a-"}, `[]`},
	} {
		r, err := k.Call("history_request", c.content)
		check(t, c.name, must(t, r, err).Field("history"), c.want)
	}
}

func TestComms(t *testing.T) {
	k := start(t)
	open := k.Request("shell", "comm_open", map[string]any{"comm_id": "c1", "target_name": "script", "data": map[string]any{}})
	awaitIdle(t, k, open)
	msg := k.Request("shell", "comm_msg", map[string]any{"comm_id": "c1", "data": map[string]any{"x": 1}}, []byte{0, 255, 7})
	m, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "comm_msg" })
	must(t, m, err)
	check(t, "parent of the echo", m.ParentHeader().ID, msg)
	check(t, "content of the echo", string(m.Content), `{"comm_id":"c1","data":{"x":1}}`)
	check(t, "buffer of the echo", fmt.Sprint(m.Buffers), "[[0 255 7]]")
	awaitIdle(t, k, msg)

	refused := k.Request("shell", "comm_open", map[string]any{"comm_id": "c2", "target_name": "nobody", "data": map[string]any{}})
	m, err = k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "comm_close" })
	check(t, "refused", must(t, m, err).ParentHeader().ID, refused)
	awaitIdle(t, k, refused)
	r, err := k.Call("comm_info_request", map[string]any{})
	check(t, "open", must(t, r, err).Field("comms"), `{"c1":{"target_name":"script"}}`)

	closing := k.Request("shell", "comm_close", map[string]any{"comm_id": "c1", "data": map[string]any{}})
	awaitIdle(t, k, closing)
	r, err = k.Call("comm_info_request", map[string]any{})
	check(t, "after closing", must(t, r, err).Field("comms"), `{}`)
}

func awaitIdle(t *testing.T, k *kerneltest.Process, id string) {
	t.Helper()
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool {
		return m.ParentHeader().ID == id && string(m.Content) == `{"execution_state":"idle"}`
	})
	must(t, 0, err)
}

func TestNoStdin(t *testing.T) {
	k := start(t) // its client has allow_stdin false
	began := time.Now()
	r := run(t, k, "input name?")
	check(t, "ename", r.Field("ename"), "StdinNotImplementedError")
	if d := time.Since(began); d > time.Minute { // a hang, not a measurement
		t.Errorf("it took %v to fail", d)
	}
}

func TestInterruptWhileWaitingForInput(t *testing.T) {
	k := start(t)
	asked := make(chan struct{}, 1)
	release := make(chan struct{})
	k.Answer = func(prompt string, _ bool) string {
		if prompt == "first" {
			asked <- struct{}{}
			<-release // comes too late, and must not answer the second question
			return "late"
		}
		close(release)
		time.Sleep(200 * time.Millisecond)
		return "right"
	}
	cell := k.StartCell(kerneltest.Execute{Code: "input first"})
	<-asked
	r, err := k.CallControl("interrupt_request", map[string]any{})
	must(t, r, err)
	r, err = k.Response("shell", cell)
	check(t, "ename", must(t, r, err).Field("ename"), "Interrupted")
	check(t, "second answer", run(t, k, "input second").Result(), "right")
}

// BenchmarkExecute times a trivial cell from the request to its reply and idle.
func BenchmarkExecute(b *testing.B) {
	k := start(b)
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		run(b, k, "result 1")
		times = append(times, time.Since(began))
	}
	reportQuantiles(b, times)
}
