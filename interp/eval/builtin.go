//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// builtin compiles the call of a predeclared function, or of one of package unsafe.
func (c *compiler) builtin(e *ast.CallExpr) value {
	name := identOf(e.Fun).Name
	t := c.typ(e)
	if len(e.Args) == 1 && name != "print" && name != "println" {
		if tt, ok := c.typ(e.Args[0]).(*types.Tuple); ok {
			return c.builtinOfTuple(e, tt)
		}
	}
	arg := func(i int) value { return c.expr(e.Args[i]) }
	switch name {
	case "len", "cap":
		return c.length(name, t, arg(0))
	case "new":
		return c.newCall(e, t)
	case "make":
		return c.makeCall(e, t)
	case "append":
		return c.appendCall(e, t)
	case "copy":
		x, y := arg(0), arg(1)
		r := c.rtype(x.typ.Underlying().(*types.Slice).Elem())
		f, g := x.Slice, bytesOf(y)
		return value{typ: t, class: isInt, Int: func(fr *frame) int64 {
			a := f(fr)
			return int64(typedCopy(r, a, g(fr)))
		}}
	case "delete":
		x := arg(0)
		mt := x.typ.Underlying().(*types.Map)
		r, kr := c.rtype(mt), c.rtype(mt.Key())
		m, put := x.Ptr, c.store(c.assignable(arg(1), mt.Key()))
		return value{class: noValue, Do: func(fr *frame) {
			p := m(fr)
			k := newObject(kr)
			put(fr, k)
			mapDelete(r, p, k)
		}}
	case "clear":
		return c.clearCall(arg(0))
	case "close":
		f := arg(0).Ptr
		return value{class: noValue, Do: func(fr *frame) { p := f(fr); close(*(*chan int)(ptr(&p))) }}
	case "panic":
		a := asAny(c.assignable(arg(0), anyType))
		return value{class: noValue, Do: func(fr *frame) { panic(a(fr)) }}
	case "recover":
		return value{typ: t, class: isIface, Iface: recoverCall}
	case "print", "println":
		return c.printCall(e, name == "println")
	case "complex":
		return c.complexCall(e, t)
	case "real":
		a := arg(0).Complex
		return value{typ: t, class: isFloat, Float: func(fr *frame) float64 { return real(a(fr)) }}
	case "imag":
		a := arg(0).Complex
		return value{typ: t, class: isFloat, Float: func(fr *frame) float64 { return imag(a(fr)) }}
	case "min", "max":
		x := c.assignable(arg(0), t)
		for i := 1; i < len(e.Args); i++ {
			x = extreme(t, x, c.assignable(arg(i), t), name == "min")
		}
		return x
	}
	return c.unsafeCall(e, name, t)
}

// builtinOfTuple is a builtin whose arguments are the results of one call.
func (c *compiler) builtinOfTuple(e *ast.CallExpr, tt *types.Tuple) value {
	pre, xs := c.multiple(ast.Unparen(e.Args[0]).(*ast.CallExpr), tt)
	call := *e
	call.Args = nil
	for i, x := range xs {
		call.Args = append(call.Args, c.synthetic(x.typ, local{x.off, false, tt.At(i).Type()}))
	}
	c.u.info.Types[&call] = c.u.info.Types[e]
	return before(pre, c.builtin(&call))
}

// bytesOf is a slice, or a string's bytes.
func bytesOf(v value) func(*frame) slice {
	switch {
	case v.isNil:
		return constantly(slice{})
	case v.class == isString:
		f := v.String
		return func(fr *frame) slice { s := f(fr); return slice{ptr(unsafe.StringData(s)), len(s), len(s)} }
	}
	return v.Slice
}

