//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"io"
	"os"
	"reflect"
)

// What a goroutine prints when its cell has ended and another one runs belongs to its cell still. The
// process's standard streams can't tell, so package fmt's functions look.

// stream is one of the process's standard streams, as it is when something is written.
type stream string

const (
	stdout stream = "stdout"
	stderr stream = "stderr"
)

func (s stream) file() *os.File {
	if s == stderr {
		return os.Stderr
	}
	return os.Stdout
}

func (s stream) Write(b []byte) (int, error) {
	if th := currentThread(); th != nil && th.run.isLate() {
		th.run.late(string(s), string(b))
		return len(b), nil
	}
	return s.file().Write(b)
}

// isLate says whether another run has begun, and there is someone to tell.
func (r *run) isLate() bool { return r.late != nil && (r.background || r != latest.Load()) }

// late leads a standard stream through its look at the goroutine.
func late(w io.Writer) io.Writer {
	switch w {
	case os.Stdout:
		return stdout
	case os.Stderr:
		return stderr
	}
	return w
}

// lately are the functions of package fmt that may write to a standard stream, and package rg's that
// starts a goroutine which nothing stops.
func lately() map[string]reflect.Value {
	return map[string]reflect.Value{
		"fmt.Print":   reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprint(stdout, a...) }),
		"fmt.Println": reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprintln(stdout, a...) }),
		"fmt.Printf":  reflect.ValueOf(func(format string, a ...any) (int, error) { return fmt.Fprintf(stdout, format, a...) }),

		"fmt.Fprint":   reflect.ValueOf(func(w io.Writer, a ...any) (int, error) { return fmt.Fprint(late(w), a...) }),
		"fmt.Fprintln": reflect.ValueOf(func(w io.Writer, a ...any) (int, error) { return fmt.Fprintln(late(w), a...) }),
		"fmt.Fprintf":  reflect.ValueOf(func(w io.Writer, format string, a ...any) (int, error) { return fmt.Fprintf(late(w), format, a...) }),

		"github.com/rustygradients/rg/interp/rg.Background": reflect.ValueOf(background),
	}
}

// background is rg.Background: the goroutine belongs to the cell, but not to its run, so that an
// interrupt doesn't end it.
func background(f func()) {
	own := newRun(stderr)
	own.background = true
	if th := currentThread(); th != nil {
		own.stderr, own.late = th.run.stderr, th.run.late
	}
	go func() {
		g, th := startThread(own)
		defer endThread(g, th)
		defer func() {
			if v := recover(); v != nil && !isInterrupt(v) {
				report(own, "rg.Background", th.caught(v))
			}
		}()
		f()
	}()
}
