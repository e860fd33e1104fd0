package kernel_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

var update = flag.Bool("update", false, "write the golden transcripts")

// TestTranscript compares everything that a session's requests are answered with to a golden file.
func TestTranscript(t *testing.T) {
	k := start(t)
	k.Answer = func(prompt string, password bool) string { return fmt.Sprintf("%s/%v", prompt, password) }

	var b strings.Builder
	cell := func(e kerneltest.Execute) {
		r, err := k.Execute(e)
		must(t, r, err)
		fmt.Fprintf(&b, "%s\n", r.Transcript())
	}
	call := func(msgType string, content map[string]any) {
		r, err := k.Call(msgType, content)
		must(t, r, err)
		fmt.Fprintf(&b, "%s\n", r.Transcript())
	}
	for _, code := range []string{
		"print hello, world\nresult 42",
		"print out\neprint err\nprint out",
		"raw past the engine\ndisplay x\nraw after",
		"update id second",
		"clear wait\nclear",
		"publish from a library",
		"page long text",
		"error it went wrong",
		"print before\nerror after",
		"input name?",
		"password key?",
		"set a 1",
		"  \n",
		"print <&> é 世界 \x1b[31mred",
		"comm comm_open c1\ncomm comm_msg c1",
	} {
		cell(kerneltest.Execute{Code: code})
	}
	cell(kerneltest.Execute{Code: "print quiet\nresult 1", Silent: true})
	cell(kerneltest.Execute{Code: "error quiet", Silent: true})
	cell(kerneltest.Execute{Code: "result 2", NoHistory: true})
	cell(kerneltest.Execute{Code: "", Expressions: map[string]string{"good": "a", "bad": "b"}})

	call("kernel_info_request", nil)
	call("comm_info_request", map[string]any{})
	call("comm_info_request", map[string]any{"target_name": "other"})
	call("complete_request", map[string]any{"code": "é pri", "cursor_pos": 5})
	call("complete_request", map[string]any{"code": "pri", "cursor_pos": 99})
	call("complete_request", map[string]any{"code": "nothing like it"})
	call("inspect_request", map[string]any{"code": "print", "cursor_pos": 2, "detail_level": 1})
	call("inspect_request", map[string]any{"code": "unknown", "cursor_pos": 2})
	call("is_complete_request", map[string]any{"code": "x \\"})
	call("is_complete_request", map[string]any{"code": "x"})
	call("history_request", map[string]any{"hist_access_type": "tail", "n": 2, "output": true})
	call("unknown_request", map[string]any{})
	call("debug_request", map[string]any{"command": "initialize"})
	// Malformed contents are answered, too.
	call("execute_request", map[string]any{"code": 7})
	call("execute_request", map[string]any{})
	call("complete_request", map[string]any{"code": []int{1}})
	call("history_request", map[string]any{"n": "many"})

	golden := filepath.Join("testdata", "transcript.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if diff := cmp.Diff(string(must(t, want, err)), b.String()); diff != "" {
		t.Error(diff)
	}
}
