package yaegi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/traefik/yaegi/interp"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi/internal/lower"
	"github.com/rustygradients/rg/interp/yaegi/internal/rt"
	"github.com/rustygradients/rg/tensor/backend"
)

// Options say what an executor works with. The zero value uses the process's standard streams and
// the tables of package symbols.
type Options struct {
	Stdout io.Writer // of fmt.Print and its like; nil means os.Stdout
	Stderr io.Writer // of reports and of the builtin println; nil means os.Stderr

	// Symbols are the compiled packages that programs may import: "path/name" → symbol → value, as
	// yaegi's extract command generates them.
	Symbols map[string]map[string]reflect.Value

	// Trace, if not nil, gets the source of every unit before it is evaluated.
	Trace io.Writer
}

// Executor implements session.Executor.
type Executor struct {
	opts   Options
	interp *interp.Interpreter
	rt     *rt.Runtime

	mu     sync.Mutex
	state  *lower.State
	loaded *check.Program
	body   func()

	unitsMu sync.RWMutex     // apart from mu: a panic is reported while a unit is loaded
	units   map[string][]int // unit name → function number + 1 of each line
}

var _ session.Executor = (*Executor)(nil)

// abandonAfter is how long a stopped cell may stay in a compiled function that blocks.
const abandonAfter = 100 * time.Millisecond

// New returns an executor with nothing loaded.
func New(opts Options) (*Executor, error) {
	if opts.Symbols == nil {
		opts.Symbols = symbols.Exports()
	}
	backend.SetInterrupt(rt.Stopped) // tensor operations end with their cell
	e := &Executor{opts: opts, state: lower.NewState(), rt: rt.New(), units: map[string][]int{}}
	e.rt.Stdout, e.rt.Stderr = opts.Stdout, opts.Stderr
	if opts.Stdout == nil {
		e.rt.Stdout = e.rt.Late("stdout", current(func() io.Writer { return os.Stdout }))
	}
	if opts.Stderr == nil {
		e.rt.Stderr = e.rt.Late("stderr", current(func() io.Writer { return os.Stderr }))
	}
	e.rt.Wrapper = e.wrapper
	e.interp = interp.New(interp.Options{
		Stderr: &reports{e: e}, Unrestricted: true,
	})
	if err := e.interp.Use(e.exports()); err != nil {
		return nil, fmt.Errorf("yaegi: %w", err)
	}
	if err := e.interp.Use(interp.Exports{"rt/rt": e.rt.Exports()}); err != nil {
		return nil, fmt.Errorf("yaegi: %w", err)
	}
	if _, err := e.interp.Eval("//line rt:1\npackage main\n" + lower.Globals); err != nil {
		return nil, fmt.Errorf("yaegi: %w", err)
	}
	v, err := e.interp.Eval("&" + lower.StopName)
	if err != nil {
		return nil, fmt.Errorf("yaegi: %w", err)
	}
	e.rt.StopFlag = v.Interface().(*bool)
	return e, nil
}

// exports are the symbols as the interpreter takes them. Under the key that it expects of package
// fmt it would put functions of its own in place of a number of symbols.
func (e *Executor) exports() interp.Exports {
	x := interp.Exports{}
	for k, v := range e.opts.Symbols {
		switch k {
		case ".":
		case "fmt/fmt":
			v = maps.Clone(v)
			maps.Copy(v, e.rt.Printing())
			x["fmt/./fmt"] = v
		default:
			x[k] = v
		}
	}
	return x
}

// current is a writer that is looked up for each write: streams are redirected while a session runs.
type current func() io.Writer

func (c current) Write(b []byte) (int, error) { return c().Write(b) }

// wrapper finds yaegi's generated wrapper type of a compiled interface type.
func (e *Executor) wrapper(name string) (reflect.Type, bool) {
	i := strings.LastIndex(name, ".")
	if i < 0 {
		return nil, false
	}
	path, typ := name[:i], name[i+1:]
	base := path[strings.LastIndex(path, "/")+1:]
	for key, syms := range e.opts.Symbols {
		if key != path+"/"+base && !strings.HasPrefix(key, path+"/") {
			continue
		}
		if v, ok := syms["_"+typ]; ok {
			return v.Type().Elem(), true
		}
	}
	return nil, false
}

