//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"math"
	"reflect"
	"sync"
	"unsafe"
)

// Go's calling convention gives the words of the arguments to nine integer registers and their floats
// to fifteen others, in order, whatever types they make up. So a function can be called as one of
// nine words and some floats, as long as its arguments fit; and its results come back likewise.
// Words are passed as numbers: the frame that they are read from keeps what they point to. Results
// that are pointers are typed so, for the collector must see them.

// piece is one register's worth of an argument or a result.
type piece struct {
	off  uintptr
	kind reflect.Kind // Int8 to Uint64, Float32, Float64, UnsafePointer
}

// pieces takes a type apart. It reports false for what the convention passes in memory.
func pieces(t reflect.Type, off uintptr, list []piece) ([]piece, bool) {
	switch k := t.Kind(); k {
	case reflect.Bool:
		return append(list, piece{off, reflect.Uint8}), true
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Float32, reflect.Float64:
		return append(list, piece{off, k}), true
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return append(list, piece{off, reflect.Uint64}), true
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func:
		return append(list, piece{off, reflect.UnsafePointer}), true
	case reflect.String:
		return append(list, piece{off, reflect.UnsafePointer}, piece{off + 8, reflect.Uint64}), true
	case reflect.Slice:
		return append(list, piece{off, reflect.UnsafePointer}, piece{off + 8, reflect.Uint64}, piece{off + 16, reflect.Uint64}), true
	case reflect.Interface:
		return append(list, piece{off, reflect.UnsafePointer}, piece{off + 8, reflect.UnsafePointer}), true
	case reflect.Complex64:
		return append(list, piece{off, reflect.Float32}, piece{off + 4, reflect.Float32}), true
	case reflect.Complex128:
		return append(list, piece{off, reflect.Float64}, piece{off + 8, reflect.Float64}), true
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" || f.Type.Size() == 0 {
				return nil, false
			}
			ok := false
			if list, ok = pieces(f.Type, off+f.Offset, list); !ok {
				return nil, false
			}
		}
		return list, t.NumField() > 0
	case reflect.Array:
		if t.Len() == 1 {
			return pieces(t.Elem(), off, list)
		}
	}
	return nil, false
}

const (
	maxWords  = 9
	maxFloats = 4
)

// nativePlan is how a native function is called by registers.
type nativePlan struct {
	words  []piece
	floats []piece
	outs   []piece
	shape  string // of the results: w word, p pointer, f float64, g float32
}

func newPlan(f *function) (*nativePlan, bool) {
	p := &nativePlan{}
	for _, s := range f.ins {
		list, ok := pieces(typeOf(s.typ), s.off, nil)
		if !ok {
			return nil, false
		}
		for _, x := range list {
			if x.kind == reflect.Float32 || x.kind == reflect.Float64 {
				p.floats = append(p.floats, x)
			} else {
				p.words = append(p.words, x)
			}
		}
	}
	for _, s := range f.outs {
		list, ok := pieces(typeOf(s.typ), s.off, nil)
		if !ok {
			return nil, false
		}
		for _, x := range list {
			p.outs = append(p.outs, x)
			switch x.kind {
			case reflect.UnsafePointer:
				p.shape += "p"
			case reflect.Float64:
				p.shape += "f"
			case reflect.Float32:
				p.shape += "g"
			default:
				p.shape += "w"
			}
		}
	}
	_, known := callers[p.shape]
	return p, known && len(p.words) <= maxWords && len(p.floats) <= maxFloats
}

// registers are the arguments of a call.
type registers struct {
	w [maxWords]uintptr
	f [maxFloats]float64
}

func (p *nativePlan) load(fr *frame, r *registers) {
	for i, x := range p.words {
		a := at(fr, x.off)
		switch x.kind {
		case reflect.Uint8:
			r.w[i] = uintptr(*(*uint8)(a))
		case reflect.Int8:
			r.w[i] = uintptr(*(*int8)(a))
		case reflect.Uint16:
			r.w[i] = uintptr(*(*uint16)(a))
		case reflect.Int16:
			r.w[i] = uintptr(*(*int16)(a))
		case reflect.Uint32:
			r.w[i] = uintptr(*(*uint32)(a))
		case reflect.Int32:
			r.w[i] = uintptr(*(*int32)(a))
		default:
			r.w[i] = *(*uintptr)(a)
		}
	}
	for i, x := range p.floats {
		if x.kind == reflect.Float32 {
			r.f[i] = math.Float64frombits(uint64(*(*uint32)(at(fr, x.off))))
		} else {
			r.f[i] = *(*float64)(at(fr, x.off))
		}
	}
}

