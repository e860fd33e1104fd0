package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// report is what is written as JSON.
type report struct {
	Date      string  `json:"date"`
	System    string  `json:"system"`
	Processor string  `json:"processor"`
	Kernels   string  `json:"kernels"` // the set of routines that rg ran
	Load      string  `json:"load_before,omitempty"`
	Threads   int     `json:"threads"`
	Rows      []row   `json:"rows"`
	Seconds   float64 `json:"seconds"`
}

// row is one quantity, and what it is compared with.
type row struct {
	Group string  `json:"group"`
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	RG    float64 `json:"rg"`
	With  string  `json:"with"`
	Value float64 `json:"value"` // of what rg is compared with
	Ratio float64 `json:"ratio"` // how many times as good rg is
	Bar   float64 `json:"bar,omitempty"`
	Aim   bool    `json:"aim,omitempty"` // the bar is one to aim for, not one to keep
	Note  string  `json:"note,omitempty"`
}

// kept says whether the row's bar is reached; a row without one always is.
func (r row) kept() bool { return r.Bar == 0 || r.Note == "" && r.Ratio >= r.Bar }

// verdict is the row's last column.
func (r row) verdict() string {
	switch {
	case r.Note != "":
		return r.Note
	case r.Bar == 0:
		return ""
	case r.kept():
		return fmt.Sprintf("≥ %.2f", r.Bar)
	case r.Aim:
		return fmt.Sprintf("aim: %.2f", r.Bar)
	}
	return fmt.Sprintf("≥ %.2f  SHORT", r.Bar)
}

// number prints three digits, and more only where they stand before the point.
func number(v float64) string {
	switch {
	case v == 0:
		return "–"
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	case math.Abs(v) >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func (r report) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %s, %d threads, load before: %s, %s\n", r.Processor, r.Kernels, r.System, r.Threads, r.Load, r.Date)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	group := ""
	short := 0
	for _, x := range r.Rows {
		if x.Group != group {
			group = x.Group
			fmt.Fprintf(t, "\n%s\n\tunit\trg\t\tof\tratio\tbar\n", strings.ToUpper(group))
		}
		ratio := "–"
		if x.Ratio != 0 {
			ratio = fmt.Sprintf("%.2f", x.Ratio)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Name, x.Unit, number(x.RG), x.With, number(x.Value), ratio, x.verdict())
		if !x.kept() && !x.Aim {
			short++
		}
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\n%d rows, %d short of their bars, %.0f s\n", len(r.Rows), short, r.Seconds)
}

// printMarkdown prints a report as a table of Markdown, a quantity a line.
func printMarkdown(w io.Writer, path string) error {
	r, err := readReport(path)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| | unit | rg | beside | ratio, and the bar |\n|---|---|---|---|---|")
	for i := 0; i < len(r.Rows); {
		x := r.Rows[i]
		var beside, ratios []string
		for ; i < len(r.Rows) && r.Rows[i].Group == x.Group && r.Rows[i].Name == x.Name; i++ {
			y := r.Rows[i]
			ratio := fmt.Sprintf("%.2f", y.Ratio)
			switch {
			case y.Note != "":
				ratio = "–"
			case !y.kept() && !y.Aim:
				ratio = fmt.Sprintf("**%.2f** (≥ %.2f)", y.Ratio, y.Bar)
			case y.Bar > 0 && !y.Aim:
				ratio += fmt.Sprintf(" (≥ %.2f)", y.Bar)
			}
			beside, ratios = append(beside, y.With+" "+number(y.Value)), append(ratios, ratio)
		}
		fmt.Fprintf(w, "| %s, %s | %s | %s | %s | %s |\n", x.Group, x.Name, x.Unit, number(x.RG), strings.Join(beside, "; "), strings.Join(ratios, "; "))
	}
	return nil
}
