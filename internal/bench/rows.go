package main

import (
	"fmt"
	"os"
	"runtime"
)

// quantity is what a row is about. With work, it is a rate: work in thousands of millions (FLOP, bytes) of a
// call by its time. Without, it is the time of a call in units of per seconds.
type quantity struct {
	group, name, unit string
	work              float64
	per               float64
}

func rate(group, name, unit string, work float64) quantity {
	return quantity{group: group, name: name, unit: unit, work: work / 1e9}
}

func duration(group, name, unit string, per float64) quantity {
	return quantity{group: group, name: name, unit: unit, per: per}
}

func (q quantity) of(seconds float64) float64 {
	switch {
	case seconds == 0:
		return 0
	case q.work > 0:
		return q.work / seconds
	}
	return seconds / q.per
}

// ratio is how many times as good rg is.
func (q quantity) ratio(rg, other float64) float64 {
	if rg == 0 || other == 0 {
		return 0
	}
	if q.work > 0 {
		return rg / other
	}
	return other / rg
}

// against is what a row compares rg with: another side, or a number in the quantity's unit.
type against struct {
	side  side
	what  string
	value float64
	bar   float64
	aim   bool
}

// beside compares with a side; the bar is the ratio to reach.
func beside(s side, bar float64) against { return against{side: s, bar: bar} }

// towards is beside with a bar to aim for.
func towards(s side, bar float64) against { return against{side: s, bar: bar, aim: true} }

// within compares with a number that is known.
func within(what string, value, bar float64) against {
	return against{what: what, value: value, bar: bar}
}

// wanted says whether -only names the quantity.
func (b *bench) wanted(q quantity) bool { return b.only.MatchString(q.group + " " + q.name) }

// compare measures a quantity of rg and of what it is compared with, and adds a row for each.
func (b *bench) compare(q quantity, rg side, with ...against) {
	if !b.wanted(q) {
		return
	}
	sides := []side{rg}
	for _, a := range with {
		if a.what == "" {
			sides = append(sides, a.side)
		}
	}
	found := take(sides, b.budget)
	own, others := found[0], found[1:]
	for _, a := range with {
		r := row{Group: q.group, Name: q.name, Unit: q.unit, RG: q.of(own.seconds), With: a.what, Value: a.value, Bar: a.bar, Aim: a.aim}
		err := own.err
		if a.what == "" {
			other := others[0]
			others = others[1:]
			r.With, r.Value, r.Ratio = a.side.name, q.of(other.seconds), other.times
			if err == nil {
				err = other.err
			}
		} else {
			r.Ratio = q.ratio(r.RG, r.Value)
		}
		switch {
		case err != nil:
			r.Note = err.Error()
		case r.Value == 0:
			r.Note = "not measured here"
		}
		b.add(r)
	}
}

// add appends a row and says so: a run takes minutes.
func (b *bench) add(r row) {
	b.rows = append(b.rows, r)
	fmt.Fprintf(os.Stderr, "%-14s %-34s %8s %-10s %-16s %8s  %.2f  %s\n", r.Group, r.Name, number(r.RG), r.Unit, r.With, number(r.Value), r.Ratio, r.verdict())
	runtime.GC()
}

// each runs f with 1 thread and with all; names end in the number.
func (b *bench) each(f func(threads int, suffix string)) {
	f(1, " ×1")
	if b.threads > 1 {
		f(b.threads, fmt.Sprintf(" ×%d", b.threads))
	}
}
