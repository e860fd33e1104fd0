package nn

import (
	"fmt"
	"html"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
)

// SummaryTable says what a module is made of. It prints as a table, in text and in HTML.
type SummaryTable struct {
	Rows      []SummaryRow
	Total     int // elements of all parameters, each counted once
	Trainable int // of those that require grad
	Bytes     int // that the parameters take
}

// SummaryRow is one module that has parameters of its own, or no modules inside.
type SummaryRow struct {
	Name       string   // in the state dict
	Type       string   // of the module
	Parameters []string // name and shape of its own
	Count      int      // their elements
}

// Summary lists the modules of m.
func Summary(m any) SummaryTable {
	var s SummaryTable
	index := map[string]int{} // of rows, by name
	walkModules(m, func(name string, m any) {
		index[name] = len(s.Rows)
		s.Rows = append(s.Rows, SummaryRow{Name: name, Type: typeName(m)})
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

func (s SummaryTable) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "module\ttype\tparameters\tcount")
	for _, r := range s.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", orDot(r.Name), r.Type, strings.Join(r.Parameters, ", "), thousands(r.Count))
	}
	w.Flush()
	b.WriteString(s.footer() + "\n")
	return b.String()
}

// HTML is the table for a notebook.
func (s SummaryTable) HTML() string {
	var b strings.Builder
	b.WriteString("<table><thead><tr><th>module</th><th>type</th><th>parameters</th><th>count</th></tr></thead><tbody>")
	for _, r := range s.Rows {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td style=\"text-align:right\">%s</td></tr>",
			html.EscapeString(orDot(r.Name)), html.EscapeString(r.Type),
			html.EscapeString(strings.Join(r.Parameters, ", ")), thousands(r.Count))
	}
	fmt.Fprintf(&b, "</tbody></table><p>%s</p>", html.EscapeString(s.footer()))
	return b.String()
}

func (s SummaryTable) footer() string {
	return fmt.Sprintf("%s parameters, %s trainable, %.2f MB", thousands(s.Total), thousands(s.Trainable), float64(s.Bytes)/1e6)
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
