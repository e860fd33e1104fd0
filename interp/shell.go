package interp

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/session"
)

func init() {
	magics = append(magics, []magic{
		{"!", "run a command in the system's shell: !ls data", (*run).shellLine},
		{"%%bash", "run the cell as a bash script; words after it are its arguments", (*run).script},
		{"%%sh", "run the cell as a script of the system's sh", (*run).script},
	}...)
}

// leave is how long a command that was interrupted may take to end before it is killed, and how long what a
// command left running in the background may hold its output open.
const leave = time.Second

// shellLine runs one line.
func (r *run) shellLine(ctx context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	if m.Args == "" {
		return nil, r.misuse(m, "! without a command", "write it in the same line: !ls data")
	}
	if strings.HasPrefix(m.Args, "*") {
		return nil, r.misuse(m, "!* is gonb's, for its module's folder; there is no module here", "write the line with ! alone")
	}
	argv := []string{"sh", "-c", m.Args}
	if runtime.GOOS == "windows" {
		argv = []string{"cmd", "/C", m.Args}
	}
	err := r.command(ctx, m, argv)
	var e *magicError
	if errors.As(err, &e) && e.hint == "" {
		if _, bad := parser.ParseExpr("!" + m.Args); bad == nil {
			e.hint = "a line that begins with ! is for the shell; to show the value of a Go expression write (!" + m.Args + ")"
		}
	}
	return nil, err
}

// script runs a whole cell.
func (r *run) script(ctx context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	if strings.TrimSpace(m.Body) == "" {
		return nil, r.misuse(m, m.String()+" without a script", "write it in the lines below")
	}
	if _, err := exec.LookPath(m.Name); err != nil {
		hint := "install it, or put it on the PATH (%env PATH shows that)"
		if m.Name == "bash" && runtime.GOOS != "windows" {
			hint = "%%sh runs the cell with the system's own sh"
		}
		return nil, &magicError{name: "MagicError", msg: m.Name + " is not there", hint: hint, at: m}
	}
	return nil, r.command(ctx, m, append([]string{m.Name, "-c", m.Body, m.Name}, strings.Fields(m.Args)...))
}

// command runs a command to its end. What it prints is the cell's output at once; its standard input is empty; an
// interrupt ends it and all that it has started. Another exit status than 0 is an error, so that what follows
// doesn't run on what isn't there.
func (r *run) command(ctx context.Context, m cell.Magic, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	stdout, stderr := &streamWriter{r: r, name: "stdout"}, &streamWriter{r: r, name: "stderr"}
	defer stdout.flush()
	defer stderr.flush()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = leave
	group(cmd)
	err := cmd.Start()
	if err == nil {
		release := guard(cmd)
		defer release()
		err = cmd.Wait()
	}
	if ctx.Err() != nil {
		killGroup(cmd)
		return session.ErrInterrupted
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success() {
		return nil
	}
	what := m.String()
	if m.Name == cell.Shell {
		what += firstLine(m.Args)
	}
	e := &magicError{name: "ShellError", msg: fmt.Sprintf("%s: %v", what, err), at: m}
	if cmd.ProcessState == nil {
		e.name, e.hint = "MagicError", "the shell could not be started"
	}
	return e
}

// streamWriter sends what is written on as text, whole letters at a time.
type streamWriter struct {
	r    *run
	name string

	mu   sync.Mutex
	rest []byte // the beginning of a letter
}

func (w *streamWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	end := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if b := text[len(text)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-back:]) {
				end -= back
			}
			break
		}
	}
	if end > 0 {
		w.r.out.Stream(w.name, string(text[:end]))
	}
	w.rest = append([]byte(nil), text[end:]...)
	return len(p), nil
}

func (w *streamWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.r.out.Stream(w.name, string(w.rest))
		w.rest = nil
	}
}
