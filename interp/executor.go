package interp

import (
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/yaegi"
)

func newExecutor() (session.Executor, error) { return yaegi.New(yaegi.Options{}) }
