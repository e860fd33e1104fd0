package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct{ src, want string }{
		"ok.go":      {"package main\n\nfunc main() {}\n", ""},
		"lib.go":     {"package lib\n", "is package lib"},
		"none.go":    {"package main\n\nfunc (T) main() {}\n", "no func main"},
		"syntax.go":  {"package main\n\nfunc main( {}\n", ""}, // the engine says it better
		"nothing.go": {"", ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tc.src), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ReadFile(path)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if err == nil && p.Code != tc.src {
			t.Errorf("%s: code = %q", name, p.Code)
		}
	}
	if _, err := ReadFile(filepath.Join(dir, "missing.go")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

type played func(ctx context.Context, out engine.Output) error

func (played) Info() engine.LanguageInfo { return engine.LanguageInfo{Name: "go"} }
func (p played) Execute(ctx context.Context, _ engine.Cell, out engine.Output) error {
	return p(ctx, out)
}

func (played) Complete(context.Context, string, int) engine.Completion { return engine.Completion{} }

func (played) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}

func (played) IsComplete(string) (string, string)                            { return "complete", "" }
func (played) Evaluate(map[string]string) map[string]engine.Evaluation       { return nil }
func (played) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }
func (played) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

func TestRun(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	p := &Program{Path: filepath.Join("dir", "prog.go")}
	var stdout, stderr bytes.Buffer
	run1 := func(ctx context.Context, f played) error {
		stdout.Reset()
		stderr.Reset()
		return p.Run(ctx, f, []string{"-x", "y"}, &stdout, &stderr)
	}

	err := run1(t.Context(), func(_ context.Context, out engine.Output) error {
		out.Stream("stdout", strings.Join(os.Args[1:], " ")+"\n")
		out.Stream("stderr", "e")
		out.Display(display.Text("shown"))
		out.Update(display.Text("unseen"))
		return nil
	})
	if err != nil || stdout.String() != "-x y\nshown\n" || stderr.String() != "e" || os.Args[0] != p.Path {
		t.Errorf("%v, %q, %q, %v", err, &stdout, &stderr, os.Args)
	}

	err = run1(t.Context(), func(context.Context, engine.Output) error {
		return &engine.Error{Name: "Exit", Value: "exit status 7 (the cell ended there)"}
	})
	var status ExitError
	if !errors.As(err, &status) || status != 7 || stderr.Len() > 0 {
		t.Errorf("exit: %v, %q", err, &stderr)
	}

	err = run1(t.Context(), func(context.Context, engine.Output) error {
		return &engine.Error{Name: "Panic", Value: "at In [1]:3", Traceback: []string{"\x1b[31mpanic\x1b[0m", "In [1]:3:2"}}
	})
	if err == nil || err.Error() != "prog.go: Panic: at prog.go:3" || stderr.String() != "panic\nprog.go:3:2\n" {
		t.Errorf("panic: %v, %q", err, &stderr)
	}

	ctx, cancel := context.WithCancel(t.Context())
	err = run1(ctx, func(ctx context.Context, _ engine.Output) error {
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, run.ErrInterrupted) {
		t.Errorf("interrupt: %v", err)
	}
}
