package display

import (
	"fmt"
	"html"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// limits of a table: beyond them the page says how much it leaves out.
type limits struct{ rows, columns int }

var (
	atFirst = limits{rows: 20, columns: 20}
	opened  = limits{rows: 500, columns: 100} // of the whole table, which can be opened below the first
)

const maxOpened = 10_000 // entries of the whole table

// table is what slices of structs, slices of maps and maps look like.
type table struct {
	head     []string
	rows     [][]entry
	numeric  []bool // columns to align to the right
	total    int    // rows there are, shown or not
	hidden   int    // columns left out
	noun     string // "rows", "entries"
	lastRows int    // how many of rows come from the end
	whole    *table // what is left out too, as far as that is bearable
}

// tableOf reports whether a value is best seen as a table, and makes it.
func tableOf(v reflect.Value) (*table, bool) {
	t, ok := limitedTable(v, atFirst)
	if ok && t.note() != "" {
		whole := opened
		columns := min(len(t.head)+t.hidden, whole.columns)
		whole.rows = min(whole.rows, max(atFirst.rows, maxOpened/columns))
		t.whole, _ = limitedTable(v, whole)
	}
	return t, ok
}

func limitedTable(v reflect.Value, lim limits) (*table, bool) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	var t *table
	switch v.Kind() {
	case reflect.Map:
		if v.Len() > 0 {
			t = mapTable(v, lim)
		}
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 {
			return nil, false
		}
		elem := v.Type().Elem()
		switch {
		case speaks(elem):
			return nil, false
		case isStruct(elem):
			t = structTable(v, lim)
		case elem.Kind() == reflect.Map && elem.Key().Kind() == reflect.String:
			t = recordTable(v, lim)
		}
	}
	if t == nil {
		return nil, false
	}
	t.tidy()
	return t, true
}

var (
	stringer  = reflect.TypeFor[fmt.Stringer]()
	formatter = reflect.TypeFor[fmt.Formatter]()
	failure   = reflect.TypeFor[error]()
)

// speaks: elements that have a text of their own (times, say) are a list of texts, not a table.
func speaks(t reflect.Type) bool {
	return t.Implements(stringer) || t.Implements(failure) || t.Implements(formatter)
}

func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

func structTable(v reflect.Value, lim limits) *table {
	out := &table{total: v.Len(), noun: "rows", head: []string{""}}
	fields := out.fields(v.Type().Elem(), lim)
	out.fill(v.Len(), lim, func(i int) []entry { return append([]entry{count(i)}, fields(v.Index(i))...) })
	return out
}

// fields adds a column for each field of a struct type, or of what a pointer type points to, and returns what fills
// them for one value.
func (t *table) fields(typ reflect.Type, lim limits) func(reflect.Value) []entry {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	fields := typ.NumField()
	if fields > lim.columns {
		t.hidden = fields - lim.columns
		fields = lim.columns
	}
	for i := range fields {
		t.head = append(t.head, typ.Field(i).Name)
	}
	return func(v reflect.Value) []entry {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return []entry{plain("<nil>")}
			}
			v = v.Elem()
		}
		var row []entry
		for f := range fields {
			row = append(row, entryOf(v.Field(f)))
		}
		return row
	}
}

// recordTable shows []map[string]T: one column a key.
func recordTable(v reflect.Value, lim limits) *table {
	out := &table{total: v.Len(), noun: "rows"}
	seen := map[string]bool{}
	var keys []string
	for i := range min(v.Len(), 1000) {
		for _, k := range v.Index(i).MapKeys() {
			if !seen[k.String()] {
				seen[k.String()] = true
				keys = append(keys, k.String())
			}
		}
	}
	sort.Strings(keys)
	if len(keys) > lim.columns {
		out.hidden = len(keys) - lim.columns
		keys = keys[:lim.columns]
	}
	out.head = append([]string{""}, keys...)
	keyType := v.Type().Elem().Key()
	out.fill(v.Len(), lim, func(i int) []entry {
		row := []entry{count(i)}
		for _, k := range keys {
			cell := v.Index(i).MapIndex(reflect.ValueOf(k).Convert(keyType))
			if cell.IsValid() {
				row = append(row, entryOf(cell))
			} else {
				row = append(row, plain(""))
			}
		}
		return row
	})
	return out
}

