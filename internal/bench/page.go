package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"

	"github.com/rustygradients/rg/internal/atomicfile"
)

//go:embed page.html
var pageHTML string

// writePage renders the JSON of a run as a page of its own, each ratio drawn on a logarithmic scale.
func writePage(to, from string) error {
	r, err := readReport(from)
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"number": number, "verdict": row.verdict, "class": row.class, "place": place,
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	err = t.Execute(&page, struct {
		report
		Groups [][]row
		Ticks  []float64
	}{r, r.groups(), []float64{0.25, 0.5, 1, 2, 4}})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(to, page.Bytes())
}

// groups are the rows, those of one group together.
func (r report) groups() (out [][]row) {
	for i, x := range r.Rows {
		if i == 0 || x.Group != r.Rows[i-1].Group {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], x)
	}
	return out
}

// class is how the page colours the row.
func (r row) class() string {
	switch {
	case r.Note != "":
		return "none"
	case r.kept():
		return "kept"
	case r.Aim:
		return "aim"
	}
	return "short"
}

// place is where a ratio stands on the scale from an eighth to eight, in per cent.
func place(ratio float64) float64 {
	if ratio <= 0 {
		return 0
	}
	return 100 * min(max((math.Log2(ratio)+3)/6, 0), 1)
}

func readReport(path string) (r report, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("%w; make bench measures first", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}
