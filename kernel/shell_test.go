package kernel_test

import (
	"encoding/json"
	"testing"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

// subshell creates one and returns its ID.
func subshell(t *testing.T, k *kerneltest.Process) string {
	t.Helper()
	r, err := k.CallControl("create_subshell_request", map[string]any{})
	id := must(t, r, err).Field("subshell_id")
	if r.Status() != "ok" || id == "" {
		t.Fatalf("reply: %s", r.Reply.Content)
	}
	return id
}

func TestSubshells(t *testing.T) {
	k := start(t)
	run(t, k, "set a shared")
	sub := subshell(t, k)
	cell := k.StartCell(kerneltest.Execute{Code: "sleep 60s"})
	waiting := k.StartCell(kerneltest.Execute{Code: "result waited"})
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)

	// The subshell's cells run meanwhile, see the same session and are numbered on.
	r, err := k.Response("shell", k.StartCell(kerneltest.Execute{Code: "get a\nprint x", Subshell: sub}))
	check(t, "in a subshell", must(t, r, err).Result(), "shared")
	check(t, "printed there", r.Stream("stdout"), "x\n")
	check(t, "number", r.Field("execution_count"), "3")
	r, err = k.Response("shell", k.StartCell(kerneltest.Execute{Code: "error wrong", Subshell: sub}))
	check(t, "an error there", must(t, r, err).Status(), "error")

	r, err = k.CallControl("list_subshell_request", map[string]any{})
	check(t, "subshells", must(t, r, err).Field("subshell_id"), `["`+sub+`"]`)
	r, err = k.CallControl("interrupt_request", map[string]any{})
	must(t, r, err)
	r, err = k.Response("shell", cell)
	check(t, "the main cell", must(t, r, err).Field("ename"), "Interrupted")
	r, err = k.Response("shell", waiting)
	check(t, "what waited behind it", must(t, r, err).Status(), "aborted")

	r, err = k.CallControl("delete_subshell_request", map[string]any{"subshell_id": sub})
	check(t, "delete", must(t, r, err).Status(), "ok")
	r, err = k.CallControl("delete_subshell_request", map[string]any{"subshell_id": sub})
	check(t, "delete again", must(t, r, err).Status(), "error")
	r, err = k.Response("shell", k.StartCell(kerneltest.Execute{Code: "result 1", Subshell: sub}))
	check(t, "a cell for a subshell that isn't", must(t, r, err).Status(), "error")
	r, err = k.CallControl("list_subshell_request", map[string]any{})
	check(t, "subshells", must(t, r, err).Field("subshell_id"), `[]`)
}

func TestDeletedSubshellAbortsWhatWaits(t *testing.T) {
	k := start(t)
	sub := subshell(t, k)
	running := k.StartCell(kerneltest.Execute{Code: "sleep 2s\nresult end", Subshell: sub})
	waiting := k.StartCell(kerneltest.Execute{Code: "result 2", Subshell: sub})
	r, err := k.Call("kernel_info_request", map[string]any{}) // when it is answered the cells before it have been read; control doesn't wait for shell
	check(t, "what comes behind them", must(t, r, err).Status(), "ok")
	_, err = k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)
	r, err = k.CallControl("delete_subshell_request", map[string]any{"subshell_id": sub})
	check(t, "delete", must(t, r, err).Status(), "ok")
	r, err = k.Response("shell", waiting)
	check(t, "what waits", must(t, r, err).Status(), "aborted")
	r, err = k.Response("shell", running)
	check(t, "what runs", must(t, r, err).Result(), "end")
}

func TestWorkerDiesUnderTwoShells(t *testing.T) {
	k := start(t)
	sub := subshell(t, k)
	run(t, k, "func f")
	cell := k.StartCell(kerneltest.Execute{Code: "sleep 60s"})
	_, err := k.IOPub.Next(func(m *kerneltest.Message) bool { return m.Header.Type == "execute_input" })
	must(t, 0, err)
	crash := k.StartCell(kerneltest.Execute{Code: "crash 3", Subshell: sub})
	for _, id := range []string{cell, crash} {
		r, err := k.Response("shell", id)
		check(t, "ename", must(t, r, err).Field("ename"), "WorkerDied")
		check(t, "errors on IOPub", len(r.Of("error")), 1)
	}
	r, err := k.Response("shell", k.StartCell(kerneltest.Execute{Code: "get func f", Subshell: sub}))
	check(t, "the next cell", must(t, r, err).Result(), "declared")
}

func TestUsage(t *testing.T) {
	k := start(t)
	for range 2 {
		r, err := k.CallControl("usage_request", map[string]any{})
		must(t, r, err)
		var got struct {
			Hostname string  `json:"hostname"`
			PID      int     `json:"pid"`
			CPU      float64 `json:"kernel_cpu"`
			Memory   int     `json:"kernel_memory"`
			Cores    int     `json:"cpu_count"`
			Host     struct {
				Total     int `json:"total"`
				Available int `json:"available"`
			} `json:"host_virtual_memory"`
		}
		if err := json.Unmarshal(r.Reply.Content, &got); err != nil {
			t.Fatal(err)
		}
		if got.PID != k.Cmd.Process.Pid || got.Hostname == "" || got.Cores < 1 || got.CPU < 0 ||
			got.Memory < 8<<20 || got.Host.Total <= got.Host.Available || got.Host.Available <= 0 {
			t.Errorf("usage: %s", r.Reply.Content)
		}
	}
}
