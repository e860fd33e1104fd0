package tensor

import (
	"html"
	"strconv"
	"strings"
)

// htmlLimit is the most elements that are shown as a table.
const htmlLimit = 2500

// HTML shows a vector or matrix as a table, and anything else as String does. It is how a notebook
// displays a tensor.
func (t *Tensor) HTML() string {
	if t == nil || t.Rank() == 0 || t.Rank() > 2 || t.Len() == 0 || t.Len() > htmlLimit && t.Dim(-1) > htmlLimit {
		return "<pre>" + html.EscapeString(t.String()) + "</pre>"
	}
	g := t.grid()
	if t.Rank() == 1 {
		g.shape, g.shown, g.stride = append([]int{1}, g.shape...), append([]int{1}, g.shown...), append([]int{0}, g.stride...)
	}
	var b strings.Builder
	b.WriteString(`<table class="rg-tensor" style="border-collapse:collapse;font-variant-numeric:tabular-nums">`)
	b.WriteString(`<caption style="caption-side:bottom;text-align:left;opacity:.7">`)
	b.WriteString(html.EscapeString(t.caption()) + "</caption>\n")
	row := func(label string, cell func(j int) string) {
		b.WriteString("<tr>")
		if t.Rank() == 2 {
			b.WriteString(`<th scope="row">` + label + "</th>")
		}
		for j := range g.shown[1] {
			if j == g.gap(1) {
				b.WriteString("<td>…</td>")
			}
			b.WriteString(cell(j))
		}
		b.WriteString("</tr>\n")
	}
	index := func(axis, i int) string {
		if gap := g.gap(axis); gap >= 0 && i >= gap {
			i += g.shape[axis] - g.shown[axis]
		}
		return strconv.Itoa(i)
	}
	row("", func(j int) string { return `<th scope="col">` + index(1, j) + "</th>" })
	for i := range g.shown[0] {
		if i == g.gap(0) {
			row("…", func(int) string { return "<td>…</td>" })
		}
		row(index(0, i), func(j int) string {
			return `<td style="text-align:right">` + html.EscapeString(g.cells[i*g.stride[0]+j]) + "</td>"
		})
	}
	b.WriteString("</table>")
	return b.String()
}
