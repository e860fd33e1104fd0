package interp

import (
	"maps"
	"reflect"

	"github.com/rustygradients/rg/interp/rg/stdin"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi"
)

// newExecutor makes a yaegi executor whose cells read from the person at the front end.
func newExecutor() (session.Executor, error) {
	exports := symbols.Exports()
	fmt := maps.Clone(exports["fmt/fmt"])
	fmt["Scan"] = reflect.ValueOf(stdin.Scan)
	fmt["Scanln"] = reflect.ValueOf(stdin.Scanln)
	fmt["Scanf"] = reflect.ValueOf(stdin.Scanf)
	exports["fmt/fmt"] = fmt
	return yaegi.New(yaegi.Options{Symbols: exports})
}
