package notebook

import (
	"fmt"
	"maps"

	"github.com/rustygradients/rg/internal/atomicfile"
)

// WriteFile writes the notebook to path. The file is replaced whole or not at all, and keeps its
// mode. A notebook that breaks the format's rules is not written.
func WriteFile(path string, nb *Notebook) error {
	text, err := nb.Encode()
	if err != nil {
		return fmt.Errorf("%s not written: %w", path, err)
	}
	return atomicfile.Write(path, text)
}

// Encode returns the notebook's file content, as Jupyter itself would write it. Cells without an id
// are given one first.
func (nb *Notebook) Encode() ([]byte, error) {
	nb.assignIDs()
	if err := nb.Validate(); err != nil {
		return nil, err
	}
	cells := make([]any, len(nb.Cells))
	for i, c := range nb.Cells {
		cells[i] = c.tree()
	}
	top := with(nb.Extra, map[string]any{
		"nbformat":       Format,
		"nbformat_minor": max(nb.Minor, Minor),
		"metadata":       object(nb.Metadata),
		"cells":          cells,
	})
	text, err := appendJSON(nil, top, 0)
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

func (c *Cell) tree() map[string]any {
	m := with(c.Extra, map[string]any{
		"cell_type": c.Type,
		"id":        c.ID,
		"metadata":  object(c.Metadata),
		"source":    splitLines(c.Source),
	})
	if c.Attachments != nil {
		files := make(map[string]any, len(c.Attachments))
		for name, v := range c.Attachments {
			if bundle, ok := v.(map[string]any); ok {
				v = splitBundle(bundle)
			}
			files[name] = v
		}
		m["attachments"] = files
	}
	if c.Type == Code {
		outputs := make([]any, len(c.Outputs))
		for i, o := range c.Outputs {
			outputs[i] = o.tree()
		}
		m["outputs"] = outputs
		m["execution_count"] = count(c.ExecutionCount)
	}
	return m
}

func (o *Output) tree() map[string]any {
	m := map[string]any{"output_type": o.Type}
	switch o.Type {
	case Stream:
		m["name"] = o.Name
		m["text"] = splitLines(o.Text)
	case ExecuteResult:
		m["execution_count"] = count(o.ExecutionCount)
		fallthrough
	case DisplayData:
		m["data"] = splitBundle(o.Data)
		m["metadata"] = object(o.Metadata)
	case ErrorOutput:
		lines := make([]any, len(o.Traceback))
		for i, line := range o.Traceback {
			lines[i] = line
		}
		m["ename"], m["evalue"], m["traceback"] = o.ErrorName, o.ErrorValue, lines
	}
	return with(o.Extra, m)
}

// with returns known laid over extra; extra stays as it is.
func with(extra, known map[string]any) map[string]any {
	m := make(map[string]any, len(extra)+len(known))
	maps.Copy(m, extra)
	maps.Copy(m, known)
	return m
}

func object(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func count(n int) any {
	if n == 0 {
		return nil
	}
	return n
}
