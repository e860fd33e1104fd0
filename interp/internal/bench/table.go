package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// print writes the table: times, and the ratio of each peer to the first.
func (r report) print(out io.Writer, markdown bool) {
	fmt.Fprintf(out, "%s, %s, %s, load %s\n\n", r.Date, r.Processor, r.Go, r.Load)
	var rows [][]string
	head := []string{""}
	for i, p := range r.Peers {
		head = append(head, p)
		if i > 0 {
			head = append(head, p+"/"+r.Peers[0])
		}
	}
	rows = append(rows, head)
	var notes []string
	for _, c := range r.Cases {
		line := []string{c.What}
		if !markdown {
			line[0] = c.Name
		}
		first := c.Times[r.Peers[0]]
		for i, p := range r.Peers {
			t := c.Times[p]
			if t.Error != "" {
				notes = append(notes, fmt.Sprintf("%s, %s: %s", c.Name, p, t.Error))
			}
			line = append(line, t.String())
			if i > 0 {
				line = append(line, ratio(t, first))
			}
		}
		rows = append(rows, line)
	}
	if markdown {
		for i, line := range rows {
			fmt.Fprintf(out, "| %s |\n", strings.Join(line, " | "))
			if i == 0 {
				fmt.Fprintf(out, "|%s\n", strings.Repeat("---|", len(line)))
			}
		}
	} else {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range rows {
			fmt.Fprintln(w, strings.Join(line, "\t")+"\t")
		}
		w.Flush()
	}
	for _, n := range notes {
		fmt.Fprintf(out, "\n%s", n)
	}
	fmt.Fprintln(out)
}

func (t timing) String() string {
	switch {
	case t.Error != "":
		return "–"
	case t.NS < 10:
		return fmt.Sprintf("%.1f ns", t.NS)
	case t.NS < 10e3:
		return fmt.Sprintf("%.0f ns", t.NS)
	case t.NS < 10e6:
		return fmt.Sprintf("%.0f µs", t.NS/1e3)
	}
	return fmt.Sprintf("%.1f ms", t.NS/1e6)
}

func ratio(t, first timing) string {
	if t.Error != "" || first.Error != "" {
		return "–"
	}
	r := t.NS / first.NS
	if r < 0.1 {
		return fmt.Sprintf("%.3f", r)
	}
	return fmt.Sprintf("%.1f", r)
}