func (c *compiler) length(name string, t types.Type, x value) value {
	v := value{typ: t, class: isInt}
	xt := x.typ
	if el, ok := elem(xt); ok {
		xt = el
	}
	switch u := xt.Underlying().(type) {
	case *types.Basic:
		if x.inFrame {
			return inFrame(t, x.off+unsafe.Offsetof(slice{}.len))
		}
		f := x.String
		v.Int = func(fr *frame) int64 { return int64(len(f(fr))) }
	case *types.Slice:
		f := x.Slice
		switch {
		case name == "cap":
			v.Int = func(fr *frame) int64 { return int64(f(fr).cap) }
		case x.inFrame:
			return inFrame(t, x.off+unsafe.Offsetof(slice{}.len))
		default:
			v.Int = func(fr *frame) int64 { return int64(f(fr).len) }
		}
	case *types.Array:
		f, n := effect(x), u.Len()
		v.Int = func(fr *frame) int64 { f(fr); return n }
	case *types.Map:
		f := x.Ptr
		v.Int = func(fr *frame) int64 { return int64(mapLen(f(fr))) }
	case *types.Chan:
		f := x.Ptr
		if name == "len" {
			v.Int = func(fr *frame) int64 { p := f(fr); return int64(len(*(*chan int)(ptr(&p)))) }
		} else {
			v.Int = func(fr *frame) int64 { p := f(fr); return int64(cap(*(*chan int)(ptr(&p)))) }
		}
	default:
		refuse("%s of %v is not supported", name, x.typ)
	}
	return v
}

func (c *compiler) newCall(e *ast.CallExpr, t types.Type) value {
	el := t.Underlying().(*types.Pointer).Elem()
	r := c.rtype(el)
	if c.u.info.Types[e.Args[0]].IsType() {
		return value{typ: t, class: isPtr, Ptr: func(*frame) ptr { return newObject(r) }}
	}
	put := c.store(c.assignable(c.expr(e.Args[0]), el))
	return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr {
		p := newObject(r)
		put(fr, p)
		return p
	}}
}

func (c *compiler) makeCall(e *ast.CallExpr, t types.Type) value {
	n := constantly[int64](0)
	if len(e.Args) > 1 {
		n = c.sizeArg(e.Args[1])
	}
	limit := n
	if len(e.Args) > 2 {
		limit = c.sizeArg(e.Args[2])
	}
	same := len(e.Args) <= 2
	switch u := t.Underlying().(type) {
	case *types.Slice:
		r := c.rtype(u.Elem())
		limitOf := int64(math.MaxInt64)
		if r.Size > 0 {
			limitOf = (1 << 47) / int64(r.Size)
		}
		return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
			l := n(fr)
			k := l
			if !same {
				k = limit(fr)
			}
			if l < 0 || l > limitOf {
				_ = make([]struct{}, min(l, -1))
			}
			if k < l || k > limitOf {
				_ = make([]struct{}, l, min(k, l-1))
			}
			return slice{newArray(r, int(k)), int(l), int(k)}
		}}
	case *types.Map:
		typ := c.reflect(t)
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr {
			return reflect.MakeMapWithSize(typ, max(0, int(n(fr)))).UnsafePointer()
		}}
	case *types.Chan:
		typ := reflect.ChanOf(reflect.BothDir, c.reflect(u.Elem()))
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr {
			k := n(fr)
			if k < 0 || k > 1<<40 {
				_ = make(chan int, min(k, -1))
			}
			return reflect.MakeChan(typ, int(k)).UnsafePointer()
		}}
	}
	refuse("make of %v is not supported", t)
	return value{}
}

// sizeArg is an argument of make; an untyped constant may be written as a float.
func (c *compiler) sizeArg(e ast.Expr) func(*frame) int64 {
	if k := c.u.info.Types[e].Value; k != nil {
		return c.constant(k, types.Typ[types.Int]).Int
	}
	x := c.expr(e)
	if unsigned(x.typ) && wide(x.typ) {
		f := x.Int
		return func(fr *frame) int64 {
			if n := f(fr); n >= 0 {
				return n
			}
			return math.MaxInt64
		}
	}
	return x.Int
}

