package interp

import (
	"github.com/rustygradients/rg/interp/session"
<<<<<<< HEAD
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi"
)

func newExecutor() (session.Executor, error) {
	return yaegi.New(yaegi.Options{Symbols: symbols.Exports()})
}
=======
	"github.com/rustygradients/rg/interp/yaegi"
)

func newExecutor() (session.Executor, error) { return yaegi.New(yaegi.Options{}) }
>>>>>>> main
