//go:build !((amd64 || arm64) && go1.26 && !go1.27)

package eval

import (
	"fmt"
	"io"
	"reflect"
	"runtime"

	"github.com/rustygradients/rg/interp/session"
)

// Options say what an executor works with.
type Options struct {
	Stdout, Stderr io.Writer
	Replace        map[string]reflect.Value
}

// New reports ErrUnavailable.
func New(Options) (session.Executor, error) {
	return nil, fmt.Errorf("%w: it needs Go 1.26 on amd64, and this is %s on %s", ErrUnavailable, runtime.Version(), runtime.GOARCH)
}

// LastingBytes is 0: there are no types.
func LastingBytes() int { return 0 }