func (c *compiler) appendCall(e *ast.CallExpr, t types.Type) value {
	et := t.Underlying().(*types.Slice).Elem()
	r := c.rtype(et)
	size := r.Size
	s := c.assignable(c.expr(e.Args[0]), t).Slice
	if len(e.Args) == 1 {
		return value{typ: t, class: isSlice, Slice: s}
	}
	if e.Ellipsis.IsValid() {
		more := bytesOf(c.expr(e.Args[1]))
		return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
			a := s(fr)
			b := more(fr)
			n := a.len
			if uint(n+b.len) > uint(a.cap) {
				a = growSlice(r, a, b.len)
			}
			a.len = n + b.len
			if b.len > 0 {
				typedCopy(r, slice{unsafe.Add(a.data, uintptr(n)*size), b.len, b.len}, b)
			}
			return a
		}}
	}
	if len(e.Args) == 2 {
		x := c.assignable(c.expr(e.Args[1]), et)
		switch {
		case x.class == isInt && wide(et):
			f := x.Int
			return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
				a := s(fr)
				v := f(fr)
				b := append(*(*[]int64)(ptr(&a)), v)
				return *(*slice)(ptr(&b))
			}}
		case x.class == isFloat && kindOf(et) == types.Float64:
			f := x.Float
			return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
				a := s(fr)
				v := f(fr)
				b := append(*(*[]float64)(ptr(&a)), v)
				return *(*slice)(ptr(&b))
			}}
		case x.class == isString:
			f := x.String
			return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
				a := s(fr)
				v := f(fr)
				b := append(*(*[]string)(ptr(&a)), v)
				return *(*slice)(ptr(&b))
			}}
		}
	}
	var puts []func(*frame, ptr)
	var offs []uintptr
	for _, a := range e.Args[1:] {
		puts = append(puts, c.store(c.assignable(c.expr(a), et)))
		offs = append(offs, c.temp(et).off)
	}
	k := len(puts)
	return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
		a := s(fr)
		for i, p := range puts {
			p(fr, at(fr, offs[i]))
		}
		n := a.len
		if uint(n+k) > uint(a.cap) {
			a = growSlice(r, a, k)
		}
		a.len = n + k
		for i := range puts {
			typedMove(r, unsafe.Add(a.data, uintptr(n+i)*size), at(fr, offs[i]))
		}
		return a
	}}
}

func (c *compiler) clearCall(x value) value {
	switch u := x.typ.Underlying().(type) {
	case *types.Map:
		r, f := c.rtype(u), x.Ptr
		return value{class: noValue, Do: func(fr *frame) {
			if p := f(fr); p != nil {
				mapClear(r, p)
			}
		}}
	case *types.Slice:
		typ, f := reflect.SliceOf(c.reflect(u.Elem())), x.Slice
		return value{class: noValue, Do: func(fr *frame) {
			s := f(fr)
			reflect.NewAt(typ, ptr(&s)).Elem().Clear()
		}}
	}
	refuse("clear of %v is not supported", x.typ)
	return value{}
}

func (c *compiler) complexCall(e *ast.CallExpr, t types.Type) value {
	ft := types.Typ[types.Float64]
	if kindOf(t) == types.Complex64 {
		ft = types.Typ[types.Float32]
	}
	part := func(i int) func(*frame) float64 {
		x := c.expr(e.Args[i])
		if x.class != isFloat {
			x = c.constant(c.u.info.Types[e.Args[i]].Value, ft)
		}
		return x.Float
	}
	a, b := part(0), part(1)
	return value{typ: t, class: isComplex, Complex: func(fr *frame) complex128 { x := a(fr); return complex(x, b(fr)) }}
}

// extreme is the smaller or the larger of two values.
func extreme(t types.Type, x, y value, smaller bool) value {
	v := value{typ: t, class: x.class}
	switch x.class {
	case isInt:
		un, a, b := unsigned(t), x.Int, y.Int
		v.Int = func(fr *frame) int64 {
			p, q := a(fr), b(fr)
			less := p < q
			if un {
				less = uint64(p) < uint64(q)
			}
			if less == smaller {
				return p
			}
			return q
		}
	case isFloat:
		a, b := x.Float, y.Float
		if smaller {
			v.Float = func(fr *frame) float64 { p := a(fr); return min(p, b(fr)) }
		} else {
			v.Float = func(fr *frame) float64 { p := a(fr); return max(p, b(fr)) }
		}
	case isString:
		a, b := x.String, y.String
		if smaller {
			v.String = func(fr *frame) string { p := a(fr); return min(p, b(fr)) }
		} else {
			v.String = func(fr *frame) string { p := a(fr); return max(p, b(fr)) }
		}
	}
	return v
}

