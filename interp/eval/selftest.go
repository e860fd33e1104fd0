//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"errors"
	"reflect"
	"sync"
	"unsafe"
)

type probe struct {
	A int
	B string `tag:"x"`
	E any
}

func (probe) Get() int { return 1 }

// selfTest compares the mirrored layouts with types that the compiler made.
var selfTest = sync.OnceValue(func() (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the runtime's types are not laid out as expected")
		}
	}()
	wrong := func(what string) error {
		return errors.New("the runtime's layout of " + what + " is not the one that this engine knows")
	}
	t := reflect.TypeFor[probe]()
	s := (*structType)(ptr(rt(t)))
	switch {
	case typeOf(rt(t)) != t:
		return wrong("reflect.Type")
	case s.Size != t.Size() || s.Align != uint8(t.Align()) || reflect.Kind(s.Kind) != reflect.Struct:
		return wrong("types")
	case s.TFlag&flagNamed == 0 || s.TFlag&flagUncommon == 0:
		return wrong("type flags")
	case len(s.Fields) != 3 || s.Fields[1].Off != t.Field(1).Offset || typeOf(s.Fields[1].Type) != t.Field(1).Type:
		return wrong("struct types")
	}
	if u := (*uncommonType)(unsafe.Add(ptr(s), unsafe.Sizeof(structType{}))); u.MCount != 1 || u.XCount != 1 {
		return wrong("methods")
	}
	m := (*mapType)(ptr(rt(reflect.TypeFor[map[string]probe]())))
	if typeOf(m.Key) != reflect.TypeFor[string]() || typeOf(m.Elem) != t || m.Hasher == nil {
		return wrong("map types")
	}
	a := (*arrayType)(ptr(rt(reflect.TypeFor[[3]probe]())))
	if typeOf(a.Elem) != t || typeOf(a.Slice) != reflect.TypeFor[[]probe]() || a.Len != 3 {
		return wrong("array types")
	}
	if e := (*elemType)(ptr(rt(reflect.TypeFor[*probe]()))); typeOf(e.Elem) != t || e.TFlag&flagDirect == 0 {
		return wrong("pointer types")
	}
	f := (*funcType)(ptr(rt(reflect.TypeFor[func(int, string) error]())))
	if f.In != 2 || f.Out != 1 {
		return wrong("function types")
	}
	i := (*interfaceType)(ptr(rt(reflect.TypeFor[interface{ Get() int }]())))
	if len(i.Methods) != 1 {
		return wrong("interface types")
	}
	if c := (*chanType)(ptr(rt(reflect.TypeFor[<-chan probe]()))); typeOf(c.Elem) != t || c.Dir != int(reflect.RecvDir) {
		return wrong("channel types")
	}
	var g interface{ Get() int } = probe{}
	if tab := (*itab)((*iface)(ptr(&g)).tab); tab.Type != rt(t) || tab.Inter != &i.rtype {
		return wrong("interface tables")
	}
	// A function value of our own, called by compiled code.
	fn := newFunction("probe", nil)
	fn.ins = append(fn.ins, fn.room(rt(reflect.TypeFor[int]())))
	fn.outs = append(fn.outs, fn.room(rt(reflect.TypeFor[int]())))
	fn.body = func(fr *frame) { *(*int)(at(fr, fn.outs[0].off)) = 2 * *(*int)(at(fr, fn.ins[0].off)) }
	fn.seal()
	cl := newClosure(fn, nil, protoImpl(reflect.TypeFor[func(int) int]()))
	if as[func(int) int](ptr(cl))(21) != 42 {
		return wrong("function values")
	}
	// A compiled function, called by registers.
	double := nativeFunction("eval.double", reflect.ValueOf(func(x float64, s string, n int) (string, error) {
		if x != 1.5 || n != 7 {
			return "", nil
		}
		return s, errors.ErrUnsupported
	}))
	fr := (*frame)(newObject(double.frameType))
	fr.th, fr.fn = new(thread), double
	*(*float64)(at(fr, double.ins[0].off)) = 1.5
	*(*string)(at(fr, double.ins[1].off)) = "x"
	*(*int)(at(fr, double.ins[2].off)) = 7
	double.body(fr)
	if *(*string)(at(fr, double.outs[0].off)) != "x" || !errors.Is(*(*error)(at(fr, double.outs[1].off)), errors.ErrUnsupported) {
		return wrong("calls")
	}
	return nil
})
