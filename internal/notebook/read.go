package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"
)

// ReadFile reads the notebook at path.
func ReadFile(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// Read parses a notebook of nbformat 4.0 or later.
func Read(data []byte) (*Notebook, error) {
	tree, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	top, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("not a notebook: the file holds JSON, but not an object")
	}
	nb := New()
	if err := readVersion(nb, top); err != nil {
		return nil, err
	}
	f := fields(top)
	nb.Metadata = f.object("metadata")
	cells := f.list("cells")
	if f.err != nil {
		return nil, fmt.Errorf("not a valid notebook: %w", f.err)
	}
	for i, v := range cells {
		c, err := readCell(v)
		if err != nil {
			return nil, fmt.Errorf("not a valid notebook: cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	nb.Extra = f.rest()
	// Signatures and traces of an upgrade are of one file on one machine; Jupyter drops them too.
	for _, key := range []string{"orig_nbformat", "orig_nbformat_minor", "signature"} {
		delete(nb.Metadata, key)
	}
	nb.assignIDs()
	// What would be refused on writing is refused here, before hours are spent on running it.
	if err := nb.Validate(); err != nil {
		return nil, fmt.Errorf("not a valid notebook: %w", err)
	}
	return nb, nil
}

// decodeJSON is json.Unmarshal with numbers kept as text and errors that give line and column.
func decodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not a notebook: the file is not UTF-8 text")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var tree any
	err := dec.Decode(&tree)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return tree, nil
		}
		if err == nil {
			err = errors.New("more text after the end of the notebook")
		}
	}
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("not a notebook: the file is empty")
	case errors.As(err, &syntax):
		before := data[:min(int(syntax.Offset), len(data))]
		line := bytes.Count(before, []byte("\n")) + 1
		column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
		return nil, fmt.Errorf("not JSON: line %d, column %d: %w", line, max(column, 1), err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("not JSON: the file ends too early")
	}
	return nil, fmt.Errorf("not JSON: %w", err)
}

func readVersion(nb *Notebook, top map[string]any) error {
	major, ok := integer(top["nbformat"])
	if !ok {
		return errors.New(`not a notebook: the JSON has no "nbformat" number`)
	}
	if major != Format {
		hint := "only nbformat 4 is known"
		if major < Format {
			hint = "convert it with: jupyter nbconvert --to notebook --nbformat 4"
		}
		return fmt.Errorf("notebook is of nbformat %d; %s", major, hint)
	}
	minor := 0
	if v, given := top["nbformat_minor"]; given {
		if minor, ok = integer(v); !ok || minor < 0 {
			return errors.New(`not a valid notebook: "nbformat_minor" must be a number`)
		}
	}
	nb.Minor = max(minor, Minor)
	delete(top, "nbformat")
	delete(top, "nbformat_minor")
	return nil
}

func readCell(v any) (*Cell, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("must be an object")
	}
	f := fields(m)
	c := &Cell{Type: f.text("cell_type"), Metadata: f.object("metadata"), Source: f.lines("source")}
	delete(c.Metadata, "trusted")
	c.ID, _ = m["id"].(string) // anything else is no id; assignIDs makes one
	delete(m, "id")
	if _, ok := m["attachments"].(map[string]any); ok && c.Type != Code {
		c.Attachments = f.object("attachments")
		for _, v := range c.Attachments {
			if bundle, ok := v.(map[string]any); ok {
				joinBundle(bundle)
			}
		}
	}
	if c.Type == Code {
		c.ExecutionCount = f.count("execution_count")
		for i, v := range f.list("outputs") {
			o, err := readOutput(v)
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			c.Outputs = append(c.Outputs, o)
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	switch c.Type {
	case Code, Markdown, Raw:
	default:
		return nil, fmt.Errorf("unknown cell_type %q (want code, markdown or raw)", c.Type)
	}
	c.Extra = f.rest()
	return c, nil
}

func readOutput(v any) (*Output, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("must be an object")
	}
	f := fields(m)
	o := &Output{Type: f.text("output_type")}
	switch o.Type {
	case Stream:
		o.Name, o.Text = f.text("name"), f.lines("text")
	case ExecuteResult:
		o.ExecutionCount = f.count("execution_count")
		fallthrough
	case DisplayData:
		o.Data, o.Metadata = f.object("data"), f.object("metadata")
		joinBundle(o.Data)
	case ErrorOutput:
		o.ErrorName, o.ErrorValue = f.text("ename"), f.text("evalue")
		for _, line := range f.list("traceback") {
			s, ok := line.(string)
			if !ok {
				return nil, errors.New(`"traceback" must be a list of strings`)
			}
			o.Traceback = append(o.Traceback, s)
		}
	default:
		if f.err == nil {
			return nil, fmt.Errorf("unknown output_type %q", o.Type)
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	o.Extra = f.rest()
	return o, nil
}

// fieldReader takes known fields out of an object and keeps the first thing wrong.
type fieldReader struct {
	m   map[string]any
	err error
}

func fields(m map[string]any) *fieldReader { return &fieldReader{m: m} }

func (f *fieldReader) take(key string) (any, bool) {
	v, ok := f.m[key]
	delete(f.m, key)
	return v, ok
}

func (f *fieldReader) fail(key, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("%q must be %s", key, want)
	}
}

func (f *fieldReader) text(key string) string {
	v, _ := f.take(key)
	s, ok := v.(string)
	if !ok {
		f.fail(key, "a string")
	}
	return s
}

func (f *fieldReader) lines(key string) string {
	v, _ := f.take(key)
	s, ok := joinLines(v)
	if !ok {
		f.fail(key, "a string or a list of strings")
	}
	return s
}

// object accepts a missing object: much that writes notebooks leaves empty metadata out.
func (f *fieldReader) object(key string) map[string]any {
	v, given := f.take(key)
	m, ok := v.(map[string]any)
	if given && !ok {
		f.fail(key, "an object")
	}
	if m == nil {
		m = map[string]any{}
	}
	return m
}

func (f *fieldReader) list(key string) []any {
	v, given := f.take(key)
	l, ok := v.([]any)
	if given && !ok || !given && key == "cells" {
		f.fail(key, "a list")
	}
	return l
}

func (f *fieldReader) count(key string) int {
	v, _ := f.take(key)
	if v == nil {
		return 0
	}
	n, ok := integer(v)
	if !ok || n < 0 {
		f.fail(key, "a number ≥ 0 or null")
	}
	return n
}

func (f *fieldReader) rest() map[string]any {
	if len(f.m) == 0 {
		return nil
	}
	return f.m
}

func integer(v any) (int, bool) {
	num, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(num.String())
	return n, err == nil
}
