//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import "github.com/rustygradients/rg/interp/session"

// ForgetAlways makes every call of compiled code drop what dead variables hold, not only the first
// one after a collection.
func ForgetAlways() { eager.Store(true) }

// Functions are an executor's compiled functions.
func Functions(x session.Executor) any { return x.(*Executor).state.funcs }
