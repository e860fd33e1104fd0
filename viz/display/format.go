package display

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what Format writes: enough to see what a value is, never enough to choke a page.
const (
	maxString   = 10_000 // bytes of one string at the top
	maxInner    = 200    // bytes of a string inside another value
	maxElements = 100    // elements of a slice, entries of a map
	maxDepth    = 6
	maxBytes    = 256 // of a []byte in hexadecimal
	maxText     = 20_000
)

// Format writes a value as Go's %+v does, with three differences: strings inside other values are
// quoted, long values are cut with a count of what is missing, and cycles end.
func Format(v any) string {
	if s, ok := v.(string); ok {
		return clip(s, maxString)
	}
	if b, ok := v.([]byte); ok {
		return formatBytes(b)
	}
	var p printer
	p.value(reflect.ValueOf(v), 0)
	return p.String()
}

// What SetPrecision takes for a number of digits.
const (
	UsualPrecision = -1 // as many as tell a float from its neighbours, but in tables six after the point at most
	FullPrecision  = -2 // as many as tell a float from its neighbours, in tables too
)

// precision is what SetPrecision was told, and 1 more, so that 0 is the usual.
var precision atomic.Int32

const usual = UsualPrecision + 1

// SetPrecision says with how many digits after the point Format and tables show floats. It is of the whole process.
func SetPrecision(digits int) { precision.Store(int32(max(digits, FullPrecision)) + 1) }

type printer struct {
	strings.Builder
	brief bool // floats as tables have them
}

func (p *printer) value(v reflect.Value, depth int) {
	if !v.IsValid() {
		p.WriteString("<nil>")
		return
	}
	if p.Len() > maxText {
		p.WriteString("…")
		return
	}
	if p.method(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		p.WriteString(strconv.Quote(clip(v.String(), maxInner)))
	case reflect.Interface:
		p.value(v.Elem(), depth)
	case reflect.Pointer:
		p.pointer(v, depth)
	case reflect.Struct:
		p.structure(v, depth)
	case reflect.Slice, reflect.Array:
		p.list(v, depth)
	case reflect.Map:
		p.mapping(v, depth)
	case reflect.Func, reflect.Chan:
		if v.IsNil() {
			p.WriteString("<nil>")
			return
		}
		p.WriteString(v.Type().String())
		if v.Kind() == reflect.Chan && v.Cap() > 0 {
			fmt.Fprintf(p, " (%d of %d buffered)", v.Len(), v.Cap())
		}
	case reflect.Float32, reflect.Float64:
		if n := precision.Load(); n > 0 {
			fmt.Fprintf(p, "%.*f", int(n)-1, v.Float())
			return
		}
		if p.brief {
			bits := v.Type().Bits()
			p.WriteString(floatText(v.Float(), bits, digitsOf(v.Float(), bits)))
			return
		}
		fmt.Fprintf(p, "%v", v)
	case reflect.Complex64, reflect.Complex128:
		if n := precision.Load(); n > 0 {
			fmt.Fprintf(p, "%.*f", int(n)-1, v.Complex())
			return
		}
		fmt.Fprintf(p, "%v", v)
	default:
		fmt.Fprintf(p, "%v", v) // fmt looks through a reflect.Value, unexported fields included
	}
}

// method lets Error and String speak, as fmt does; fmt also catches their panics.
func (p *printer) method(v reflect.Value) bool {
	if !v.CanInterface() || v.Kind() == reflect.Interface {
		return false
	}
	switch m := v.Interface().(type) {
	case time.Time:
		p.WriteString(m.Round(0).String()) // without the reading of the monotonic clock
		return true
	case error, fmt.Stringer, fmt.Formatter:
		p.WriteString(clip(fmt.Sprint(m), maxString))
		return true
	}
	return false
}

func (p *printer) pointer(v reflect.Value, depth int) {
	switch {
	case v.IsNil():
		p.WriteString("<nil>")
	case depth >= maxDepth:
		p.WriteString("&…")
	default:
		switch v.Elem().Kind() {
		case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
			p.WriteByte('&')
			p.value(v.Elem(), depth+1)
		default:
			p.WriteByte('&')
			p.value(v.Elem(), depth+1)
		}
	}
}

func (p *printer) structure(v reflect.Value, depth int) {
	if depth >= maxDepth {
		p.WriteString("{…}")
		return
	}
	p.WriteByte('{')
	for i := range v.NumField() {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(v.Type().Field(i).Name)
		p.WriteByte(':')
		p.value(v.Field(i), depth+1)
	}
	p.WriteByte('}')
}

func (p *printer) list(v reflect.Value, depth int) {
	if depth >= maxDepth && v.Len() > 0 {
		p.WriteString("[…]")
		return
	}
	p.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			p.WriteByte(' ')
		}
		if i >= maxElements {
			fmt.Fprintf(p, "… %s more", Count(v.Len()-i))
			break
		}
		p.value(v.Index(i), depth+1)
	}
	p.WriteByte(']')
}

func (p *printer) mapping(v reflect.Value, depth int) {
	if depth >= maxDepth && v.Len() > 0 {
		p.WriteString("map[…]")
		return
	}
	p.WriteString("map[")
	for i, key := range sortedKeys(v) {
		if i > 0 {
			p.WriteByte(' ')
		}
		if i >= maxElements {
			fmt.Fprintf(p, "… %s more", Count(v.Len()-i))
			break
		}
		p.value(key, depth+1)
		p.WriteByte(':')
		p.value(v.MapIndex(key), depth+1)
	}
	p.WriteByte(']')
}

// sortedKeys orders numbers by size and everything else by its text.
func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	texts := make(map[reflect.Value]string, len(keys))
	switch m.Type().Key().Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		sort.Slice(keys, func(i, j int) bool { return keys[i].Int() < keys[j].Int() })
		return keys
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		sort.Slice(keys, func(i, j int) bool { return keys[i].Uint() < keys[j].Uint() })
		return keys
	case reflect.Float32, reflect.Float64:
		sort.Slice(keys, func(i, j int) bool { return keys[i].Float() < keys[j].Float() })
		return keys
	case reflect.String:
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		return keys
	}
	for _, k := range keys {
		var p printer
		p.value(k, 0)
		texts[k] = p.String()
	}
	sort.SliceStable(keys, func(i, j int) bool { return texts[keys[i]] < texts[keys[j]] })
	return keys
}

func formatBytes(b []byte) string {
	if len(b) == 0 {
		return "[]byte, empty"
	}
	head := fmt.Sprintf("[]byte, %s bytes: ", Count(len(b)))
	if printable(b) {
		return head + strconv.Quote(clip(string(b), maxString))
	}
	shown := b[:min(len(b), maxBytes)]
	out := head + "\n" + strings.TrimRight(hex.Dump(shown), "\n")
	if len(b) > len(shown) {
		out += fmt.Sprintf("\n… %s more bytes", Count(len(b)-len(shown)))
	}
	return out
}

func printable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// clip cuts s to about n bytes at a rune's start and says how much is missing.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := n
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%s bytes more)", s[:cut], Count(len(s)-cut))
}

// Count writes a number with its thousands apart: 12,345.
func Count(n int) string {
	s := strconv.Itoa(n)
	start := 1
	if n < 0 {
		start = 2
	}
	for i := len(s) - 3; i >= start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
