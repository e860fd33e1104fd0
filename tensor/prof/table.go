package prof

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// shownRows is how many operations the table lists; the rest share a row.
const shownRows = 24

// row is a line of the table, as text.
type row struct {
	cells [11]string
	share float64 // of the wall time
	quiet bool    // not an operation
}

var columns = [11]string{"operation", "phase", "calls", "total", "mean", "share", "GFLOP/s", "of peak", "GB/s", "of peak", "most of it"}

// leftAligned says which columns hold words.
var leftAligned = [11]bool{0: true, 1: true, 10: true}

// String is the table as text. It measures the peaks of the devices if that has not been done.
func (p *Profile) String() string {
	rows, note := p.rows()
	var width [11]int
	measure := func(cells [11]string) {
		for i, c := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	measure(columns)
	for _, r := range rows {
		measure(r.cells)
	}
	var b strings.Builder
	b.WriteString(p.headline() + "\n\n")
	line := func(cells [11]string) {
		var l strings.Builder
		for i, c := range cells {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i > 0 {
				l.WriteString("  ")
			}
			if leftAligned[i] {
				l.WriteString(c + pad)
			} else {
				l.WriteString(pad + c)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(columns)
	for _, r := range rows {
		line(r.cells)
	}
	b.WriteString("\n" + note)
	return b.String()
}

// HTML is the table for a notebook. It takes the page's colours, light or dark. The shares of the peaks stand
// beside the rates, and the mean of a call is read by pointing at the total.
func (p *Profile) HTML() string {
	rows, note := p.rows()
	var b strings.Builder
	b.WriteString(`<div class="rg-profile" style="overflow-x:auto;font-size:12px;line-height:1.35">` + "\n")
	fmt.Fprintf(&b, `<p style="margin:.3em 0 .6em;font-size:13px"><b>%s</b></p>`+"\n", html.EscapeString(p.headline()))
	b.WriteString(`<table style="border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums;width:auto"><thead><tr>`)
	for i, c := range columns {
		c = html.EscapeString(c)
		switch i {
		case 4, 7, 9:
			continue
		case 6, 8:
			c += "<br>of peak"
		}
		fmt.Fprintf(&b, `<th scope="col" style="%s;vertical-align:bottom">%s</th>`, cellStyle(i), c)
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, r := range rows {
		b.WriteString("<tr>")
		for i, c := range r.cells {
			style, text, title := cellStyle(i), html.EscapeString(c), ""
			if mean := r.cells[4]; i == 3 && mean != "" {
				title = ` title="` + html.EscapeString("mean of a call: "+mean) + `"`
			}
			switch i {
			case 5:
				style += shareBar(r)
			case 6, 8:
				if of := r.cells[i+1]; of != "" {
					text += `<span style="display:inline-block;min-width:3.4em;padding-left:.4em;opacity:.7">` + html.EscapeString(of) + `</span>`
				}
			case 4, 7, 9:
				continue
			case 10:
				text = strings.ReplaceAll(text, " %", "&nbsp;%")
			case 1:
				style += ";opacity:.75"
			default:
				if r.quiet {
					style += ";opacity:.75"
				}
			}
			fmt.Fprintf(&b, `<td style="%s"%s>%s</td>`, style, title, text)
		}
		b.WriteString("</tr>\n")
	}
	fmt.Fprintf(&b, "</tbody></table>\n"+`<p style="margin:.5em 0 0;font-size:11px;opacity:.75">%s</p>`+"\n</div>", html.EscapeString(note))
	return b.String()
}

// shareBar is a bar behind the share, in a blue that is legible on light and dark.
func shareBar(r row) string {
	tint := "rgba(86,160,233,.4)"
	if r.quiet {
		tint = "rgba(128,128,128,.3)"
	}
	at := fmt.Sprintf("%.1f%%", 100*min(max(r.share, 0), 1))
	return ";background:linear-gradient(to right," + tint + " " + at + ",transparent " + at + ")"
}

// cellStyle says everything at the cell: pages have rules of their own for cells, which go before what the
// table says. Names and shapes may break where a page is narrow: what nbconvert prints has 590 pixels.
func cellStyle(column int) string {
	const style = "padding:.15em .35em;white-space:nowrap;text-align:"
	switch {
	case column == 0 || column == 10:
		return "padding:.15em .35em;white-space:normal;text-align:left"
	case leftAligned[column]:
		return style + "left"
	case column == 5:
		return style + "right;min-width:4em"
	}
	return style + "right"
}

func (p *Profile) headline() string {
	stats := p.Stats()
	var flops, bytes int64
	calls := 0
	for _, s := range stats {
		flops += s.FLOPs
		bytes += s.Bytes
		calls += s.Calls
	}
	wall := p.Wall()
	noun := "operations"
	if calls == 1 {
		noun = "operation"
	}
	return fmt.Sprintf("%s: %s %s, %s busy · %s · %s moved · %s held at most", duration(wall), grouped(calls), noun,
		percent(float64(p.Busy())/float64(max(wall, 1))), quantity(float64(flops), "FLOP"), quantity(float64(bytes), "B"),
		quantity(float64(p.PeakBytes()), "B"))
}

// footer says what the rates are compared with: the peaks of devices, in their order.
func footer(devices []string, by map[string]Peaks) string {
	var parts []string
	for _, d := range devices {
		k := by[d]
		if k.GFLOPS <= 0 || k.GBps <= 0 {
			continue
		}
		name := ""
		if d != "cpu" {
			name = " of " + d
		}
		parts = append(parts, fmt.Sprintf("Measured peaks%s: %.0f GFLOP/s (float32 matrix product), %.1f GB/s (copy of %d MiB, read and written; "+
			"what is in a cache may exceed it). ", name, k.GFLOPS, k.GBps, probeBytes>>20))
	}
	return strings.Join(parts, "") + "FLOPs and bytes are counted from the shapes."
}

// rows makes the table, and the note below it. The last row is the time outside operations, so that on one goroutine the
// totals add up to the wall time.
func (p *Profile) rows() (rows []row, note string) {
	stats, wall, busy := p.Stats(), p.Wall(), p.Busy()
	var devices []string
	peaks := map[string]Peaks{}
	for _, s := range stats {
		if !slices.Contains(devices, s.Device) {
			devices = append(devices, s.Device)
			peaks[s.Device] = peaksOrNone(s.Device)
		}
	}
	slices.Sort(devices)
	of := func(d time.Duration) float64 { return float64(d) / float64(max(wall, 1)) }
	var rest Stat
	others := 0
	var sum time.Duration
	for i, s := range stats {
		sum += s.Total
		if i >= shownRows && len(stats) > shownRows+1 {
			rest.Calls += s.Calls
			rest.Total += s.Total
			others++
			continue
		}
		r := row{share: of(s.Total)}
		where := s.Phase.String()
		if len(devices) > 1 {
			where += ", " + s.Device
		}
		r.cells = [11]string{
			s.Name, where, grouped(s.Calls), duration(s.Total), duration(s.Mean()), percent(of(s.Total)),
			"", "", "", "", most(s),
		}
		if s.FLOPs > 0 {
			r.cells[6], r.cells[7] = figures(s.GFLOPS()), ratio(s.GFLOPS(), peaks[s.Device].GFLOPS)
		}
		if s.Bytes > 0 {
			r.cells[8], r.cells[9] = figures(s.GBps()), ratio(s.GBps(), peaks[s.Device].GBps)
		}
		rows = append(rows, r)
	}
	if others > 0 {
		rows = append(rows, row{
			share: of(rest.Total), quiet: true,
			cells: [11]string{fmt.Sprintf("%d more", others), "", grouped(rest.Calls), duration(rest.Total), duration(rest.Mean()), percent(of(rest.Total))},
		})
	}
	outside := wall - busy
	r := row{share: of(outside), quiet: true}
	r.cells[0], r.cells[3], r.cells[5] = "outside operations", duration(outside), percent(of(outside))
	if sum > busy+busy/100 {
		r.cells[10] = "goroutines overlap: the rows add up to more than the wall time"
	}
	return append(rows, r), footer(devices, peaks)
}

// most tells the shapes that took the most time, and their part of it unless they are all.
func most(s Stat) string {
	text := shapesText(s.Shapes)
	if s.DType.String() != "float32" {
		text += " " + s.DType.String()
	}
	if s.ShapesTotal < s.Total-s.Total/100 {
		text += " " + percent(float64(s.ShapesTotal)/float64(max(s.Total, 1)))
	}
	return text
}

func ratio(x, peak float64) string {
	if peak <= 0 {
		return ""
	}
	return percent(x / peak)
}

// percent keeps two digits where there are few.
func percent(x float64) string {
	switch {
	case x <= 0:
		return "0 %"
	case x < 0.001:
		return "< 0.1 %"
	case x < 0.0995:
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// figures keeps three digits.
func figures(x float64) string {
	switch {
	case x < 0.01:
		return "< 0.01"
	case x < 9.995:
		return fmt.Sprintf("%.2f", x)
	case x < 99.95:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// quantity writes a number with three digits and a decimal prefix.
func quantity(x float64, unit string) string {
	for _, prefix := range []string{"", "k", "M", "G", "T", "P"} {
		if x < 999.5 {
			if prefix == "" {
				return fmt.Sprintf("%.0f %s", x, unit)
			}
			return figures(x) + " " + prefix + unit
		}
		x /= 1000
	}
	return figures(x) + " E" + unit
}

// duration writes a time with three digits.
func duration(d time.Duration) string {
	switch ns := float64(max(d, 0)); {
	case ns < 999.5:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 999.5e3:
		return figures(ns/1e3) + " µs"
	case ns < 999.5e6:
		return figures(ns/1e6) + " ms"
	case ns < 120e9:
		return figures(ns/1e9) + " s"
	}
	s := int(math.Round(d.Seconds()))
	return fmt.Sprintf("%d min %02d s", s/60, s%60)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
