package interp

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols/exit"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// ANSI colours of tracebacks. JupyterLab puts them on red, pale or dark, where what is bold and red can't be read in the
// dark theme, nor what is cyan and not bold in the light one.
const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	cyan  = "\x1b[1;36m"
	dim   = "\x1b[2m"
	reset = "\x1b[0m"
)

// unsupported is an executor's refusal to run a program that is good Go.
type unsupported struct{ err error }

func (e *unsupported) Error() string { return e.err.Error() }
func (e *unsupported) Unwrap() error { return e.err }

// explain turns whatever ended a cell into what a person should see.
func (r *run) explain(err error) *engine.Error {
	var mistakes *check.Errors
	var panicked *session.Panic
	var result *resultError
	var refused *unsupported
	var magic *magicError
	switch {
	case errors.As(err, &magic):
		return r.failed(magic, nil)
	case errors.As(err, &mistakes):
		return r.compileError(mistakes)
	case errors.Is(err, session.ErrInterrupted):
		return &engine.Error{
			Name: engine.NameInterrupted, Value: "the cell was interrupted",
			Traceback: []string{red + "Interrupted" + reset + ": the cell was interrupted; what it had assigned is kept"},
		}
	case errors.Is(err, engine.ErrNoInput):
		return &engine.Error{Name: engine.NameNoInput, Value: err.Error(), Traceback: []string{red + engine.NameNoInput + reset + ": " + err.Error()}}
	case errors.As(err, &panicked):
		return r.panicked(panicked)
	case errors.As(err, &result):
		return r.failedResult(result)
	case errors.As(err, &refused):
		return &engine.Error{Name: "Unsupported", Value: firstLine(refused.Error()), Traceback: splitLines(red + "not supported" + reset + ": " + refused.Error())}
	}
	var done *engine.Error
	if errors.As(err, &done) {
		return done
	}
	return &engine.Error{Name: "Error", Value: firstLine(err.Error()), Traceback: splitLines(red + "error" + reset + ": " + err.Error())}
}

func (r *run) compileError(errs *check.Errors) *engine.Error {
	out := &engine.Error{Name: "CompileError", Value: firstLine(errs.List[0].Error())}
	for i, e := range errs.List {
		if i > 0 {
			out.Traceback = append(out.Traceback, "")
		}
		place := ""
		if e.Pos.IsValid() {
			place = cyan + e.Pos.String() + reset + ": "
		}
		out.Traceback = append(out.Traceback, splitLines(place+bold+e.Msg+reset)...)
		out.Traceback = append(out.Traceback, r.source(e.Pos.Filename, e.Pos.Line, e.Pos.Column)...)
		if e.Hint != "" {
			out.Traceback = append(out.Traceback, "    "+e.Hint)
		}
	}
	if errs.More > 0 {
		out.Traceback = append(out.Traceback, "", fmt.Sprintf("and %d more errors", errs.More))
	}
	return out
}

// source shows a line of a cell, with a caret below the column.
func (r *run) source(file string, line, column int) []string {
	text, ok := r.session.Line(file, line)
	if !ok {
		return nil
	}
	number := fmt.Sprintf("%5d | ", line)
	lines := []string{dim + number + reset + text}
	if column >= 1 && column <= len(text)+1 {
		pad := strings.Map(func(c rune) rune {
			switch {
			case c == '\t':
				return c
			case unicode.In(c, wide...):
				return '\u3000' // a blank as wide as those letters are
			}
			return ' '
		}, text[:column-1])
		lines = append(lines, dim+strings.Repeat(" ", len(number)-2)+"| "+reset+pad+red+"^"+reset)
	}
	return lines
}

// wide are the scripts whose letters take the place of two.
var wide = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul}

func (r *run) panicked(p *session.Panic) *engine.Error {
	if code, ok := p.Value.(exit.Code); ok {
		text := fmt.Sprintf("exit status %d (the cell ended there; the session goes on)", int(code))
		return &engine.Error{Name: "Exit", Value: text, Traceback: []string{text}}
	}
	if err, ok := p.Value.(error); ok && errors.Is(err, engine.ErrNoInput) {
		return r.explain(engine.ErrNoInput)
	}
	if err, ok := p.Value.(error); ok && errors.Is(err, session.ErrInterrupted) {
		return r.explain(session.ErrInterrupted)
	}
	var magic *magicError
	if err, ok := p.Value.(error); ok && errors.As(err, &magic) {
		return r.failed(magic, r.places(nil, slices.DeleteFunc(slices.Clone(p.Frames), func(f session.Frame) bool { return strings.HasSuffix(f.Func, "/rg.Magic") })))
	}
	var what string
	if err := r.call(r.ctx, func() { what = panicText(p.Value) }); err != nil { // the method may be the cell's own
		what = fmt.Sprintf("%T", p.Value)
	}
	out := &engine.Error{Name: "Panic", Value: firstLine(what)}
	out.Traceback = append(splitLines(red+"panic"+reset+": "+what), r.places(p.Value, p.Frames)...)
	return out
}

