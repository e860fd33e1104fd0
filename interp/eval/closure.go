//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"reflect"
	"sync"
)

// closure is a function value: its first word is code, as compiled code expects it, namely
// closureStub, which takes the makeFuncImpl that follows.
type closure struct {
	code uintptr
	impl makeFuncImpl
	// thunk is a method value: its code word and the receiver.
	thunkCode uintptr
	thunkRecv *closure
	fn        *function
	env       []ptr
}

// called is what reflect calls when compiled code calls the closure.
func (c *closure) called(args []reflect.Value) []reflect.Value { return callIn(c.fn, c.env, nil, args) }

// thunkCode is the code of the method value (*closure).called.
var thunkCode = func() uintptr {
	f := (&closure{}).called
	return **(**uintptr)(ptr(&f))
}()

var protoImpls sync.Map // *rtype of a function → makeFuncImpl

func protoImpl(t reflect.Type) makeFuncImpl {
	if p, ok := protoImpls.Load(rt(t)); ok {
		return p.(makeFuncImpl)
	}
	v := reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value { return nil }).Interface()
	p := *(*makeFuncImpl)((*iface)(ptr(&v)).data)
	p.call = nil
	protoImpls.Store(rt(t), p)
	return p
}

func newClosure(f *function, env []ptr, proto makeFuncImpl) *closure {
	c := &closure{code: closureCode, impl: proto, thunkCode: thunkCode, fn: f, env: env}
	c.thunkRecv = c
	c.impl.call = ptr(&c.thunkCode)
	if code := shapeCode(f); code != 0 {
		// What such code takes for the variable that it captured is the word behind it.
		c.code, c.impl.fn = code, uintptr(ptr(c))
	}
	return c
}

// closureOf is the closure behind a function value that isn't nil, or nil if that is compiled code's.
func closureOf(target ptr) *closure {
	switch code := *(*uintptr)(target); code {
	case closureCode, wordToWord, wordsToWord, floatToFloat:
		return (*closure)(target)
	}
	return nil
}
