package interp

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/rg"
	"github.com/rustygradients/rg/interp/rg/stdin"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Options choose how an engine runs cells. The zero value is what a notebook wants.
type Options struct {
	// Engine names the executor, EngineYaegi or EngineEval. "" means what the environment says in
	// EngineVariable, else DefaultEngine.
	Engine string

	// NewExecutor makes the executor of a session; nil means that Engine chooses it.
	NewExecutor func() (session.Executor, error)
}

// Engine runs the cells of one session. It implements engine.Engine and engine.Restorer.
type Engine struct {
	options Options

	turn sync.Mutex // held by whoever runs code

	mu       sync.Mutex // guards the pointers and what is open; the session guards itself
	session  *session.Session
	executor session.Executor

	startDir, formerDir string        // the process's folder at first, and before the last %cd
	opened              []*run        // what runs now, latest last; more than one where there are subshells
	flags               *flag.FlagSet // what the cells have defined
	atWork              func()        // if set, by tests: a cell's code begins to run
	former              struct {
		publisher display.Publisher
		host      rg.Host
		args      []string
		flags     *flag.FlagSet
	}
}

var (
	_ engine.Engine   = (*Engine)(nil)
	_ engine.Restorer = (*Engine)(nil)
)

// New returns an engine with an empty session.
func New(o Options) (*Engine, error) {
	if o.NewExecutor == nil {
		name, err := o.chosen()
		if err != nil {
			return nil, err
		}
		o.Engine, o.NewExecutor = name, maker(name)
	}
	e := &Engine{options: o}
	e.startDir, _ = os.Getwd() // "" where that can't be said: then no folder is restored
	return e, e.reset()
}

// rgPath is the import path of package rg, which cells call when they use magics.
const rgPath = "github.com/rustygradients/rg/interp/rg"

// reset begins a new session.
func (e *Engine) reset() error {
	x, err := e.options.NewExecutor()
	if err != nil {
		return err
	}
	o := session.Options{Importer: symbols.Importer(), Named: symbols.Named, Names: symbols.Names}
	_, o.Whole = x.(*yaegi.Executor)
	for _, i := range symbols.Preloaded() {
		o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
	}
	o.Preloaded = append(o.Preloaded, check.Import{Name: cell.Host, Path: rgPath})
	if s, ok := e.executor.(session.Stopper); ok {
		s.Stop()
	}
	e.mu.Lock()
	e.session, e.executor, e.flags = session.New(o), x, nil
	e.mu.Unlock()
	rg.ForgetComms()
	return nil
}

func (e *Engine) current() *session.Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session
}

// Info implements engine.Engine.
func (e *Engine) Info() engine.LanguageInfo { return Language() }

// Language says in which language cells are written.
func Language() engine.LanguageInfo {
	version, err := symbols.GoVersion()
	if err != nil {
		version = "go1"
	}
	return engine.LanguageInfo{
		Name:           "go",
		Version:        strings.TrimPrefix(version, "go"),
		MIMEType:       "text/x-go",
		FileExtension:  ".go",
		PygmentsLexer:  "go",
		CodeMirrorMode: "go",
		NBConvert:      "script",
	}
}

// Execute implements engine.Engine. While a cell's statements run, cells of other shells can.
func (e *Engine) Execute(ctx context.Context, c engine.Cell, out engine.Output) (err error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	r := &run{ctx: ctx, engine: e, session: e.session, executor: e.executor, cell: c, out: out}
	defer func() {
		if p := recover(); p != nil {
			err = internalError(p)
		}
		if r.resetWanted {
			if e2 := e.reset(); e2 != nil && err == nil {
				err = &engine.Error{Name: "EngineError", Value: e2.Error(), Traceback: []string{e2.Error()}}
			}
		}
	}()
	defer e.open(r)()
	defer display.Flush() // live pictures end in the cell that drew them, however it ends
	if err := r.execute(ctx); err != nil {
		if ctx.Err() != nil && cancelled(err) {
			err = session.ErrInterrupted
		}
		return r.explain(err)
	}
	return nil
}

// cancelled says whether what failed a cell is that it was waiting for a person when it was interrupted.
func cancelled(err error) bool {
	var p *session.Panic
	if errors.As(err, &p) {
		err, _ = p.Value.(error)
	}
	return errors.Is(err, context.Canceled)
}