func (c *compiler) printCall(e *ast.CallExpr, line bool) value {
	var parts []func(*frame) string
	for _, x := range c.argValues(e) {
		parts = append(parts, printed(x))
	}
	out := c.stderr
	return value{class: noValue, Do: func(fr *frame) {
		var b strings.Builder
		for i, f := range parts {
			if i > 0 && line {
				b.WriteByte(' ')
			}
			b.WriteString(f(fr))
		}
		if line {
			b.WriteByte('\n')
		}
		// Nobody reads the error of print.
		_, _ = io.WriteString(out, b.String())
	}}
}

// printed writes a value as print does.
func printed(v value) func(*frame) string {
	switch v.class {
	case isBool:
		return printedBy(v.Bool, strconv.FormatBool)
	case isInt:
		if unsigned(v.typ) {
			return printedBy(v.Int, func(n int64) string { return strconv.FormatUint(uint64(n), 10) })
		}
		return printedBy(v.Int, func(n int64) string { return strconv.FormatInt(n, 10) })
	case isFloat:
		return printedBy(v.Float, printedFloat)
	case isComplex:
		return printedBy(v.Complex, func(z complex128) string {
			im := printedFloat(imag(z))
			if im[0] != '-' && im[0] != '+' {
				im = "+" + im
			}
			return "(" + printedFloat(real(z)) + im + "i)"
		})
	case isString:
		return v.String
	case isPtr:
		return printedBy(v.Ptr, func(p ptr) string { return fmt.Sprintf("%#x", uintptr(p)) })
	case isIface:
		return printedBy(v.Iface, func(i iface) string { return fmt.Sprintf("(%#x,%#x)", uintptr(i.tab), uintptr(i.data)) })
	}
	return printedBy(v.Slice, func(s slice) string { return fmt.Sprintf("[%d/%d]%#x", s.len, s.cap, uintptr(s.data)) })
}

func printedFloat(f float64) string {
	if f != f {
		return "NaN"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// unsafeCall compiles what is supported of package unsafe.
func (c *compiler) unsafeCall(e *ast.CallExpr, name string, t types.Type) value {
	arg := func(i int) value { return c.expr(e.Args[i]) }
	switch name {
	case "SliceData":
		f := arg(0).Slice
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr { return f(fr).data }}
	case "StringData":
		f := arg(0).String
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr { return ptr(unsafe.StringData(f(fr))) }}
	case "Add":
		f, g := arg(0).Ptr, arg(1).Int
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr { p := f(fr); return unsafe.Add(p, g(fr)) }}
	case "String":
		f, g := arg(0).Ptr, arg(1).Int
		return value{typ: t, class: isString, String: func(fr *frame) string { p := f(fr); return unsafe.String((*byte)(p), g(fr)) }}
	case "Slice":
		x, g := arg(0), arg(1).Int
		el, _ := elem(x.typ)
		f, size := x.Ptr, int64(max(c.rtype(el).Size, 1))
		return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
			p := f(fr)
			n := g(fr)
			if n < 0 || n > (1<<47)/size {
				_ = unsafe.Slice((*byte)(p), min(n, -1))
			}
			_ = unsafe.Slice((*byte)(p), n*size)
			if p == nil {
				return slice{}
			}
			return slice{p, int(n), int(n)}
		}}
	case "Sizeof":
		return value{typ: t, class: isInt, Int: constantly(int64(c.rtype(c.typ(e.Args[0])).Size))}
	case "Offsetof":
		sel := ast.Unparen(e.Args[0]).(*ast.SelectorExpr)
		t0 := c.typ(sel.X)
		if el, ok := elem(t0); ok {
			t0 = el
		}
		off := uintptr(0)
		for _, i := range c.u.info.Selections[sel].Index() {
			off += c.fieldOffset(t0, i)
			t0 = t0.Underlying().(*types.Struct).Field(i).Type()
		}
		return value{typ: t, class: isInt, Int: constantly(int64(off))}
	case "Alignof":
		return value{typ: t, class: isInt, Int: constantly(int64(c.rtype(c.typ(e.Args[0])).Align))}
	}
	refuse("the function %s is not supported", name)
	return value{}
}

func printedBy[T any](f func(*frame) T, text func(T) string) func(*frame) string {
	return func(fr *frame) string { return text(f(fr)) }
}
