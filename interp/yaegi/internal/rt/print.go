package rt

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// typed replaces the arguments of %T, which knows nothing of boxes.
func typed(format string, args []any) (string, []any) {
	if !strings.Contains(format, "T") {
		return format, args
	}
	var b strings.Builder
	out := append([]any(nil), args...)
	n := 0
	for i := 0; i < len(format); i++ {
		c := format[i]
		b.WriteByte(c)
		if c != '%' {
			continue
		}
		for i++; i < len(format); i++ {
			c = format[i]
			if c == '*' {
				n++
			}
			if c == '[' {
				// Explicit argument indexes: leave the rest alone.
				b.WriteString(format[i:])
				return b.String(), out
			}
			if strings.IndexByte("+-# 0123456789.*", c) < 0 {
				break
			}
			b.WriteByte(c)
		}
		if i >= len(format) {
			break
		}
		if c == 'T' && n < len(out) && isBoxed(out[n]) {
			out[n] = TypeName(out[n])
			c = 's'
		}
		b.WriteByte(c)
		if c != '%' {
			n++
		}
	}
	return b.String(), out
}

func isBoxed(x any) bool {
	_, ok := unwrap(x).(Box)
	return ok
}

// errorArgs gives %w errors that it accepts.
func errorArgs(args []any) []any {
	out := append([]any(nil), args...)
	for i, a := range out {
		if b, ok := a.(Box); ok {
			if m, ok := b.T.method("Error"); ok && m.sig == "func() string" {
				out[i] = &boxedError{b}
			}
		}
	}
	return out
}

func sprintf(format string, args ...any) string {
	format, args = typed(format, args)
	return fmt.Sprintf(format, args...)
}

func fprintf(w io.Writer, format string, args ...any) (int, error) {
	format, args = typed(format, args)
	return fmt.Fprintf(w, format, args...)
}

func appendf(b []byte, format string, args ...any) []byte {
	format, args = typed(format, args)
	return fmt.Appendf(b, format, args...)
}

func errorf(format string, args ...any) error {
	format, args = typed(format, args)
	return fmt.Errorf(format, errorArgs(args)...)
}

// Printing are the functions of package fmt that write to standard output, bound to Stdout.
func (r *Runtime) Printing() map[string]reflect.Value {
	return map[string]reflect.Value{
		"Print":   reflect.ValueOf(func(args ...any) (int, error) { return fmt.Fprint(r.Stdout, args...) }),
		"Printf":  reflect.ValueOf(r.fmtPrintf),
		"Println": reflect.ValueOf(func(args ...any) (int, error) { return fmt.Fprintln(r.Stdout, args...) }),
	}
}

func (r *Runtime) fmtPrintf(format string, args ...any) (int, error) {
	return fprintf(r.Stdout, format, args...)
}

// print and println are the builtins, which write to standard error in the compiler's formats.
func (r *Runtime) print(args ...any) {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(plain(a))
	}
	_, _ = io.WriteString(r.Stderr, b.String())
}

func (r *Runtime) println(args ...any) {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(plain(a))
	}
	_, _ = io.WriteString(r.Stderr, b.String()+"\n")
}

func plain(x any) string {
	x = rawValue(x)
	v := reflect.ValueOf(x)
	switch v.Kind() {
	case reflect.Invalid:
		return "(0x0,0x0)" // of an interface, for nothing else is nil by itself
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return plainFloat(v.Float())
	case reflect.Complex64, reflect.Complex128:
		im := plainFloat(imag(v.Complex()))
		if im[0] != '-' && im[0] != '+' {
			im = "+" + im
		}
		return "(" + plainFloat(real(v.Complex())) + im + "i)"
	case reflect.String:
		return v.String()
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return fmt.Sprintf("0x%x", v.Pointer())
	case reflect.Slice:
		return fmt.Sprintf("[%d/%d]0x%x", v.Len(), v.Cap(), v.Pointer())
	}
	return fmt.Sprint(x)
}

// plainFloat writes a float as the runtime does since Go 1.26, in as few digits as tell it.
func plainFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func deepEqual(x, y any) bool {
	bx, okx := unwrap(x).(Box)
	by, oky := unwrap(y).(Box)
	if okx != oky {
		return false
	}
	if okx {
		return bx.T == by.T && reflect.DeepEqual(bx.IValue, by.IValue)
	}
	return reflect.DeepEqual(x, y)
}