// places says where a panic was: a cell's line for each of the cell's own frames; of a tensor's error it names the operands.
func (r *run) places(value any, frames []session.Frame) []string {
	var out []string
	compiled := "" // the outermost function of a run of compiled frames: the one that a cell called
	named := false // only the innermost line of a cell can be the one with the operands
	for _, f := range shortened(frames) {
		if f.Elided > 0 {
			out = append(out, "", dim+f.String()+reset)
			continue
		}
		if !r.session.HasSource(f.File) {
			compiled = f.Func
			continue
		}
		out = append(out, folded(compiled)...)
		compiled = ""
		file, line, column := r.session.Position(f.File, f.Line, f.Column)
		note := ""
		if !named {
			note, column = r.operands(value, file, line, column)
			named = true
		}
		place := fmt.Sprintf("%s:%d", file, line)
		if column > 0 {
			place += fmt.Sprintf(":%d", column)
		}
		name := ""
		if f.Func != "" && f.Func != "main" { // of a cell's own statements the place says enough
			name = " in " + f.Func
		}
		out = append(out, "", cyan+place+reset+name)
		out = append(out, r.source(file, line, column)...)
		if note != "" {
			out = append(out, "    "+note)
		}
	}
	return append(out, folded(compiled)...)
}

// failedResult shows the error that is a cell's last value, with its type where that says something.
func (r *run) failedResult(e *resultError) *engine.Error {
	name := display.ErrorType(e.err)
	if name == "" {
		name = "error"
	}
	out := &engine.Error{Name: "Error", Value: firstLine(e.Error()), Traceback: splitLines(red + name + reset + ": " + e.Error())}
	out.Traceback = append(out.Traceback, "", cyan+fmt.Sprintf("%s:%d:%d", e.pos.Filename, e.pos.Line, e.pos.Column)+reset)
	out.Traceback = append(out.Traceback, r.source(e.pos.Filename, e.pos.Line, e.pos.Column)...)
	return out
}

// shortened leaves more out of a deep recursion than executors do: a frame takes three lines in a notebook.
func shortened(frames []session.Frame) []session.Frame {
	const inner, outer = 8, 4
	i := slices.IndexFunc(frames, func(f session.Frame) bool { return f.Elided > 0 })
	if i < inner || len(frames)-i-1 < outer {
		return frames
	}
	left := frames[i].Elided + len(frames) - 1 - inner - outer
	short := append(slices.Clone(frames[:inner]), session.Frame{Elided: left})
	return append(short, frames[len(frames)-outer:]...)
}

// folded is what is said of a run of compiled frames: the library's inner lines help no one here.
func folded(function string) []string {
	if function == "" {
		return nil
	}
	return []string{"", dim + "in " + function[strings.LastIndex(function, "/")+1:] + reset}
}

// privateType finds the types of cells as reflection and the runtime write them.
var privateType = regexp.MustCompile(check.Mark + `\d+`)

// panicText says what a panic says, in the words of Go's runtime.
func panicText(v any) string {
	var text string
	switch v := v.(type) {
	case runtime.Error:
		text = v.Error()
	case error:
		text = errorText(v)
	case fmt.Stringer:
		text = fmt.Sprint(v) // which catches what the method panics with
	case string:
		text = v
	default:
		text = fmt.Sprintf("%v", v)
		if t := reflect.TypeOf(v); t != nil && t.PkgPath() != "" || t != nil && t.Name() == "" {
			text = fmt.Sprintf("%T(%s)", v, text)
			if k := t.Kind(); k == reflect.Struct || k == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
				text = fmt.Sprintf("%#v", v)
			}
		}
	}
	return privateType.ReplaceAllString(text, "")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func splitLines(s string) []string { return strings.Split(s, "\n") }
