package interp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/rg"
	"github.com/rustygradients/rg/interp/rg/stdin"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
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

	// Comms are the handlers of comm targets, by target name.
	Comms map[string]CommHandler
}

// Engine runs the cells of one session. It implements engine.Engine and engine.Restorer.
type Engine struct {
	options Options

	turn sync.Mutex // held by whoever runs code

	mu       sync.Mutex // guards the pointers; the session guards itself
	session  *session.Session
	executor session.Executor

	comms comms
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
	e.comms.targets = o.Comms
	return e, e.reset()
}

// reset begins a new session.
func (e *Engine) reset() error {
	x, err := e.options.NewExecutor()
	if err != nil {
		return err
	}
	o := session.Options{Importer: symbols.Importer(), Named: symbols.Named, Names: symbols.Names}
	for _, i := range symbols.Preloaded() {
		o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
	}
	e.mu.Lock()
	e.session, e.executor = session.New(o), x
	e.mu.Unlock()
	return nil
}

func (e *Engine) current() *session.Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session
}

// Info implements engine.Engine.
func (e *Engine) Info() engine.LanguageInfo {
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

// Execute implements engine.Engine.
func (e *Engine) Execute(ctx context.Context, c engine.Cell, out engine.Output) (err error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	r := &run{engine: e, session: e.session, executor: e.executor, cell: c, out: out}
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
	defer r.openOutput()()
	defer display.Flush() // live pictures end in the cell that drew them, however it ends
	if err := r.execute(ctx); err != nil {
		return r.explain(err)
	}
	return nil
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
func (e *Engine) IsComplete(code string) (status, indent string) { return cell.IsComplete(code) }

// Evaluate implements engine.Engine.
func (e *Engine) Evaluate(exprs map[string]string) map[string]engine.Evaluation {
	e.turn.Lock()
	defer e.turn.Unlock()
	out := make(map[string]engine.Evaluation, len(exprs))
	for name, expr := range exprs {
		r := &run{engine: e, session: e.session, executor: e.executor, cell: engine.Cell{Code: expr}}
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

	resetWanted bool
	done        bool // by a magic: what is left of the cell isn't run
}

// openOutput makes the cell's Output the place where libraries show and read things, and returns
// what undoes that.
func (r *run) openOutput() func() {
	publisher := display.SetPublisher(r.out)
	host := rg.SetHost(r)
	stdin.Open(func() (string, error) { return r.out.ReadLine("", false) })
	return func() {
		stdin.Open(nil)
		rg.SetHost(host)
		display.SetPublisher(publisher)
	}
}

// ReadLine implements rg.Host.
func (r *run) ReadLine(prompt string, hide bool) (string, error) { return r.out.ReadLine(prompt, hide) }

// Reset implements rg.Host.
func (r *run) Reset() { r.resetWanted = true }

// execute runs the cell: magics that come first, then Go.
func (r *run) execute(ctx context.Context) error {
	c, err := r.session.Parse(r.cell.Number, r.cell.Code)
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
	plan, err := r.session.Plan(c, session.PlanOptions{})
	if err != nil {
		return err
	}
	values, err := r.perform(ctx, plan)
	if err != nil {
		var refused *unsupported
		if errors.As(err, &refused) {
			r.session.Fail(c)
		}
		return err
	}
	b, shown, err := result(plan.Program, values)
	if err != nil {
		return err
	}
	if shown && !r.cell.Silent {
		r.out.Result(b)
	}
	return nil
}

// perform loads, commits and runs a plan.
func (r *run) perform(ctx context.Context, p *session.Plan) (values, error) {
	if err := r.executor.Load(p.Program); err != nil {
		return nil, &unsupported{err}
	}
	p.Commit()
	for _, n := range p.Notes {
		r.out.Stream("stderr", "note: "+n+"\n")
	}
	if p.Program.Body == nil {
		return nil, nil
	}
	return r.executor.Run(ctx, p.Program)
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
