package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what is written as JSON.
type report struct {
	Date      string   `json:"date"`
	System    string   `json:"system"`
	Processor string   `json:"processor"`
	Load      string   `json:"load_before,omitempty"` // averages over 1, 5 and 15 minutes
	Kernels   []string `json:"kernels"`
	Rows      []row    `json:"rows"`
}

// row is one quantity, of which less is better, and its bars.
type row struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	RG    float64 `json:"rg"`
	Peer  float64 `json:"ipykernel,omitempty"`
	Most  float64 `json:"most,omitempty"`       // what rg may have
	Share float64 `json:"most_share,omitempty"` // how much of ipykernel's rg may have
}

func (r row) ratio() float64 {
	if r.Peer == 0 {
		return 0
	}
	return r.RG / r.Peer
}

func (r row) kept() bool {
	return (r.Most == 0 || r.RG <= r.Most) && (r.Share == 0 || r.Peer == 0 || r.ratio() <= r.Share)
}

// bar says what the row's bars are.
func (r row) bar() string {
	var parts []string
	if r.Most > 0 {
		parts = append(parts, fmt.Sprintf("≤ %v %s", r.Most, r.Unit))
	}
	if r.Share > 0 {
		parts = append(parts, fmt.Sprintf("≤ %.2f ×", r.Share))
	}
	return strings.Join(parts, ", ")
}

func (r *report) compare(kernels []*kernelKind) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	add := func(name, unit string, of func(*kernelKind) float64, most, share float64) {
		x := row{Name: name, Unit: unit, RG: of(kernels[0]), Most: most, Share: share}
		if len(kernels) > 1 {
			x.Peer = of(kernels[1])
		}
		r.Rows = append(r.Rows, x)
	}
	add("process start → kernel_info_reply, median", "ms", func(k *kernelKind) float64 { return ms(k.start.quantile(0.5)) }, 150, 0.25)
	add("trivial cell → reply and idle, median", "ms", func(k *kernelKind) float64 { return ms(k.cell.quantile(0.5)) }, 1, 0.25)
	add("trivial cell → reply and idle, 99th percentile", "ms", func(k *kernelKind) float64 { return ms(k.cell.quantile(0.99)) }, 3, 0)
	add("completion on `tensor.` (`os.`), median", "ms", func(k *kernelKind) float64 { return ms(k.complete.quantile(0.5)) }, 20, 0)
	add("completion on `tensor.` (`os.`), slowest", "ms", func(k *kernelKind) float64 { return ms(k.complete.quantile(1)) }, 20, 0)
	add("interrupt of an endless loop, slowest", "ms", func(k *kernelKind) float64 { return ms(k.interrupt.quantile(1)) }, 100, 0)
	add("100,000 printed lines, median", "ms", func(k *kernelKind) float64 { return ms(k.lines.quantile(0.5)) }, 0, 1)
	add("resident memory, idle (sum of processes)", "MB", func(k *kernelKind) float64 { return float64(k.resident) / 1e6 }, 90, 0)
	add("the same with shared pages counted once", "MB", func(k *kernelKind) float64 { return float64(k.shared) / 1e6 }, 0, 0)
	add("worker killed → next cell's result, slowest", "ms", func(k *kernelKind) float64 { return ms(k.death.quantile(1)) }, 500, 0)
}

func (r report) print(w io.Writer, markdown bool) {
	fmt.Fprintf(w, "%s, %s, load before: %s, %s\n%s\n\n", r.Processor, r.System, r.Load, r.Date, strings.Join(r.Kernels, "; "))
	short := 0
	if markdown {
		fmt.Fprintln(w, "| | rg | ipykernel | ratio | bar |\n|---|---|---|---|---|")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.Rows {
		peer, ratio := "–", "–"
		if x.Peer > 0 {
			peer, ratio = number(x.Peer), fmt.Sprintf("%.2f", x.ratio())
		}
		own, verdict := number(x.RG), ""
		if !x.kept() {
			short++
			own, verdict = "**"+own+"**", "SHORT"
		}
		if markdown {
			fmt.Fprintf(w, "| %s | %s %s | %s | %s | %s |\n", x.Name, own, x.Unit, peer, ratio, x.bar())
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Name, number(x.RG), x.Unit, peer, ratio, x.bar(), verdict)
	}
	_ = t.Flush() // as the writes before it
	fmt.Fprintf(w, "\n%d rows, %d short of their bars\n", len(r.Rows), short)
}

// number prints three digits, and more only where they stand before the point.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
