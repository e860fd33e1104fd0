package repl

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/reeflective/readline"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// words is an engine: a cell is echoed, or is one of a few words.
type words struct{}

const png = "iVBORw0KGgo="

func (words) Info() engine.LanguageInfo { return engine.LanguageInfo{Name: "go"} }

func (words) Execute(_ context.Context, c engine.Cell, out engine.Output) error {
	switch c.Code {
	case "fail":
		return &engine.Error{Name: "Panic", Value: "no", Traceback: []string{"\x1b[31mpanic: no\x1b[0m"}}
	case "lost":
		return errors.New("lost")
	case "picture":
		out.Display(display.Bundle{Data: map[string]any{"text/plain": "Plot", "image/png": png}})
	case "live":
		out.Stream("stdout", "step")
		out.Display(display.Bundle{Data: map[string]any{"text/plain": "0 %"}, ID: "a"})
		for _, text := range []string{"50 %", "100 %"} {
			out.Update(display.Bundle{Data: map[string]any{"text/plain": text}, ID: "a"})
		}
	case "read":
		_, err := out.ReadLine("? ", false)
		return err
	default:
		out.Stream("stderr", "e")
		out.Result(display.Text(c.Code))
	}
	return nil
}

func (words) Complete(_ context.Context, code string, pos int) engine.Completion {
	start := strings.LastIndexAny(code[:pos], ".( ") + 1
	return engine.Completion{Start: start, End: pos, Matches: []engine.Match{{Text: "Zeros", Kind: "function", Signature: "func Zeros(shape ...int)\nmore"}}}
}

func (words) Inspect(_ context.Context, code string, _, detail int) (display.Bundle, bool) {
	if code != "f" {
		return display.Bundle{}, false
	}
	return display.Text([]string{"func f()", "func f() {}"}[detail]), true
}

func (words) IsComplete(code string) (string, string)                       { return cell.IsComplete(code) }
func (words) Evaluate(map[string]string) map[string]engine.Evaluation       { return nil }
func (words) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }
func (words) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// script runs a text as standard input.
func script(t *testing.T, text string, o Options) (stdout, stderr string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out, errs bytes.Buffer
	o.Engine, o.In, o.Out, o.Err = words{}, in, &out, &errs
	err = Run(t.Context(), o)
	return out.String(), errs.String(), err
}

func TestScript(t *testing.T) {
	for _, tt := range []struct{ in, stdout, stderr string }{
		{"", "", ""},
		{"a\n\nb", "\na\n\nb\n", "ee"},
		{"f(\n1,\n)\nb\n", "\nf(\n1,\n)\n\nb\n", "ee"},
		{"live\n", "step\n0 %\n100 %\n", ""},
		{"f?\n?f\nf??\n", "func f()\nfunc f()\nfunc f() {}\n", ""},
		{"%%bash\necho hi\n\nx\n", "\n%%bash\necho hi\n\nx\n", "ee"},
	} {
		stdout, stderr, err := script(t, tt.in, Options{})
		if err != nil || stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("%q: %v, stdout %q, stderr %q", tt.in, err, stdout, stderr)
		}
	}
	for in, want := range map[string]string{
		"fail\nnext\n": "panic: no\n", "lost\n": "lost\n", "read\n": engine.ErrNoInput.Error() + "\n", "g?\n": "There is nothing to say of g.\n",
	} {
		stdout, stderr, err := script(t, in, Options{})
		if !errors.Is(err, ErrFailed) || stderr != want || stdout != "" {
			t.Errorf("%q: %v, stdout %q, stderr %q", in, err, stdout, stderr)
		}
	}
}

func TestPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "pictures")
	stdout, _, err := script(t, "a\npicture\npicture\n", Options{Pictures: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"in-2-1.png", "in-3-2.png"} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil || base64.StdEncoding.EncodeToString(data) != png || !strings.Contains(stdout, "Plot ("+path+")\n") {
			t.Errorf("%s: %v, %q", name, err, stdout)
		}
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _, _ = script(t, "picture\n", Options{Pictures: blocked}); !strings.Contains(stdout, "could not be saved") {
		t.Errorf("%q", stdout)
	}

	b := display.Bundle{Data: map[string]any{"image/png": png}}
	if text, drawn := (&pictures{protocol: iterm}).show(b, 1); !drawn || text != "\x1b]1337;File=inline=1;size=8:"+png+"\a" {
		t.Errorf("iTerm: %q", text)
	}
	long := strings.Repeat("AAAA", 2000)
	text, drawn := (&pictures{protocol: kitty}).show(display.Bundle{Data: map[string]any{"image/png": long}}, 1)
	if want := "\x1b_Ga=T,f=100,m=1;" + long[:4096] + "\x1b\\\x1b_Gm=0;" + long[4096:] + "\x1b\\"; !drawn || text != want {
		t.Errorf("kitty: %.60q", text)
	}
	if got := graphics(&bytes.Buffer{}, func(string) string { return "xterm-kitty" }); got != noGraphics {
		t.Error("pictures for what is no terminal")
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "rg", "h.jsonl")
	h := openHistory(path)
	for _, c := range []string{"x := 1", "x := 1", "func f() {\n\tg()\n}\n", "", "%env API_KEY=secret\n  %env B two words", "%env B", "%env -u B"} {
		if _, err := h.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"x := 1", "func f() {\n\tg()\n}", "%env API_KEY=…\n  %env B=…", "%env B", "%env -u=…"}
	other := openHistory(path)
	if strings.Join(other.cells, "|") != strings.Join(want, "|") || other.Len() != 5 {
		t.Errorf("%q", other.cells)
	}
	if line, err := other.GetLine(1); err != nil || line != want[1] {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := other.GetLine(9); err == nil {
		t.Error("an entry beyond the end")
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", err, info)
	}

	// Half a line, and a file that is too long.
	long := bytes.Repeat([]byte("\"a\"\n"), 2*remembered+1)
	if err := os.WriteFile(path, append(long, `"cut sho`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if h = openHistory(path); h.Len() != remembered {
		t.Errorf("%d cells", h.Len())
	}
	if again := openHistory(path); again.Len() != remembered {
		t.Errorf("%d cells were kept", again.Len())
	}
	// What can't be written or isn't to be kept is remembered all the same.
	for _, path := range []string{"", t.TempDir()} {
		h := openHistory(path)
		if n, err := h.Write("a"); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func TestCompletions(t *testing.T) {
	e := &editor{eng: words{}}
	for line, want := range map[string]string{"tensor.": "tensor.Zeros", "x := f(tensor.Ze": "f(tensor.Zeros", "": "Zeros", "a ": "Zeros"} {
		c := e.completions([]rune(line), len(line))
		got := ""
		c.EachValue(func(v readline.Completion) readline.Completion {
			got = v.Value
			if v.Display != "Zeros" || v.Description != "func Zeros(shape ...int)" {
				t.Errorf("%q: %+v", line, v)
			}
			return v
		})
		if got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
	for line, want := range map[string]bool{"x": true, "f(": false, "f(\n\n": true, "f?": true, "%%bash\nls": false} {
		if e.complete([]rune(line)) != want {
			t.Errorf("%q: want %v", line, want)
		}
	}
}