// putWord stores a result in its size.
func putWord(fr *frame, x piece, v uintptr) {
	a := at(fr, x.off)
	switch x.kind {
	case reflect.Uint8, reflect.Int8:
		*(*uint8)(a) = uint8(v)
	case reflect.Uint16, reflect.Int16:
		*(*uint16)(a) = uint16(v)
	case reflect.Uint32, reflect.Int32:
		*(*uint32)(a) = uint32(v)
	default:
		*(*uintptr)(a) = v
	}
}

func putPtr(fr *frame, x piece, v ptr) { *(*ptr)(at(fr, x.off)) = v }

// as makes a Go function of a function value.
func as[F any](target ptr) F { return *(*F)(ptr(&target)) }

func call0(t ptr, r *registers) {
	as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64)](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

func call1[A any](t ptr, r *registers) A {
	return as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64) A](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

func call2[A, B any](t ptr, r *registers) (A, B) {
	return as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64) (A, B)](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

func call3[A, B, C any](t ptr, r *registers) (A, B, C) {
	return as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64) (A, B, C)](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

func call4[A, B, C, D any](t ptr, r *registers) (A, B, C, D) {
	return as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64) (A, B, C, D)](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

func call5[A, B, C, D, E any](t ptr, r *registers) (A, B, C, D, E) {
	return as[func(a, b, c, d, e, f, g, h, i uintptr, x, y, z, u float64) (A, B, C, D, E)](t)(r.w[0], r.w[1], r.w[2], r.w[3], r.w[4], r.w[5], r.w[6], r.w[7], r.w[8], r.f[0], r.f[1], r.f[2], r.f[3])
}

type word = uintptr

// callers call a function whose results have a shape, and store them.
var callers = map[string]func(t ptr, r *registers, fr *frame, o []piece){
	"":  func(t ptr, r *registers, _ *frame, _ []piece) { call0(t, r) },
	"w": func(t ptr, r *registers, fr *frame, o []piece) { putWord(fr, o[0], call1[word](t, r)) },
	"p": func(t ptr, r *registers, fr *frame, o []piece) { putPtr(fr, o[0], call1[ptr](t, r)) },
	"f": func(t ptr, r *registers, fr *frame, o []piece) { *(*float64)(at(fr, o[0].off)) = call1[float64](t, r) },
	"g": func(t ptr, r *registers, fr *frame, o []piece) { *(*float32)(at(fr, o[0].off)) = call1[float32](t, r) },
	"ff": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[float64, float64](t, r)
		*(*float64)(at(fr, o[0].off)), *(*float64)(at(fr, o[1].off)) = a, b
	},
	"fw": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[float64, word](t, r)
		*(*float64)(at(fr, o[0].off)) = a
		putWord(fr, o[1], b)
	},
	"fpp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[float64, ptr, ptr](t, r)
		*(*float64)(at(fr, o[0].off)) = a
		putPtr(fr, o[1], b)
		putPtr(fr, o[2], c)
	},
	"ww": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[word, word](t, r)
		putWord(fr, o[0], a)
		putWord(fr, o[1], b)
	},
	"wp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[word, ptr](t, r)
		putWord(fr, o[0], a)
		putPtr(fr, o[1], b)
	},
	"pw": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[ptr, word](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
	},
	"pp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b := call2[ptr, ptr](t, r)
		putPtr(fr, o[0], a)
		putPtr(fr, o[1], b)
	},
	"www": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[word, word, word](t, r)
		putWord(fr, o[0], a)
		putWord(fr, o[1], b)
		putWord(fr, o[2], c)
	},
	"wwp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[word, word, ptr](t, r)
		putWord(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
	},
	"wpp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[word, ptr, ptr](t, r)
		putWord(fr, o[0], a)
		putPtr(fr, o[1], b)
		putPtr(fr, o[2], c)
	},
	"pww": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[ptr, word, word](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
		putWord(fr, o[2], c)
	},
	"ppw": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[ptr, ptr, word](t, r)
		putPtr(fr, o[0], a)
		putPtr(fr, o[1], b)
		putWord(fr, o[2], c)
	},
	"ppp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c := call3[ptr, ptr, ptr](t, r)
		putPtr(fr, o[0], a)
		putPtr(fr, o[1], b)
		putPtr(fr, o[2], c)
	},
	"pwpp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d := call4[ptr, word, ptr, ptr](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
		putPtr(fr, o[3], d)
	},
	"pwpw": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d := call4[ptr, word, ptr, word](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
		putWord(fr, o[3], d)
	},
	"wwpp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d := call4[word, word, ptr, ptr](t, r)
		putWord(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
		putPtr(fr, o[3], d)
	},
	"pwwpp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d, e := call5[ptr, word, word, ptr, ptr](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
		putWord(fr, o[2], c)
		putPtr(fr, o[3], d)
		putPtr(fr, o[4], e)
	},
	"pwpww": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d, e := call5[ptr, word, ptr, word, word](t, r)
		putPtr(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
		putWord(fr, o[3], d)
		putWord(fr, o[4], e)
	},
	"wwppp": func(t ptr, r *registers, fr *frame, o []piece) {
		a, b, c, d, e := call5[word, word, ptr, ptr, ptr](t, r)
		putWord(fr, o[0], a)
		putWord(fr, o[1], b)
		putPtr(fr, o[2], c)
		putPtr(fr, o[3], d)
		putPtr(fr, o[4], e)
	},
}

