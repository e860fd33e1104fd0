package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/viz/display"
)

type values = []reflect.Value

// resultError is a cell's last value where that is a non-nil error.
type resultError struct {
	err  error
	text string         // of err, whose method may be the cell's own
	pos  token.Position // of the last expression
}

func (e *resultError) Error() string { return e.text }
func (e *resultError) Unwrap() error { return e.err }

// result makes of the last expression's values what the cell shows. An error at their end is the
// cell's own when it isn't nil, and not worth showing when it is, unless it was asked for by name.
// Nor is what fmt.Println and its like return: how many bytes they wrote.
func result(p *check.Program, vs values) (b display.Bundle, shown bool, err error) {
	if p.Result == nil || len(vs) == 0 {
		return b, false, nil
	}
	static := resultTypes(p)
	if len(static) != len(vs) {
		return b, false, fmt.Errorf("%d values of a result that has %d", len(vs), len(static))
	}
	last := len(vs) - 1
	call, isCall := ast.Unparen(p.Result.X).(*ast.CallExpr)
	if types.Identical(static[last], types.Universe.Lookup("error").Type()) {
		if err, ok := asError(vs[last]); ok {
			return b, false, &resultError{err, errorText(err), p.Fset.Position(p.Result.X.Pos())}
		}
		if isCall {
			if wroteBytes(p.Info, call) {
				return b, false, nil
			}
			vs, static = vs[:last], static[:last]
		}
	}
	switch len(vs) {
	case 0:
		return b, false, nil
	case 1:
		return render(vs[0], static[0]), true, nil
	}
	bundles := make([]display.Bundle, len(vs))
	for i := range vs {
		bundles[i] = render(vs[i], static[i])
	}
	return sideBySide(bundles), true, nil
}

// errorText is an error's message. Its method is the cell's own code: of a nil pointer in an interface it may panic.
func errorText(err error) (text string) {
	defer func() {
		if recover() == nil {
			return
		}
		if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
			text = "a nil pointer in an error, which makes it one that isn't nil"
			return
		}
		text = fmt.Sprint(err) // says what the method panicked with
	}()
	return err.Error()
}

// resultTypes lists the types of the result's values.
func resultTypes(p *check.Program) []types.Type {
	t := p.Info.TypeOf(p.Result.X)
	if tuple, ok := t.(*types.Tuple); ok {
		var list []types.Type
		for i := range tuple.Len() {
			list = append(list, tuple.At(i).Type())
		}
		return list
	}
	return []types.Type{t}
}

// wroteBytes says whether a call returns (n int, err error), as writing functions do.
func wroteBytes(info *types.Info, call *ast.CallExpr) bool {
	s, ok := types.Unalias(info.TypeOf(call.Fun)).(*types.Signature)
	return ok && s.Results().Len() == 2 && s.Results().At(0).Name() == "n" && s.Results().At(1).Name() == "err" &&
		types.Identical(s.Results().At(0).Type(), types.Typ[types.Int])
}

func asError(v reflect.Value) (error, bool) {
	if !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil() || !v.CanInterface() {
		return nil, false
	}
	err, ok := v.Interface().(error)
	return err, ok && err != nil
}

// render shows one value. The static type speaks where a value can't: of a function and of nil.
func render(v reflect.Value, t types.Type) display.Bundle {
	if !v.IsValid() {
		return display.Text("<nil>")
	}
	if v.Kind() == reflect.Interface {
		if v.IsNil() {
			return display.Text("<nil>")
		}
		v = v.Elem()
	}
	switch t.Underlying().(type) {
	case *types.Signature:
		return display.Text(typeName(t))
	case *types.Pointer, *types.Chan:
		if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Chan) && v.IsNil() {
			return display.Text("(" + typeName(t) + ")(nil)")
		}
	}
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.IsNil() && !types.IsInterface(t) {
		return display.Text(typeName(t) + "(nil)")
	}
	if !v.CanInterface() {
		return display.Text(fmt.Sprint(v))
	}
	return display.Render(v.Interface())
}

// typeName writes a type as a cell's author would.
func typeName(t types.Type) string {
	return check.Plain(types.TypeString(t, func(p *types.Package) string {
		if p.Path() == check.PackageName {
			return ""
		}
		return p.Name()
	}))
}

// sideBySide makes one bundle of several: their texts in a row, and, where one of them is more than
// text, all of them below each other.
func sideBySide(list []display.Bundle) display.Bundle {
	var texts, htmls []string
	rich := false
	for _, b := range list {
		texts = append(texts, b.Plain())
		switch h := b.Data[display.MIMEHTML].(type) {
		case string:
			htmls, rich = append(htmls, h), true
			continue
		}
		if svg, ok := b.Data[display.MIMESVG].(string); ok {
			htmls, rich = append(htmls, svg), true
			continue
		}
		htmls = append(htmls, "<pre>"+escape(b.Plain())+"</pre>")
	}
	sep := ", "
	for _, t := range texts {
		if strings.Contains(t, "\n") {
			sep = "\n"
		}
	}
	b := display.Text(strings.Join(texts, sep))
	if rich {
		b.Data[display.MIMEHTML] = "<div>" + strings.Join(htmls, "</div><div>") + "</div>"
	}
	return b
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace
