package display

import (
	"fmt"
	"html"
	"math"
	"reflect"
	"strconv"
	"strings"
)

const (
	maxCell   = 120 // letters of an entry
	maxHover  = 400 // of what the page shows of it under the mouse
	maxDigits = 6   // after the point of a float in a table, where SetPrecision says nothing else
)

// entry is one field of a table.
type entry struct {
	text   string
	full   string // what text is short for, or ""
	number bool

	float bool // whether text depends on the column
	value float64
	bits  int
}

func plain(text string) entry { return entry{text: text} }

func entryOf(v reflect.Value) entry {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.IsValid() && v.Kind() == reflect.String && !speaks(v.Type()) {
		return shortened(v.String(), v.String())
	}
	var full printer
	full.value(v, 1)
	if !v.IsValid() || precision.Load() != usual {
		return shortened(full.String(), full.String())
	}
	e := entry{number: isNumber(v.Type())}
	if e.number && v.CanFloat() {
		e.float, e.value, e.bits = true, v.Float(), v.Type().Bits()
		e.full = full.String()
		return e
	}
	brief := printer{brief: true}
	brief.value(v, 1)
	number := e.number
	e = shortened(brief.String(), full.String())
	e.number = number
	return e
}

func shortened(text, full string) entry {
	e := entry{text: oneLine(clip(text, maxCell)), full: clip(full, maxHover)}
	if e.text == e.full {
		e.full = ""
	}
	return e
}

// entryText is an entry by itself.
func entryText(v reflect.Value) string {
	e := entryOf(v)
	if e.float {
		return e.full
	}
	return e.text
}

// attributes are those of the entry in HTML, the alignment of its column apart.
func (e *entry) attributes() string {
	if e.full == "" {
		return ""
	}
	return fmt.Sprintf(` title="%s"`, html.EscapeString(e.full))
}

// tidy says which columns hold numbers, and writes the floats of each with the same number of digits after the point: as
// few as it takes, but no more than maxDigits.
func (t *table) tidy() {
	t.numeric = make([]bool, len(t.head))
	for c := range t.head {
		digits, numbers, others := 0, 0, 0
		for _, row := range t.rows {
			switch {
			case c >= len(row):
				continue
			case row[c].number:
				numbers++
			case row[c].text == "" || row[c].text == "<nil>": // there is none
			default:
				others++
			}
			if e := row[c]; e.float && !exponential(e.value) {
				digits = max(digits, digitsOf(e.value, e.bits))
			}
		}
		t.numeric[c] = numbers > 0 && others == 0
		for _, row := range t.rows {
			if c >= len(row) || !row[c].float {
				continue
			}
			e := &row[c]
			e.text = floatText(e.value, e.bits, digits)
			if same, err := strconv.ParseFloat(e.text, e.bits); err == nil && same == e.value || math.IsNaN(e.value) {
				e.full = ""
			}
		}
	}
}

// exponential says whether a float is too small or too large to be written without an exponent.
func exponential(v float64) bool {
	a := math.Abs(v)
	return a > 0 && a < 1e-4 || a >= 1e15
}

// digitsOf is how many digits after the point a float takes, at most maxDigits.
func digitsOf(v float64, bits int) int {
	_, digits, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, bits), ".")
	if len(digits) <= maxDigits {
		return len(digits)
	}
	_, digits, _ = strings.Cut(strconv.FormatFloat(v, 'f', maxDigits, bits), ".")
	return len(strings.TrimRight(digits, "0"))
}

// floatText is a float with so many digits after the point, or, where those don't show it, an exponent.
func floatText(v float64, bits, digits int) string {
	if !exponential(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', digits, bits)
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(v, 'e', maxDigits, bits), "e")
	return strings.TrimRight(strings.TrimRight(mantissa, "0"), ".") + "e" + exp
}