// receiverKind says where a native function has its receiver. Frames have it behind the rest.
type receiverKind int

const (
	noReceiver    receiverKind = iota
	typedReceiver              // the first parameter of the function's type
	wordReceiver               // an interface's data word, which the type doesn't mention
)

// newNative makes a function that calls compiled code: a fixed function, or what the frame says.
func newNative(name string, ft reflect.Type, target ptr, recv receiverKind) *function {
	f := newFunction(name, nil)
	f.native, f.target = true, target
	if recv == wordReceiver {
		in := []reflect.Type{reflect.TypeFor[unsafe.Pointer]()}
		for i := range ft.NumIn() {
			in = append(in, ft.In(i))
		}
		var out []reflect.Type
		for i := range ft.NumOut() {
			out = append(out, ft.Out(i))
		}
		ft = reflect.FuncOf(in, out, ft.IsVariadic())
	}
	for i := range ft.NumIn() {
		if i == 0 && recv != noReceiver {
			f.ins = append(f.ins, slot{})
			continue
		}
		f.ins = append(f.ins, f.room(rt(ft.In(i))))
	}
	for i := range ft.NumOut() {
		f.outs = append(f.outs, f.room(rt(ft.Out(i))))
	}
	if recv != noReceiver {
		f.ins[0] = f.room(rt(ft.In(0)))
	}
	f.seal()
	if p, ok := newPlan(f); ok {
		call := callers[p.shape]
		f.body = func(fr *frame) {
			if th := fr.th; th.collections != collections.Load() {
				th.forget()
			}
			t := f.target
			if t == nil {
				t = fr.target
			}
			r := &fr.th.registers
			p.load(fr, r)
			call(t, r, fr, p.outs)
		}
		return f
	}
	f.body = func(fr *frame) {
		if th := fr.th; th.collections != collections.Load() {
			th.forget()
		}
		t := f.target
		if t == nil {
			t = fr.target
		}
		args := make([]reflect.Value, len(f.ins))
		for i, s := range f.ins {
			args[i] = reflect.NewAt(typeOf(s.typ), at(fr, s.off)).Elem()
		}
		v := reflect.NewAt(ft, ptr(&t)).Elem()
		var out []reflect.Value
		if ft.IsVariadic() {
			out = v.CallSlice(args)
		} else {
			out = v.Call(args)
		}
		for i, s := range f.outs {
			reflect.NewAt(typeOf(s.typ), at(fr, s.off)).Elem().Set(out[i])
		}
	}
	return f
}

var natives sync.Map // ptr of a function value → *function

// nativeFunction is a compiled function.
func nativeFunction(name string, v reflect.Value) *function {
	target := *(*ptr)(addressable(v).Addr().UnsafePointer())
	if f, ok := natives.Load(target); ok && name == f.(*function).name {
		return f.(*function)
	}
	f := newNative(name, v.Type(), target, noReceiver)
	natives.Store(target, f)
	return f
}

// nativeMethod is a compiled method, as a function whose first parameter is the receiver.
func nativeMethod(name string, v reflect.Value) *function {
	return newNative(name, v.Type(), *(*ptr)(addressable(v).Addr().UnsafePointer()), typedReceiver)
}

func addressable(v reflect.Value) reflect.Value {
	n := reflect.New(v.Type()).Elem()
	n.Set(v)
	return n
}

var foreigners, foreignMethods sync.Map // reflect.Type → *function

// foreignFunction calls a function value of compiled code.
func foreignFunction(ft reflect.Type) *function {
	if f, ok := foreigners.Load(ft); ok {
		return f.(*function)
	}
	f, _ := foreigners.LoadOrStore(ft, newNative("", ft, nil, noReceiver))
	return f.(*function)
}

// foreignMethod calls a method of a compiled type that an itab has.
func foreignMethod(ft reflect.Type) *function {
	if f, ok := foreignMethods.Load(ft); ok {
		return f.(*function)
	}
	f, _ := foreignMethods.LoadOrStore(ft, newNative("", ft, nil, wordReceiver))
	return f.(*function)
}
