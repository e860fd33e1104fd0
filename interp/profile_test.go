package interp

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/tensor/prof"
	"github.com/rustygradients/rg/viz/display"
)

// TestProfile: %%profile shows a table and a timeline of the cell, whether it ends well, in a panic or by an
// interrupt.
func TestProfile(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace.json")
	for i, test := range []struct{ magic, code, result string }{
		{"%%profile", "w := tensor.Ones(8, 8)\nw.MatMul(w).Len()", "64"},
		{"%%profile " + path, "w.MatMul(w).Len()", "64"},
		{"%%profile", "w.MatMul(w)\nw.MatMul(tensor.Ones(3, 3))", "panic"},
		{"%%profile", "w.MatMul(w)\nfor {}", "interrupt"},
		{"%%profile", "p := prof.Run(func() { prof.Range(\"part\", func() { w.MatMul(w) }) })\np.Len() > 0 && len(p.Spans()) == 1", "true"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if test.result == "interrupt" {
			prof.MeasurePeaks()
			interruptAfter(e, 100*time.Millisecond, cancel)
		}
		out := &recorder{}
		err := e.Execute(ctx, engine.Cell{Number: i + 1, Code: test.magic + "\n" + test.code}, out)
		cancel()
		e.atWork = nil
		switch test.result {
		case "panic", "interrupt":
			if err == nil {
				t.Errorf("%s: no error", test.code)
			}
		default:
			if err != nil {
				t.Fatal(err)
			}
			if len(out.result) != 1 || out.result[0].Plain() != test.result {
				t.Errorf("%s: %v", test.code, out.result)
			}
		}
		if len(out.shown) != 2 {
			t.Fatalf("%s: %d things are shown", test.code, len(out.shown))
		}
		if text := out.shown[0].Plain(); !strings.Contains(text, "matmul") || out.shown[0].Data[display.MIMEHTML] == nil {
			t.Errorf("%s: the table is\n%s", test.code, text)
		}
		if out.shown[1].Data[display.MIMESVG] == nil {
			t.Errorf("%s: no timeline", test.code)
		}
	}
	if raw, err := os.ReadFile(path); err != nil || !json.Valid(raw) {
		t.Errorf("the trace: %v", err)
	}
	// Goroutines that other tests abandoned may still be at work for a while.
	for try := 0; ; try++ {
		out := &recorder{}
		err := e.Execute(t.Context(), engine.Cell{Number: 20 + try, Code: "%%profile\n1 + 1"}, out)
		if err == nil && len(out.shown) == 1 {
			break
		}
		if err != nil || try == 50 {
			t.Fatalf("without operations: %v, %d things are shown", err, len(out.shown))
		}
		time.Sleep(100 * time.Millisecond)
	}
}
