package display

import (
	"fmt"
	"html"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a tree. What is closed can be opened, so they are wider than those of text.
const (
	plainWidth  = 80   // text that is no longer than this needs no tree
	treeWidth   = 60   // nor does a branch
	treeFirst   = 50   // elements of a list, before the others are closed
	treeBudget  = 2000 // lines in all
	flowOpened  = 1000 // elements of a list of small things that can be opened
	maxTypeName = 60
)

// treeOf shows a nested value as a tree whose branches open and close. It reports whether the value is one that
// its text doesn't show well enough.
func treeOf(v reflect.Value, text string) (string, bool) {
	if utf8.RuneCountInString(text) <= plainWidth || !branches(v) {
		return "", false
	}
	if in := inside(v); flat(in) && in.Len() <= maxElements && !isFloat(in.Type().Elem()) {
		return "", false // the text leaves nothing out
	}
	t := tree{left: treeBudget, path: map[uintptr]bool{}}
	t.WriteString(`<div style="font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);line-height:1.45">`)
	t.node("", v, 0)
	t.WriteString("</div>")
	return t.String(), true
}

// branches says whether a value is made of others.
func branches(v reflect.Value) bool {
	v = inside(v)
	if !v.IsValid() || v.CanInterface() && speaks(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.Struct:
		return v.NumField() > 0
	case reflect.Slice, reflect.Array, reflect.Map:
		return v.Len() > 0
	}
	return false
}

// inside looks through interfaces and pointers, but not at what speaks for itself.
func inside(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) && !v.IsNil() {
		if v.Kind() == reflect.Pointer && v.CanInterface() && speaks(v.Type()) {
			return v
		}
		v = v.Elem()
	}
	return v
}

type tree struct {
	strings.Builder
	left int              // lines that may still be written
	path map[uintptr]bool // the pointers that lead here
}

// node writes one value, below its name.
func (t *tree) node(name string, v reflect.Value, depth int) {
	t.left--
	if name != "" {
		name = `<span style="opacity:.75">` + html.EscapeString(name) + "</span> "
	}
	var p printer
	p.value(v, 1)
	text := p.String()
	if !branches(v) || depth > 0 && utf8.RuneCountInString(text) <= treeWidth {
		fmt.Fprintf(t, "<div>%s%s</div>\n", name, html.EscapeString(oneLine(clip(text, maxCell))))
		return
	}
	if at, ok := address(v); ok {
		if t.path[at] {
			fmt.Fprintf(t, "<div>%s↺ a value above</div>\n", name)
			return
		}
		t.path[at] = true
		defer delete(t.path, at)
	}
	open := ""
	if depth == 0 {
		open = " open"
	}
	v = inside(v)
	fmt.Fprintf(t, "<details%s><summary>%s%s</summary><div style=\"margin-left:1.4em\">\n", open, name, html.EscapeString(kindOf(v)))
	t.children(v, depth+1)
	t.WriteString("</div></details>\n")
}

func (t *tree) children(v reflect.Value, depth int) {
	if flat(v) {
		t.flow(v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		t.list(v.NumField(), func(i int) { t.node(v.Type().Field(i).Name, v.Field(i), depth) })
	case reflect.Slice, reflect.Array:
		t.list(v.Len(), func(i int) { t.node(strconv.Itoa(i), v.Index(i), depth) })
	case reflect.Map:
		keys := sortedKeys(v)
		t.list(len(keys), func(i int) { t.node(entryText(keys[i]), v.MapIndex(keys[i]), depth) })
	}
}

// flat says whether a value is a list of small things, which need no line each.
func flat(v reflect.Value) bool {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return false
	}
	switch k := v.Type().Elem().Kind(); k {
	case reflect.String, reflect.Bool:
		return true
	default:
		return k >= reflect.Int && k <= reflect.Complex128
	}
}

func isFloat(t reflect.Type) bool {
	return (t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64) && !speaks(t)
}

// flow writes such a list as text, what Format leaves out closed behind it. Floats look as in a column of a table.
func (t *tree) flow(v reflect.Value) {
	n := v.Len()
	texts := make([]string, min(n, maxElements+flowOpened))
	if isFloat(v.Type().Elem()) {
		flowFloats(v, texts)
	} else {
		for i := range texts {
			var p printer
			p.value(v.Index(i), 1)
			texts[i] = p.String()
		}
	}
	write := func(from, to int) {
		t.WriteString(`<div style="white-space:pre-wrap">`)
		for _, s := range texts[from:to] {
			t.WriteString(html.EscapeString(s) + " ")
		}
		t.WriteString("</div>")
	}
	write(0, min(n, maxElements))
	if n > maxElements {
		fmt.Fprintf(t, "<details><summary>… %s more</summary>", Count(n-maxElements))
		end := min(n, maxElements+flowOpened)
		write(maxElements, end)
		if end < n {
			fmt.Fprintf(t, "<div>… %s more</div>", Count(n-end))
		}
		t.WriteString("</details>\n")
		t.left -= end / 10
	}
}

// flowFloats writes floats as a column of a table has them, all of one width.
func flowFloats(v reflect.Value, texts []string) {
	column := table{head: []string{""}}
	for i := range texts {
		column.rows = append(column.rows, []entry{entryOf(v.Index(i))})
	}
	column.tidy()
	width := 0
	for _, row := range column.rows {
		width = max(width, len(row[0].text))
	}
	for i, row := range column.rows {
		texts[i] = fmt.Sprintf("%*s", width, row[0].text)
	}
}

// list writes n children, those beyond the first closed together.
func (t *tree) list(n int, child func(int)) {
	for i := range n {
		if t.left <= 0 {
			fmt.Fprintf(t, "<div>… %s more</div>\n", Count(n-i))
			if i > treeFirst {
				break
			}
			return
		}
		if i == treeFirst {
			fmt.Fprintf(t, "<details><summary>… %s more</summary>\n", Count(n-i))
		}
		child(i)
	}
	if n > treeFirst {
		t.WriteString("</details>\n")
	}
}

// address returns where a pointer, slice or map leads.
func address(v reflect.Value) (uintptr, bool) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Map:
		return v.Pointer(), true
	}
	return 0, false
}

// kindOf says in a few words what a value is.
func kindOf(v reflect.Value) string {
	s := typeText(v.Type())
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		s += fmt.Sprintf(" (%s)", Count(v.Len()))
	}
	return s
}

// formerType is the mark on types of cells that have been replaced.
var formerType = regexp.MustCompile(`ꞏ\d+`)

// typeText is the name of a type, without the package that cells are in, or its kind where the name says too much.
func typeText(t reflect.Type) string {
	s := formerType.ReplaceAllString(strings.ReplaceAll(t.String(), "main.", ""), "")
	if utf8.RuneCountInString(s) > maxTypeName {
		return t.Kind().String()
	}
	return s
}
