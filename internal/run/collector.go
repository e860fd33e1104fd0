package run

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// collector holds what the cells of one notebook have shown. An output with a display ID can be
// replaced by any later cell.
type collector struct {
	mu     sync.Mutex
	byID   map[string][]*notebook.Output
	cells  []*cellOutput
	sealed bool // the notebook is the caller's again: what goroutines still say is lost
}

func newCollector() *collector {
	return &collector{byID: map[string][]*notebook.Output{}}
}

// seal ends the collecting and puts the streams' text into the cells.
func (c *collector) seal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	for _, o := range c.cells {
		for out, text := range o.streams {
			out.Text = overwrite(text.String())
		}
	}
}

// cellOutput is the engine.Output of one cell. It stays usable after the cell's end: a goroutine
// that prints later still prints under the cell that started it.
type cellOutput struct {
	*collector
	cell  *notebook.Cell
	count int

	clearNext bool                                  // Clear(wait) was asked for and nothing came since
	streams   map[*notebook.Output]*strings.Builder // text of the stream outputs, until the seal
}

func (c *collector) open(cell *notebook.Cell, count int) *cellOutput {
	cell.ExecutionCount = count
	o := &cellOutput{collector: c, cell: cell, count: count, streams: map[*notebook.Output]*strings.Builder{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cells = append(c.cells, o)
	return o
}

// add appends an output, after the clearing that waited for it. c.mu is held.
func (o *cellOutput) add(out *notebook.Output) {
	if o.clearNext {
		o.clear()
	}
	o.cell.Outputs = append(o.cell.Outputs, out)
}

func (o *cellOutput) clear() {
	o.clearNext = false
	for id, list := range o.byID {
		kept := list[:0]
		for _, out := range list {
			if !o.holds(out) {
				kept = append(kept, out)
			}
		}
		o.byID[id] = kept
	}
	o.cell.Outputs = nil
	clear(o.streams)
}

func (o *cellOutput) holds(out *notebook.Output) bool {
	for _, own := range o.cell.Outputs {
		if own == out {
			return true
		}
	}
	return false
}

func (o *cellOutput) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed || text == "" {
		return
	}
	var last *notebook.Output
	if n := len(o.cell.Outputs); n > 0 && !o.clearNext {
		last = o.cell.Outputs[n-1]
	}
	if last == nil || last.Type != notebook.Stream || last.Name != name {
		last = &notebook.Output{Type: notebook.Stream, Name: name}
		o.add(last)
		o.streams[last] = &strings.Builder{}
	}
	o.streams[last].WriteString(text)
}

func (o *cellOutput) Display(b display.Bundle) { o.show(notebook.DisplayData, b) }

func (o *cellOutput) Result(b display.Bundle) { o.show(notebook.ExecuteResult, b) }

func (o *cellOutput) show(kind string, b display.Bundle) {
	out := &notebook.Output{Type: kind, Data: mimeData(b), Metadata: plainMap(b.Metadata)}
	if kind == notebook.ExecuteResult {
		out.ExecutionCount = o.count
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return
	}
	o.replace(b.ID, out)
	o.add(out)
	if b.ID != "" {
		o.byID[b.ID] = append(o.byID[b.ID], out)
	}
}

func (o *cellOutput) Update(b display.Bundle) {
	out := &notebook.Output{Data: mimeData(b), Metadata: plainMap(b.Metadata)}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sealed {
		o.replace(b.ID, out)
	}
}

// replace gives every output that carries the display ID the content of the new one.
func (o *cellOutput) replace(id string, by *notebook.Output) {
	if id == "" {
		return
	}
	for _, out := range o.byID[id] {
		out.Data, out.Metadata = by.Data, by.Metadata
	}
}

func (o *cellOutput) Clear(wait bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return
	}
	if wait {
		o.clearNext = true
		return
	}
	o.clear()
}

// Page, Rewrite and Comm have no place in a saved notebook.
func (o *cellOutput) Page(display.Bundle) {}

func (o *cellOutput) Rewrite(string) {}

func (o *cellOutput) Comm(engine.CommMessage) {}

func (o *cellOutput) ReadLine(string, bool) (string, error) { return "", engine.ErrNoInput }

func (o *cellOutput) fail(e *engine.Error) {
	lines := e.Traceback
	if len(lines) == 0 {
		lines = []string{e.Error()}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(&notebook.Output{Type: notebook.ErrorOutput, ErrorName: e.Name, ErrorValue: e.Value, Traceback: lines})
}

// mimeData turns a bundle's data into what a notebook file holds.
func mimeData(b display.Bundle) map[string]any {
	data := make(map[string]any, len(b.Data))
	for mime, v := range b.Data {
		switch v := v.(type) {
		case string:
			data[mime] = v
		case []byte:
			data[mime] = base64.StdEncoding.EncodeToString(v)
		default:
			if !strings.HasSuffix(mime, "/json") && !strings.HasSuffix(mime, "+json") {
				data[mime] = fmt.Sprint(v)
				continue
			}
			plain, err := notebook.Plain(v)
			if err != nil {
				plain = map[string]any{"error": err.Error()}
			}
			data[mime] = plain
		}
	}
	return data
}

func plainMap(m map[string]any) map[string]any {
	plain, err := notebook.Plain(m)
	if p, ok := plain.(map[string]any); ok && err == nil {
		return p
	}
	return map[string]any{}
}
