package viz

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// span is the range of finite values; empty until something is added.
type span struct{ lo, hi float64 }

func newSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(x float64) { s.lo, s.hi = min(s.lo, x), max(s.hi, x) }

func (s span) empty() bool { return s.lo > s.hi }

// widened makes room round the values, and a range of what has none.
func (s span) widened(share float64) span {
	if s.empty() {
		return span{0, 1}
	}
	d := s.hi - s.lo
	if tiny := max(math.Abs(s.hi), math.Abs(s.lo)) * 1e-9; d <= tiny || d < 1e-90 {
		d = max(math.Abs(s.hi)*0.1, 1e-6)
		if s.hi == 0 {
			d = 1
		}
		return span{s.lo - d, s.hi + d}
	}
	return span{s.lo - share*d, s.hi + share*d}
}

// widenedLog does the same on a logarithmic axis, for positive values.
func (s span) widenedLog(share float64) span {
	if s.empty() {
		return span{0.1, 1}
	}
	w := span{math.Log10(s.lo), math.Log10(s.hi)}
	if w.hi-w.lo < 0.02 {
		w = span{w.lo - 0.2, w.hi + 0.2}
	}
	d := (w.hi - w.lo) * share
	return span{math.Pow(10, w.lo-d), math.Pow(10, w.hi+d)}
}

// niceTicks marks round values: steps of 1, 2 or 5 times a power of ten, about n of them.
type niceTicks struct{ n int }

func (t niceTicks) Ticks(lo, hi float64) []plot.Tick {
	step := niceStep((hi - lo) / float64(t.n))
	if step <= 0 || math.IsInf(step, 0) || math.IsNaN(step) {
		return nil
	}
	var ticks []plot.Tick
	first := math.Ceil(lo/step - 1e-9)
	for i := range 4 * t.n {
		v := (first + float64(i)) * step
		if v > hi+step*1e-9 {
			break
		}
		if math.Abs(v) < step*1e-6 {
			v = 0
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
}

// niceStep is the 1, 2 or 5 times a power of ten that is nearest to raw by ratio.
func niceStep(raw float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(raw)))
	switch r := raw / p; {
	case r < math.Sqrt(2):
		return p
	case r < math.Sqrt(10):
		return 2 * p
	case r < math.Sqrt(50):
		return 5 * p
	}
	return 10 * p
}

// wholeTicks are niceTicks for things that are counted: no fractions.
type wholeTicks struct{ n int }

func (t wholeTicks) Ticks(lo, hi float64) []plot.Tick {
	var out []plot.Tick
	for _, k := range niceTicks(t).Ticks(lo, hi) {
		if k.Value == math.Trunc(k.Value) {
			k.Label = tickLabel(k.Value, max(1, math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(t.n))))))
			out = append(out, k)
		}
	}
	return out
}

// logTicks marks powers of ten, and 2 and 5 times them when the axis is short.
type logTicks struct{}

func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	if lo <= 0 || hi <= lo {
		return nil
	}
	from, to := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	every := max(1, (to-from)/6)
	factors := []float64{1}
	if to-from <= 3 {
		factors = []float64{1, 2, 5}
	}
	var ticks []plot.Tick
	for e := from; e <= to; e++ {
		if (e-from)%every != 0 {
			continue
		}
		p := math.Pow(10, float64(e))
		for _, f := range factors {
			if v := f * p; v >= lo*(1-1e-9) && v <= hi*(1+1e-9) {
				ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, v)})
			}
		}
	}
	if len(ticks) < 2 { // less than a factor of two from end to end
		return niceTicks{4}.Ticks(lo, hi)
	}
	return ticks
}

// tickLabel writes v with the digits that a step needs: 0.25, 1,500, 20k, 1.5M, 2e-7.
func tickLabel(v, step float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a >= 1e12 || step < 1.5e-5:
		return exponent(strconv.FormatFloat(v, 'g', 4, 64))
	case a >= 1e9 && step >= 1e6:
		return trimmed(v/1e9) + "G"
	case a >= 1e6 && step >= 1e3:
		return trimmed(v/1e6) + "M"
	case a >= 1e4 && step >= 10:
		return trimmed(v/1e3) + "k"
	}
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	return minus(strconv.FormatFloat(v, 'f', digits, 64))
}

func trimmed(v float64) string { return minus(strconv.FormatFloat(v, 'g', 6, 64)) }

// minus puts a true minus sign, which is as wide as a plus and doesn't look like a hyphen.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// exponent turns 1e-07 into 1e−7.
func exponent(s string) string {
	mantissa, exp, ok := strings.Cut(s, "e")
	if !ok {
		return minus(s)
	}
	n, _ := strconv.Atoi(exp) // FormatFloat writes an integer there
	return minus(mantissa) + "e" + minus(strconv.Itoa(n))
}

// short writes a value for a legend or a caption: four significant digits.
func short(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return minus(strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "Inf", "∞", 1))
	case v == 0:
		return "0"
	case a < 1e-4 || a >= 1e7:
		return exponent(strconv.FormatFloat(v, 'g', 3, 64))
	case a >= 1000:
		return minus(strconv.FormatFloat(v, 'f', 0, 64))
	case a < 0.1:
		return minus(strconv.FormatFloat(v, 'g', 3, 64))
	}
	s := strconv.FormatFloat(v, 'f', 3, 64)
	if a >= 100 {
		s = strconv.FormatFloat(v, 'f', 1, 64)
	} else if a >= 10 {
		s = strconv.FormatFloat(v, 'f', 2, 64)
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return minus(s)
}
