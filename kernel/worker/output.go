package worker

import (
	"context"
	"errors"
	"io"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/viz/display"
)

// output is the engine.Output of one cell. It stays usable after the cell has ended, for goroutines
// that outlive it: what they show still belongs to their cell.
type output struct {
	w          *worker
	ctx        context.Context
	cell       uint64
	allowStdin bool
}

// Stream writes standard output to the pipe that the front reads, where what other code prints goes
// as well. Standard error goes over the socket: the two pipes have no common order, and a warning
// should stand where it was given. Each piece then costs a turn to the front and back, some tens of
// microseconds.
func (o *output) Stream(name, text string) {
	switch {
	case text == "":
	case name == "stderr":
		o.w.show(frame.Output{Type: frame.Text, Cell: o.cell, Text: text})
	case o.w.current.Load() != o: // of a goroutine that has outlived its cell: what runs now owns the pipe
		o.w.show(frame.Output{Type: frame.Text, Cell: o.cell, Text: text, Stream: name})
	default:
		o.w.settle()
		_, _ = io.WriteString(o.w.stdout, text) // fails only when the front is gone, and then so are we
	}
}

func (o *output) Display(b display.Bundle) { o.bundle(frame.Display, b) }
func (o *output) Update(b display.Bundle)  { o.bundle(frame.Update, b) }
func (o *output) Page(b display.Bundle)    { o.bundle(frame.Page, b) }

func (o *output) Result(b display.Bundle) {
	o.w.showResult(frame.Output{Type: frame.Result, Cell: o.cell, Bundle: frame.NewBundle(b)})
}

func (o *output) Rewrite(code string) {
	o.w.show(frame.Output{Type: frame.Rewrite, Cell: o.cell, Text: code})
}

func (o *output) bundle(typ string, b display.Bundle) {
	o.w.show(frame.Output{Type: typ, Cell: o.cell, Bundle: frame.NewBundle(b)})
}

func (o *output) Clear(wait bool) {
	o.w.show(frame.Output{Type: frame.Clear, Cell: o.cell, Wait: wait})
}

func (o *output) Comm(msg engine.CommMessage) {
	o.w.show(frame.Output{Type: frame.CommMessage, Cell: o.cell, Comm: &msg}, msg.Buffers...)
}

func (o *output) ReadLine(prompt string, hide bool) (string, error) {
	if !o.allowStdin {
		return "", engine.ErrNoInput
	}
	if err := o.ctx.Err(); err != nil {
		return "", err
	}
	id := o.w.nextID.Add(1)
	line := make(chan frame.Line, 1)
	o.w.mu.Lock()
	o.w.lines[id] = line
	o.w.mu.Unlock()
	if err := o.w.send(frame.Input, id, frame.Prompt{Cell: o.cell, Prompt: prompt, Hide: hide}); err != nil {
		return "", err
	}
	select {
	case l := <-line:
		if l.Error != "" {
			return "", errors.New(l.Error)
		}
		return l.Text, nil
	case <-o.ctx.Done():
		o.w.mu.Lock()
		delete(o.w.lines, id)
		o.w.mu.Unlock()
		_ = o.w.send(frame.Forget, id, nil)
		return "", o.ctx.Err()
	}
}

// publisher sends what is shown from anywhere in the process to the cell that runs, or ran last.
type publisher struct{ w *worker }

func (p publisher) Display(b display.Bundle) {
	if out := p.w.current.Load(); out != nil {
		out.Display(b)
	}
}

func (p publisher) Update(b display.Bundle) {
	if out := p.w.current.Load(); out != nil {
		out.Update(b)
	}
}

func (p publisher) Clear(wait bool) {
	if out := p.w.current.Load(); out != nil {
		out.Clear(wait)
	}
}

// logWriter takes what package log, and with it slog, writes by default.
type logWriter struct{ w *worker }

func (l logWriter) Write(line []byte) (int, error) {
	out := l.w.current.Load()
	if out == nil {
		return l.w.stderr.Write(line)
	}
	out.Stream("stderr", string(line))
	return len(line), nil
}
