package mmap

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Fault is what Guard panics with when mapped bytes can't be read.
type Fault struct {
	Path   string
	Offset int64 // in the file
	Size   int64 // of the file when it was opened
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s: byte %d of %d can't be read any more: the file shrank, or its disk failed, while it was in use; "+
		"load it again (replace files by renaming, not by writing over them)", f.Path, f.Offset, f.Size)
}

// Active reports whether any file is mapped: whether Guard does anything.
func Active() bool { return live.n.Load() > 0 }

// Guard runs f. While files are mapped, a fault on reading one of them becomes a panic with a *Fault.
func Guard(f func()) {
	if !Active() {
		f()
		return
	}
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			panic(Explain(r))
		}
	}()
	f()
}

// Try runs f and returns the fault that reading a mapped file in it came to, or nil.
func Try(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*Fault)
			if !ok {
				panic(r)
			}
			err = fault
		}
	}()
	Guard(f)
	return nil
}

// Explain turns what was recovered from a panic into the *Fault behind it, if there is one, and returns
// anything else as it is.
func Explain(r any) any {
	e, ok := r.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok {
		return r
	}
	if path, offset, size, ok := live.find(e.Addr()); ok {
		return &Fault{path, offset, size}
	}
	return r
}
