package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/kernel/engine"
)

// Options say what a session works with.
type Options struct {
	Engine   engine.Engine
	In       *os.File
	Out, Err io.Writer
	Banner   string // the first line that a person sees
	History  string // the file of what was typed; "" for none
	Pictures string // the folder where pictures are saved; "" makes one for temporary files
}

// ErrFailed is returned when a cell of a script failed; what there is to say of it has been said.
var ErrFailed = errors.New("a cell failed")

// session is one run of the loop.
type session struct {
	Options
	person   bool // reads along and can be asked
	count    int  // of cells that ran
	pictures *pictures
}

// Run reads and runs cells until the input ends, or ctx does.
func Run(ctx context.Context, o Options) error {
	s := &session{Options: o, pictures: &pictures{dir: o.Pictures, protocol: graphics(o.Out, os.Getenv)}}
	if s.person = run.IsTerminal(o.In) && run.IsTerminal(o.Out); s.person {
		return s.interactive(ctx)
	}
	return s.script(ctx)
}

// interactive talks with a person.
func (s *session) interactive(ctx context.Context) error {
	if s.Banner != "" {
		fmt.Fprintln(s.Out, s.Banner)
	}
	fmt.Fprintln(s.Out, "Tab completes, name? describes, %help lists the magics, Ctrl-C interrupts, Ctrl-D ends.")
	ed := newEditor(s.Engine, s.History, func() int { return s.count + 1 })
	for ctx.Err() == nil {
		code, err := ed.read()
		switch {
		case errors.Is(err, errCancelled):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.Out)
			return nil
		case err != nil:
			return err
		}
		switch word := strings.TrimSpace(code); word {
		case "":
			continue
		case "exit", "quit":
			return nil
		}
		cell, stop := signal.NotifyContext(ctx, os.Interrupt)
		s.cell(cell, code)
		stop()
	}
	return nil
}

// script runs what comes in, cell by cell, up to the first that fails.
func (s *session) script(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	in := bufio.NewReader(s.In)
	var code strings.Builder
	for {
		line, err := in.ReadString('\n')
		code.WriteString(line)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		ended := err != nil
		text := strings.TrimSuffix(code.String(), "\n")
		if status, _ := s.Engine.IsComplete(text); status == "incomplete" && !ended {
			continue
		}
		code.Reset()
		if strings.TrimSpace(text) != "" && !s.cell(ctx, text) {
			if ctx.Err() != nil {
				return run.ErrInterrupted
			}
			return ErrFailed
		}
		if ended {
			return nil
		}
	}
}

// cell runs one cell, or describes a name, and says whether that went well.
func (s *session) cell(ctx context.Context, code string) bool {
	if name, detail, ok := question(code); ok {
		return s.describe(ctx, name, detail)
	}
	s.count++
	out := &output{s: s, ctx: ctx, number: s.count}
	err := s.Engine.Execute(ctx, engine.Cell{Number: s.count, Code: code}, out)
	out.end()
	if err == nil {
		return true
	}
	text := err.Error()
	var e *engine.Error
	if errors.As(err, &e) && len(e.Traceback) > 0 {
		text = strings.Join(e.Traceback, "\n")
	}
	fmt.Fprintln(s.Err, run.Plain(s.Err, strings.TrimRight(text, "\n")))
	return false
}

// question reads ?name, name? and name??, which asks for the source too.
func question(code string) (name string, detail int, ok bool) {
	text := strings.TrimSpace(code)
	name = strings.Trim(text, "?")
	if name == text || name == "" || strings.ContainsAny(name, " \t\n?\"'`") {
		return "", 0, false
	}
	if strings.Contains(text, "??") {
		detail = 1
	}
	return name, detail, true
}

func (s *session) describe(ctx context.Context, name string, detail int) bool {
	b, found := s.Engine.Inspect(ctx, name, len([]rune(name)), detail)
	if !found {
		fmt.Fprintf(s.Err, "There is nothing to say of %s.\n", name)
		return false
	}
	fmt.Fprintln(s.Out, run.Plain(s.Out, strings.TrimRight(b.Plain(), "\n")))
	return true
}