// Load takes over the fresh declarations of a program and makes its body ready to run.
func (e *Executor) Load(p *check.Program) (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	u, err := lower.Program(e.state, e.rt, p)
	if err != nil {
		return suggesting(err)
	}
	if e.opts.Trace != nil {
		fmt.Fprintln(e.opts.Trace, u.Source)
	}
	defer func() {
		if err != nil {
			e.state.Skip(u.State)
		}
	}()
	e.rt.AddUnit(u.Types, u.Funcs)
	e.unitsMu.Lock()
	e.units[u.Name] = u.Lines
	e.unitsMu.Unlock()
	if err := e.eval(u.Source); err != nil {
		return refusal(err)
	}
	var body func()
	if u.Body != "" {
		v, err := e.value(u.Body)
		if err != nil {
			return refusal(err)
		}
		f, ok := v.Interface().(func())
		if !ok {
			return fmt.Errorf("this engine can't run the cell: its body is a %s", v.Type())
		}
		body = f
	}
	for _, name := range p.Released {
		if v, ok := e.state.Variable(name); ok {
			e.rt.Release(v.N)
		}
	}
	e.state, e.loaded, e.body = u.State, p, body
	return nil
}

// unitPlace is a place in lowered source, which means nothing to the author of the cell.
var unitPlace = regexp.MustCompile(`\bunit\d+:\d+(:\d+)?: `)

func refusal(err error) error {
	return suggesting(errors.New("this engine can't run the cell: " + unitPlace.ReplaceAllString(err.Error(), "")))
}

// suggesting says where the program would run.
func suggesting(err error) error {
	return fmt.Errorf("%w (--engine eval, or %%engine eval, runs it)", err)
}

// eval evaluates a unit. Yaegi panics on some programs that it doesn't understand.
func (e *Executor) eval(src string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	_, err = e.interp.Eval(src)
	return err
}

func (e *Executor) value(name string) (v reflect.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return e.interp.Eval(name)
}

// Run runs the body of the program that was loaded last.
func (e *Executor) Run(ctx context.Context, p *check.Program) ([]reflect.Value, error) {
	e.mu.Lock()
	loaded, body := e.loaded, e.body
	e.mu.Unlock()
	if loaded != p {
		return nil, fmt.Errorf("yaegi: Run of a program that was not loaded")
	}
	if body == nil {
		return nil, nil
	}
	out := e.rt.Execute(body, ctx.Done(), abandonAfter, session.Late(ctx))
	switch {
	case out.Panicked:
		return nil, panicError(out)
	case out.Interrupted:
		return nil, session.ErrInterrupted
	}
	if p.Result == nil {
		return nil, nil
	}
	return out.Values, nil
}

// Call calls a function as Run runs a body.
func (e *Executor) Call(ctx context.Context, f func()) error {
	out := e.rt.Execute(f, ctx.Done(), abandonAfter, session.Late(ctx))
	switch {
	case out.Panicked:
		return panicError(out)
	case out.Interrupted:
		return session.ErrInterrupted
	}
	return nil
}

// Stop tells the goroutines of all cells to end, but for those that rg.Background has started.
func (e *Executor) Stop() { e.rt.StopAll() }

func panicError(out rt.Outcome) error {
	p := &session.Panic{Value: out.Panic}
	for _, f := range out.Frames {
		fr := session.Frame{Func: f.Func, File: f.File, Line: f.Line}
		if f.Pos.IsValid() {
			fr.File, fr.Line, fr.Column = f.Pos.Filename, f.Pos.Line, f.Pos.Column
		}
		p.Frames = append(p.Frames, fr)
	}
	return p
}

// Variable returns the current value of a live top-level variable.
func (e *Executor) Variable(name string) (reflect.Value, bool) {
	e.mu.Lock()
	v, ok := e.state.Variable(name)
	e.mu.Unlock()
	if !ok {
		return reflect.Value{}, false
	}
	return e.rt.Slot(v.N, v.Type)
}

// reports reads what the interpreter writes to its standard error: a line for each function that a
// panic leaves, which is told to the runtime. Anything else is passed on.
type reports struct{ e *Executor }

var reportLine = regexp.MustCompile(`^(?:\S*/)?(unit\d+):(\d+)(?::\d+)?: panic: .*\(\.\.\.\)\n$`)

func (r *reports) Write(b []byte) (int, error) {
	if m := reportLine.FindSubmatch(b); m != nil {
		line, _ := strconv.Atoi(string(m[2]))
		r.e.unitsMu.RLock()
		lines := r.e.units[string(m[1])]
		r.e.unitsMu.RUnlock()
		if line >= 1 && line <= len(lines) && lines[line-1] > 0 {
			r.e.rt.TraceFunc(lines[line-1] - 1)
		}
		return len(b), nil
	}
	if bytes.Contains(b, []byte(": panic: ")) {
		return len(b), nil
	}
	return r.e.rt.Stderr.Write(b)
}
