package interp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/rg/stdin"
	"github.com/rustygradients/rg/interp/session"
)

// The executors that Options.Engine can name.
const (
	EngineYaegi = "yaegi" // the interpreter yaegi, behind a translation to what it gets right; runs everywhere
	EngineEval  = "eval"  // native values and the runtime's own types; Go 1.26 on amd64
)

// EngineVariable is the environment variable that names the executor where Options doesn't. A
// process inherits it from the one that started it.
const EngineVariable = "RG_ENGINE"

// DefaultEngine is the executor of a session for which nobody has chosen one.
const DefaultEngine = EngineEval

// Engines lists the names that Options.Engine can have.
func Engines() []string { return []string{EngineYaegi, EngineEval} }

// CheckEngine reports a name that is none of an executor.
func CheckEngine(name string) error {
	switch name {
	case "", EngineYaegi, EngineEval:
		return nil
	}
	return fmt.Errorf("no engine %q: there are %s", name, strings.Join(Engines(), " and "))
}

// chosen is the executor's name that options and environment come to.
func (o *Options) chosen() (string, error) {
	name := o.Engine
	if name == "" {
		name = os.Getenv(EngineVariable)
	}
	if name == "" {
		name = DefaultEngine
	}
	return name, CheckEngine(name)
}

var (
	newEval         = eval.New // a test puts one in its place that can't run
	tellUnavailable sync.Once
)

// maker returns what makes the executors of that name. Where eval can't run they are yaegi's, and a
// line says so, once a process.
func maker(name string) func() (session.Executor, error) {
	if name != EngineEval {
		return newExecutor
	}
	return func() (session.Executor, error) {
		x, err := newEval(eval.Options{Replace: map[string]reflect.Value{
			"fmt.Scan":   reflect.ValueOf(stdin.Scan),
			"fmt.Scanln": reflect.ValueOf(stdin.Scanln),
			"fmt.Scanf":  reflect.ValueOf(stdin.Scanf),
		}})
		if errors.Is(err, eval.ErrUnavailable) {
			tellUnavailable.Do(func() { fmt.Fprintf(os.Stderr, "%v; cells run with the yaegi engine\n", err) })
			return newExecutor()
		}
		return x, err
	}
}

// engineMagic is %engine: it names the executor, or begins a new session with another.
func (r *run) engineMagic(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	name := strings.TrimSpace(m.Args)
	if name == "" {
		r.out.Stream("stdout", r.engine.options.Engine+"\n")
		return nil, nil
	}
	if err := CheckEngine(name); err != nil {
		e := &check.Error{Pos: r.session.Fset().Position(m.Pos), Msg: err.Error()}
		return nil, check.NewErrors([]*check.Error{e})
	}
	r.engine.options.Engine, r.engine.options.NewExecutor = name, maker(name)
	if err := r.engine.reset(); err != nil {
		return nil, err
	}
	r.session, r.executor = r.engine.session, r.engine.executor
	return nil, nil
}
