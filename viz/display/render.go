package display

import (
	"bytes"
	"fmt"
	"go/token"
	"html"
	"image"
	"image/png"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

var renderers struct {
	sync.RWMutex
	list []func(any) (Bundle, bool)
}

// Register gives a look to values of types that can't have the methods themselves. f reports
// whether it knows the value; the function registered last is asked first. A bundle without
// text/plain is given one. Call it from init.
func Register(f func(v any) (Bundle, bool)) {
	renderers.Lock()
	defer renderers.Unlock()
	renderers.list = append(renderers.list, f)
}

// Render makes the bundle of a value: from its own methods (see the package comment), else from
// what was registered for it, else from its shape. text/plain is always there. A method that panics
// loses only its own representation.
func Render(v any) Bundle {
	switch v := v.(type) {
	case nil:
		return Text("<nil>")
	case Bundle:
		return v.clone()
	case *Bundle:
		if v == nil {
			return Text("<nil>")
		}
		return v.clone()
	}
	if isNil(v) {
		return Text("(" + typeText(reflect.TypeOf(v)) + ")(nil)")
	}
	b := fromMethods(v)
	if len(b.Data) == 0 {
		b = fromRegistered(v)
	}
	if len(b.Data) == 0 {
		b = fromShape(v)
	}
	if _, ok := b.Data[MIMEText]; !ok {
		b.Data[MIMEText] = Format(v)
	}
	return b
}

// clone keeps the caller's map out of reach of those who add an ID or a representation.
func (b Bundle) clone() Bundle {
	data := make(map[string]any, len(b.Data)+1)
	for k, d := range b.Data {
		data[k] = d
	}
	if _, ok := data[MIMEText]; !ok {
		data[MIMEText] = ""
	}
	b.Data = data
	return b
}

func fromMethods(v any) Bundle {
	var b Bundle
	if m, ok := v.(interface{ MIMEBundle() Bundle }); ok {
		guard(func() { b = m.MIMEBundle() })
	}
	if b.Data == nil {
		b.Data = map[string]any{}
	}
	add := func(mime string, get func() any) {
		if _, ok := b.Data[mime]; ok {
			return
		}
		guard(func() { b.Data[mime] = get() })
	}
	if m, ok := v.(interface{ HTML() string }); ok {
		add(MIMEHTML, func() any { return m.HTML() })
	}
	if m, ok := v.(interface{ SVG() []byte }); ok {
		add(MIMESVG, func() any { return string(m.SVG()) })
	}
	if m, ok := v.(interface{ PNG() []byte }); ok {
		add(MIMEPNG, func() any { return m.PNG() })
	}
	return b
}

func fromRegistered(v any) Bundle {
	renderers.RLock()
	list := renderers.list
	renderers.RUnlock()
	for i := len(list) - 1; i >= 0; i-- {
		var b Bundle
		var ok bool
		guard(func() { b, ok = list[i](v) })
		if ok && len(b.Data) > 0 {
			return b
		}
	}
	return Bundle{}
}

func fromShape(v any) Bundle {
	switch v := v.(type) {
	case image.Image:
		if b, ok := fromImage(v); ok {
			return b
		}
	case error:
		return fromError(v)
	case fmt.Stringer, fmt.Formatter:
		return Text(Format(v))
	case []byte:
		return Text(formatBytes(v))
	}
	if t, ok := tableOf(reflect.ValueOf(v)); ok {
		return Bundle{Data: map[string]any{MIMEHTML: t.html(), MIMEText: t.text()}}
	}
	b := Text(Format(v))
	switch v := v.(type) {
	case string:
		if h, ok := longText(v); ok {
			b.Data[MIMEHTML] = h
		}
	default:
		if h, ok := treeOf(reflect.ValueOf(v), b.Plain()); ok {
			b.Data[MIMEHTML] = h
		}
	}
	return b
}

// fromError shows an error in the colour that front ends have for them, with its type where that says something.
func fromError(err error) Bundle {
	text := Format(err)
	name := ""
	if t := ErrorType(err); t != "" {
		name = "<b>" + html.EscapeString(t) + "</b>\n"
	}
	return Bundle{Data: map[string]any{
		MIMEText: text,
		MIMEHTML: `<pre style="margin:0;padding:0;color:var(--jp-error-color1,#d32f2f)">` + name + html.EscapeString(text) + "</pre>",
	}}
}

// ErrorType names the type of an error where that says more than that it is one: not for what errors.New, errors.Join
// and fmt.Errorf make.
func ErrorType(err error) string {
	t := reflect.TypeOf(err)
	named := t
	if t.Kind() == reflect.Pointer {
		named = t.Elem()
	}
	if path := named.PkgPath(); strings.Contains(path, "/internal/") || path != "main" && !token.IsExported(named.Name()) {
		return "" // nobody can name it
	}
	return typeText(t)
}

// maxFolded is how much of a long string is there to be opened.
const maxFolded = 200_000

// longText shows a string that Format cuts, with what it leaves out closed below it.
func longText(s string) (string, bool) {
	if len(s) <= maxString {
		return "", false
	}
	cut := maxString
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return "<pre>" + html.EscapeString(s[:cut]) + "</pre>\n<details><summary>… " + Count(len(s)-cut) +
		" bytes more</summary><pre>" + html.EscapeString(clip(s[cut:], maxFolded)) + "</pre></details>", true
}

// The longest edge of an image shown as it is. Beyond it a notebook grows by many megabytes.
const maxImageEdge = 4096

func fromImage(img image.Image) (Bundle, bool) {
	size := img.Bounds().Size()
	text := fmt.Sprintf("%T, %d×%d", img, size.X, size.Y)
	if size.X <= 0 || size.Y <= 0 {
		return Text(text + ", empty"), true
	}
	if size.X > maxImageEdge || size.Y > maxImageEdge {
		return Text(fmt.Sprintf("%s: too large to show (the limit is %d pixels an edge); scale it down first",
			text, maxImageEdge)), true
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return Bundle{}, false
	}
	return Bundle{Data: map[string]any{MIMEPNG: buf.Bytes(), MIMEText: text}}, true
}

func isNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}

func guard(f func()) {
	defer func() { _ = recover() }()
	f()
}
