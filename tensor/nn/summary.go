package nn

import (
	"fmt"
	"html"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/rustygradients/rg/tensor"
)

// SummaryTable says what a module is made of. It prints as a table, in text and in HTML.
type SummaryTable struct {
	Rows      []SummaryRow
	Total     int // elements of all parameters, each counted once
	Trainable int // of those that require grad
	Bytes     int // that the parameters take

	Input, Output []int // shapes of the model's input and result; nil from Summary
}

// SummaryRow is one module that has parameters of its own, or no modules inside.
type SummaryRow struct {
	Name       string   // in the state dict
	Type       string   // of the module
	Parameters []string // name and shape of its own
	Count      int      // their elements
	Output     []int    // shape of what it returned last; nil if it wasn't called, or nobody asked
}

// Summary lists the modules of m. Dropout of nothing, which models carry by default, is left out. With an
// input it is SummaryWith: m must then be a Layer. (The executor yaegi hides the methods of a cell's own
// types behind any; call SummaryWith there.)
func Summary(m any, input ...*tensor.Tensor) SummaryTable {
	if len(input) == 0 {
		return summary(m, nil)
	}
	layer, ok := m.(Layer)
	if !ok || len(input) > 1 {
		panic(&tensor.Error{Op: "nn.Summary", Hint: fmt.Sprintf("with an input, %T must be a Layer: it needs the method "+
			"Forward(*tensor.Tensor) *tensor.Tensor, and takes one input", m)})
	}
	return SummaryWith(layer, input[0])
}

// SummaryWith is Summary that also runs the model on an input, and lists the shape of what each layer with
// parameters returned.
func SummaryWith(m Layer, input *tensor.Tensor) SummaryTable {
	outputs, result := shapesOf(m, input)
	s := summary(m, outputs)
	s.Input, s.Output = input.Shape(), result
	for i := range s.Rows {
		if s.Rows[i].Name == "" {
			s.Rows[i].Output = result
		}
	}
	return s
}

func summary(m any, outputs map[any][]int) SummaryTable {
	var s SummaryTable
	index := map[string]int{} // of rows, by name
	walkModules(m, func(name string, m any) {
		if d, ok := m.(*Dropout); ok && d.P == 0 {
			return
		}
		if _, embedded := index[name]; embedded {
			return // what it embeds has its name and counts as its own
		}
		row := SummaryRow{Name: name, Type: typeName(m)}
		if reflect.TypeOf(m).Comparable() {
			row.Output = outputs[m]
		}
		index[name] = len(s.Rows)
		s.Rows = append(s.Rows, row)
	})
	for _, p := range NamedParameters(m) {
		s.Total += p.Tensor.Len()
		s.Bytes += p.Tensor.Len() * p.Tensor.DType().Size()
		if p.Tensor.RequiresGrad() {
			s.Trainable += p.Tensor.Len()
		}
		owner, own := owner(index, p.Name)
		row := &s.Rows[owner]
		row.Parameters = append(row.Parameters, fmt.Sprintf("%s %v", own, p.Tensor.Shape()))
		row.Count += p.Tensor.Len()
	}
	// A module that only holds others tells nothing by itself.
	rows := s.Rows
	s.Rows = nil
	for i, r := range rows {
		holds := i+1 < len(rows) && (r.Name == "" || strings.HasPrefix(rows[i+1].Name, r.Name+"."))
		if len(r.Parameters) > 0 || !holds {
			s.Rows = append(s.Rows, r)
		}
	}
	return s
}

// owner finds the innermost module that a parameter belongs to, and its name there.
func owner(index map[string]int, name string) (row int, own string) {
	for at := len(name); at > 0; {
		at = strings.LastIndexByte(name[:at], '.')
		if at < 0 {
			break
		}
		if i, ok := index[name[:at]]; ok {
			return i, name[at+1:]
		}
	}
	return index[""], name
}

func typeName(m any) string {
	t := reflect.TypeOf(m)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() != "" {
		return t.Name()
	}
	return t.Kind().String()
}

// cells are the columns' heads and the rows' texts; the last column is a number.
func (s SummaryTable) cells() (head []string, rows [][]string) {
	head = []string{"module", "type", "parameters", "output", "count"}
	for _, r := range s.Rows {
		output := ""
		if r.Output != nil {
			output = fmt.Sprint(r.Output)
		}
		rows = append(rows, []string{orDot(r.Name), r.Type, strings.Join(r.Parameters, ", "), output, thousands(r.Count)})
	}
	if s.Output == nil { // nothing was run
		const output = 3
		head = slices.Delete(head, output, output+1)
		for i := range rows {
			rows[i] = slices.Delete(rows[i], output, output+1)
		}
	}
	return head, rows
}

func (s SummaryTable) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	head, rows := s.cells()
	for _, row := range append([][]string{head}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	b.WriteString(s.footer() + "\n")
	return b.String()
}

// HTML is the table for a notebook.
func (s SummaryTable) HTML() string {
	var b strings.Builder
	head, rows := s.cells()
	row := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for i, c := range cells {
			align := "left"
			if i == len(cells)-1 {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%[1]s>`, tag, align, html.EscapeString(c))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<table><thead>")
	row("th", head)
	b.WriteString("</thead><tbody>")
	for _, r := range rows {
		row("td", r)
	}
	fmt.Fprintf(&b, `</tbody></table><p style="margin:.5em 0 0">%s</p>`, html.EscapeString(s.footer()))
	return b.String()
}

func (s SummaryTable) footer() string {
	text := fmt.Sprintf("%s parameters, %s trainable, %s", thousands(s.Total), thousands(s.Trainable), size(s.Bytes))
	if s.Output != nil {
		text += fmt.Sprintf("; %v → %v", s.Input, s.Output)
	}
	return text
}

// size writes bytes with three digits and a decimal prefix.
func size(bytes int) string {
	x := float64(bytes)
	for _, unit := range []string{"B", "kB", "MB"} {
		switch {
		case unit == "B" && x < 1000:
			return fmt.Sprintf("%.0f B", x)
		case x < 9.995:
			return fmt.Sprintf("%.2f %s", x, unit)
		case x < 99.95:
			return fmt.Sprintf("%.1f %s", x, unit)
		case x < 999.5:
			return fmt.Sprintf("%.0f %s", x, unit)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.2f GB", x)
}

func orDot(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