// internalError is a mistake of rg's own, which must cost no more than the cell.
func internalError(p any) *engine.Error {
	return &engine.Error{
		Name:  "EngineError",
		Value: fmt.Sprint(p),
		Traceback: append([]string{
			"rg failed to run this cell; the session goes on. Please report this:",
			fmt.Sprintf("panic: %v", p),
		}, strings.Split(strings.TrimSpace(string(debug.Stack())), "\n")...),
	}
}

// IsComplete implements engine.Engine.
func (e *Engine) IsComplete(code string) (status, indent string) {
	return cell.IsComplete(code)
}

// Evaluate implements engine.Engine.
func (e *Engine) Evaluate(exprs map[string]string) map[string]engine.Evaluation {
	e.turn.Lock()
	defer e.turn.Unlock()
	out := make(map[string]engine.Evaluation, len(exprs))
	for name, expr := range exprs {
		r := &run{ctx: context.Background(), engine: e, session: e.session, executor: e.executor, cell: engine.Cell{Code: expr}}
		out[name] = r.evaluate()
	}
	return out
}

// State implements engine.Restorer.
func (e *Engine) State() engine.State {
	e.turn.Lock()
	defer e.turn.Unlock()
	s := engine.State{Declarations: e.session.Declarations()}
	for _, v := range e.session.Variables() {
		s.Variables = append(s.Variables, v.Name)
	}
	if dir, err := os.Getwd(); err == nil && dir != e.startDir {
		s.Dir = dir
	}
	return s
}

// Restore implements engine.Restorer.
func (e *Engine) Restore(s engine.State) error {
	e.turn.Lock()
	defer e.turn.Unlock()
	if err := e.reset(); err != nil {
		return err
	}
	p, err := e.session.Restore(s.Declarations)
	if err != nil {
		return fmt.Errorf("restoring the session's declarations: %w", err)
	}
	if err := e.executor.Load(p.Program); err != nil {
		return fmt.Errorf("restoring the session's declarations: %w", err)
	}
	p.Commit()
	if s.Dir != "" {
		_ = os.Chdir(s.Dir) // it may be gone, as the process that was in it is
	}
	return nil
}

// Debug implements engine.Engine. There is no debugger.
func (e *Engine) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// run is one cell on its way.
type run struct {
	engine   *Engine
	session  *session.Session
	executor session.Executor
	cell     engine.Cell
	out      engine.Output
	ctx      context.Context // of the running cell, for rg.Magic and what values say of themselves

	resetWanted bool
	loading     int  // how deep %load goes
	quiet       bool // a cell that %rerun runs again says nothing of others
	parses      bool // the command line, by itself
	performed   bool // its Go has type-checked and begun
	done        bool // by a magic: what is left of the cell isn't run
}

// open makes the cell's Output the place where libraries show and read things, and returns what undoes
// that. Of cells that run at the same time it is the one that began last.
func (e *Engine) open(r *run) (closed func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	publisher, host := r.foreground()
	if len(e.opened) == 0 {
		e.former.publisher, e.former.host = publisher, host
		e.former.args, e.former.flags = os.Args, flag.CommandLine
	}
	e.opened = append(e.opened, r)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.opened = slices.DeleteFunc(e.opened, func(other *run) bool { return other == r })
		if n := len(e.opened); n > 0 {
			e.opened[n-1].foreground()
			return
		}
		stdin.Open(nil)
		rg.SetHost(e.former.host)
		display.SetPublisher(e.former.publisher)
		os.Args, flag.CommandLine = e.former.args, e.former.flags
	}
}

func (r *run) foreground() (display.Publisher, rg.Host) {
	stdin.Open(func() (string, error) { return r.out.ReadLine("", false) })
	return display.SetPublisher(r.out), rg.SetHost(r)
}

// beside runs what may take long, and lets cells of other shells have their turn meanwhile. The
// interpreter yaegi runs one thing at a time.
func (r *run) beside(f func() error) error {
	if _, alone := r.executor.(*yaegi.Executor); alone {
		return f()
	}
	r.engine.turn.Unlock()
	defer r.engine.turn.Lock()
	return f()
}