func mapTable(v reflect.Value, lim limits) *table {
	keys := sortedKeys(v)
	out := &table{total: v.Len(), noun: "entries", head: []string{"key"}}
	elem := v.Type().Elem()
	value := func(e reflect.Value) []entry { return []entry{entryOf(e)} }
	if isStruct(elem) && !speaks(elem) && !speaks(reflect.PointerTo(elem)) {
		value = out.fields(elem, lim)
	} else {
		out.head = append(out.head, "value")
	}
	out.fill(len(keys), lim, func(i int) []entry {
		key := plain(entryText(keys[i]))
		key.number = isNumber(keys[i].Type())
		return append([]entry{key}, value(v.MapIndex(keys[i]))...)
	})
	return out
}

// fill takes the first rows and, when there are too many, the last ones too.
func (t *table) fill(n int, lim limits, row func(int) []entry) {
	head := n
	if n > lim.rows {
		t.lastRows = lim.rows / 4
		head = lim.rows - t.lastRows
	}
	for i := range head {
		t.rows = append(t.rows, row(i))
	}
	for i := n - t.lastRows; i < n; i++ {
		t.rows = append(t.rows, row(i))
	}
}

// note says what the table leaves out, or "".
func (t *table) note() string {
	var parts []string
	if t.lastRows > 0 {
		parts = append(parts, fmt.Sprintf("%s %s, %s not shown", Count(t.total), t.noun, Count(t.total-len(t.rows))))
	}
	if t.hidden > 0 {
		parts = append(parts, fmt.Sprintf("%s columns not shown", Count(t.hidden)))
	}
	return strings.Join(parts, "; ")
}

func (t *table) html() string {
	var b strings.Builder
	b.WriteString("<table>\n<thead><tr>")
	for i, h := range t.head {
		fmt.Fprintf(&b, "<th%s>%s</th>", t.align(i), html.EscapeString(h))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for r, row := range t.rows {
		if t.lastRows > 0 && r == len(t.rows)-t.lastRows {
			b.WriteString("<tr>")
			for i := range t.head {
				fmt.Fprintf(&b, "<td%s>⋮</td>", t.align(i))
			}
			b.WriteString("</tr>\n")
		}
		b.WriteString("<tr>")
		for i, c := range row {
			fmt.Fprintf(&b, "<td%s%s>%s</td>", t.align(i), c.attributes(), html.EscapeString(c.text))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>")
	switch n := html.EscapeString(t.note()); {
	case n == "":
	case t.whole != nil:
		fmt.Fprintf(&b, "\n<details><summary><small>%s</small></summary>\n%s</details>", n, t.whole.html())
	default:
		fmt.Fprintf(&b, "\n<p><small>%s</small></p>", n)
	}
	return b.String()
}

func (t *table) align(column int) string {
	if column < len(t.numeric) && t.numeric[column] {
		return ` style="text-align:right"`
	}
	return ` style="text-align:left"`
}

func (t *table) text() string {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = utf8.RuneCountInString(h)
	}
	for _, row := range t.rows {
		for i, e := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(e.text))
		}
	}
	var b strings.Builder
	line := func(n int, text func(int) string) {
		var l strings.Builder
		for i := range n {
			c := text(i)
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i > 0 {
				l.WriteString("  ")
			}
			if t.numeric[i] {
				l.WriteString(pad + c)
			} else {
				l.WriteString(c + pad)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(len(t.head), func(i int) string { return t.head[i] })
	for r, row := range t.rows {
		if t.lastRows > 0 && r == len(t.rows)-t.lastRows {
			b.WriteString("⋮\n")
		}
		line(len(row), func(i int) string { return row[i].text })
	}
	b.WriteString(t.note())
	return strings.TrimRight(b.String(), "\n")
}

// count is a row's number.
func count(i int) entry { return entry{text: strconv.Itoa(i), number: true} }

var lineBreaks = strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\r", "⏎", "\t", " ")

func oneLine(s string) string { return lineBreaks.Replace(s) }

func isNumber(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return !speaks(t)
	}
	return false
}
