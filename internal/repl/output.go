package repl

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// output is where one cell shows things in a terminal.
type output struct {
	s      *session
	ctx    context.Context
	number int

	mu      sync.Mutex
	column  bool // the last line printed has no end
	updated []display.Bundle
}

func (o *output) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.s.Out
	if name == "stderr" {
		w = o.s.Err
	}
	o.write(w, text)
}

// write is called with mu held.
func (o *output) write(w io.Writer, text string) {
	if text != "" {
		_, _ = io.WriteString(w, text) // a closed terminal: nothing to do about it
		o.column = !strings.HasSuffix(text, "\n")
	}
}

// line begins a new line if need be, and writes whole lines.
func (o *output) line(text string) {
	if o.column {
		o.write(o.s.Out, "\n")
	}
	o.write(o.s.Out, strings.TrimRight(text, "\n")+"\n")
}

func (o *output) Result(b display.Bundle) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.show(b, fmt.Sprintf("Out[%d]: ", o.number))
}

func (o *output) Display(b display.Bundle) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.show(b, "")
}

// show draws a picture where the terminal can, and else names the file where it is.
func (o *output) show(b display.Bundle, label string) {
	text := b.Plain()
	picture, drawn := o.s.pictures.show(b, o.number)
	switch {
	case drawn:
		o.line(picture)
		return
	case picture != "" && text != "":
		text += " (" + picture + ")"
	case picture != "":
		text = picture
	}
	if !o.s.person {
		label = ""
	}
	if strings.Contains(text, "\n") && label != "" {
		label = strings.TrimRight(label, " ") + "\n"
	}
	o.line(label + text)
}

// Update is shown once, in its last state, when the cell ends: a live picture would fill the screen.
func (o *output) Update(b display.Bundle) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.updated {
		if o.updated[i].ID == b.ID {
			o.updated[i] = b
			return
		}
	}
	o.updated = append(o.updated, b)
}

// end shows what was left to be shown.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, b := range o.updated {
		o.show(b, "")
	}
	o.updated = nil
	if o.column {
		o.write(o.s.Out, "\n")
	}
}

// Clear has no meaning where everything scrolls by; widgets have no one to talk to.

func (o *output) Clear(bool)              {}
func (o *output) Comm(engine.CommMessage) {}

func (o *output) Page(b display.Bundle) { o.Display(b) }

// Rewrite shows the text: a line that was entered stays as it is.
func (o *output) Rewrite(code string) { o.Stream("stdout", code+"\n") }

// ReadLine asks in the terminal; a script has no one to ask.
func (o *output) ReadLine(prompt string, hide bool) (string, error) {
	if !o.s.person {
		return "", engine.ErrNoInput
	}
	o.mu.Lock()
	if o.column {
		o.write(o.s.Out, "\n")
	}
	o.write(o.s.Out, prompt)
	o.column = false
	o.mu.Unlock()
	return readLine(o.ctx, o.s.In, o.s.Out, hide)
}