// ReadLine implements rg.Host.
func (r *run) ReadLine(prompt string, hide bool) (string, error) { return r.out.ReadLine(prompt, hide) }

// Reset implements rg.Host.
func (r *run) Reset() { r.resetWanted = true }

// execute runs the cell: magics that come first, then Go.
func (r *run) execute(ctx context.Context) error {
	c, err := r.session.Parse(r.cell.Number, r.cell.Code)
	if unknown := r.checkMagics(c); unknown != nil {
		return unknown // says more than what is wrong with the lines below it, taken for Go
	}
	if err != nil {
		return err
	}
	before := r.session
	after, err := r.magics(ctx, c)
	if err != nil {
		return err
	}
	defer after()
	if r.done {
		return nil
	}
	if r.session != before { // %reset: what is left of the cell belongs to the new session
		if c, err = r.session.Parse(r.cell.Number, r.cell.Code); err != nil {
			return err
		}
	}
	if len(c.Imports)+len(c.Decls)+len(c.Stmts)+len(c.Inits) == 0 {
		return nil
	}
	plan, err := r.session.Plan(c, session.PlanOptions{ID: r.cell.ID, Silent: r.cell.Silent})
	if err != nil {
		return err
	}
	r.commandLine(c)
	values, err := r.perform(ctx, plan)
	if err != nil {
		var refused *unsupported
		if errors.As(err, &refused) {
			r.session.Fail(c)
		}
		return err
	}
	b, shown, err := r.show(ctx, plan.Program, values)
	if err != nil {
		return err
	}
	if shown && !r.cell.Silent {
		r.out.Result(b)
	}
	return nil
}

// show makes what the cell shows of its last expression's values. Their methods (String, Error, HTML) may be the cell's
// own, so that they run as the cell did, and are interrupted as it was.
func (r *run) show(ctx context.Context, p *check.Program, vs values) (display.Bundle, bool, error) {
	if p.Result == nil || len(vs) == 0 {
		return display.Bundle{}, false, nil
	}
	var b display.Bundle
	var shown bool
	var err error
	if stopped := r.call(session.WithLate(ctx, r.out.Stream), func() { b, shown, err = result(p, vs) }); stopped != nil {
		return display.Bundle{}, false, stopped
	}
	return b, shown, err
}

// perform loads, commits and runs a plan.
func (r *run) perform(ctx context.Context, p *session.Plan) (vs values, err error) {
	if err := r.executor.Load(p.Program); err != nil {
		return nil, &unsupported{err}
	}
	r.performed = true
	p.Commit()
	if !r.cell.Silent {
		for _, n := range p.Notes {
			r.out.Stream("stderr", "note: "+n+"\n")
		}
	}
	r.sayStale(p.Stale)
	if !p.Program.Runs() {
		return nil, nil
	}
	p.Begin()
	err = r.beside(func() error {
		if r.engine.atWork != nil {
			r.engine.atWork()
		}
		vs, err = r.executor.Run(session.WithLate(ctx, r.out.Stream), p.Program)
		return err
	})
	return vs, err
}

// evaluate computes one expression and leaves no trace.
func (r *run) evaluate() (ev engine.Evaluation) {
	defer func() {
		if p := recover(); p != nil {
			ev = engine.Evaluation{Err: internalError(p)}
		}
	}()
	fail := func(err error) engine.Evaluation { return engine.Evaluation{Err: r.explain(err)} }
	c, err := r.session.Parse(0, r.cell.Code)
	if err != nil {
		return fail(err)
	}
	if len(c.Stmts) != 1 || len(c.Imports)+len(c.Decls)+len(c.Inits)+len(c.Magics) > 0 {
		return fail(errors.New("a user expression is one Go expression"))
	}
	plan, err := r.session.Plan(c, session.PlanOptions{})
	if err != nil {
		return fail(err)
	}
	if plan.Program.Result == nil {
		return fail(errors.New("a user expression is one Go expression with a value"))
	}
	if err := r.executor.Load(plan.Program); err != nil {
		return fail(&unsupported{err})
	}
	vs, err := r.executor.Run(context.Background(), plan.Program)
	if err != nil {
		return fail(err)
	}
	b, _, err := result(plan.Program, vs)
	if err != nil {
		return fail(err)
	}
	return engine.Evaluation{Bundle: b}
}
