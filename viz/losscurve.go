package viz

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// CurveOptions adjusts a LossCurve.
type CurveOptions struct {
	Steps   int     // how many there will be: the caption then says when training ends
	Smooth  float64 // 0 … 1: share of the past, after a step, in a moving average drawn over the pale raw values
	LogY    bool
	YLabel  string
	PerStep int    // how many of Unit a step works through, e.g. tokens in a batch
	Unit    string // "tokens", "images": the caption gives their number per second
	Width   int    // of the picture, in pixels; 580
	Height  int    // 340
}

// LossCurve is a plot that grows while a model trains: one display, replaced in place. Its methods may be
// called from any goroutine.
type LossCurve struct {
	title string
	opts  CurveOptions
	live  *display.Live

	mu     sync.Mutex
	series []*curveSeries
	note   string
	begin  time.Time
	latest time.Time
	first  int // lowest and highest step seen
	last   int
	done   bool
}

type curveSeries struct {
	name string
	x, y []float64
}

// NewLossCurve starts a curve. It is shown when the first value comes.
func NewLossCurve(title string, opts ...CurveOptions) *LossCurve {
	o := option("NewLossCurve", opts)
	if o.Smooth < 0 || o.Smooth >= 1 || math.IsNaN(o.Smooth) {
		fail("NewLossCurve", "Smooth is %v; it is the share of the past, from 0 to less than 1", o.Smooth)
	}
	c := &LossCurve{title: title, opts: o}
	c.live = display.NewLive(c.render)
	return c
}

// Add appends a value to the named series, which begins with its first value.
func (c *LossCurve) Add(series string, step int, value float64) {
	now := time.Now()
	c.mu.Lock()
	if c.begin.IsZero() {
		c.begin, c.first, c.last = now, step, step
	}
	c.latest, c.done = now, false
	c.first, c.last = min(c.first, step), max(c.last, step)
	s := c.find(series)
	s.x = append(s.x, float64(step))
	s.y = append(s.y, value)
	c.mu.Unlock()
	c.live.Changed()
}

func (c *LossCurve) find(name string) *curveSeries {
	for _, s := range c.series {
		if s.name == name {
			return s
		}
	}
	s := &curveSeries{name: name}
	c.series = append(c.series, s)
	return s
}

// Note puts a few words of the caller's into the caption, in place of the former ones.
func (c *LossCurve) Note(text string) {
	c.mu.Lock()
	c.note = text
	c.mu.Unlock()
	c.live.Changed()
}

// Done draws the final picture. More values may follow all the same.
func (c *LossCurve) Done() {
	c.mu.Lock()
	c.done = true
	c.mu.Unlock()
	c.live.Flush()
}

// Figure returns the curve as it is now.
func (c *LossCurve) Figure() *Figure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.figure()
}

func (c *LossCurve) render(final bool) any {
	f := c.Figure()
	if final {
		return f.MIMEBundle()
	}
	return f.quick()
}

// figure makes the picture. c.mu is held; the series' backing arrays are only ever appended to, so
// that the picture may keep them.
func (c *LossCurve) figure() *Figure {
	t := theme()
	a := &axes{xLabel: "step", yLabel: c.opts.YLabel, yLog: c.opts.LogY, x: newSpan(), y: newSpan(), flush: true, xTicks: wholeTicks{7}}
	fr := frame{title: c.title}
	var lines []xy
	var text []string
	missing, nameWidth := 0, 0
	for _, s := range c.series {
		nameWidth = max(nameWidth, utf8.RuneCountInString(s.name))
	}
	for i, s := range c.series {
		clr, dash := t.lineColor(i), dashes(i, len(t.series))
		raw := xy{name: s.name, x: s.x[:len(s.x):len(s.x)], y: s.y[:len(s.y):len(s.y)], color: clr, dash: dash, width: widthLine}
		shown := raw
		if c.opts.Smooth > 0 && len(s.y) > 2 {
			shown.y = smoothed(raw.x, raw.y, c.opts.Smooth)
			raw.color, raw.width, raw.dash = faded(clr, 0.28), widthThin, nil
			missing += a.includeMost(raw)
			a.include(shown)
			lines = append(lines, raw)
		} else {
			missing += a.include(raw)
		}
		lines = append(lines, shown)
		entry := legendEntry{name: s.name, color: clr, dash: dash}
		if v, ok := lastFinite(shown.y); ok {
			entry.value = short(v)
		}
		fr.legend = append(fr.legend, entry)
		text = append(text, raw.summary(nameWidth))
	}
	fr.caption = sentence(c.progress(), c.note, leftOut(missing, c.opts.LogY))
	if len(c.series) == 0 {
		fr.caption = sentence("no values yet", c.note)
	}
	text = append([]string{oneLine(c.title)}, append(text, fr.caption)...)

	width, height := orSize(c.opts.Width, figureWidth), orSize(c.opts.Height, figureHeight)
	return newFigure(width, height, c.title, strings.Join(text, "\n"), func(cv draw.Canvas, t *colors) {
		cv = fr.draw(cv, t)
		p := a.plot(t)
		for _, l := range lines {
			p.Add(polyline{l, a})
		}
		p.Draw(cv)
	})
}

// progress is the caption's account of steps and time.
func (c *LossCurve) progress() string {
	if c.begin.IsZero() {
		return ""
	}
	now, steps := c.latest, float64(c.last-c.first)
	elapsed := now.Sub(c.begin)
	where := "step " + display.Count(c.last)
	if c.opts.Steps > 0 {
		// Steps count from 0 in one loop and from 1 in another; a hundred of them read best as 100 / 100.
		where = fmt.Sprintf("step %s / %s", display.Count(min(c.last-min(c.first, 1)+1, c.opts.Steps)), display.Count(c.opts.Steps))
	}
	parts := []string{where}
	if steps > 0 && elapsed > 0 {
		rate := steps / elapsed.Seconds()
		parts = append(parts, perSecond(rate, "steps"))
		if c.opts.PerStep > 0 && c.opts.Unit != "" {
			parts = append(parts, perSecond(rate*float64(c.opts.PerStep), c.opts.Unit))
		}
		if left := float64(c.opts.Steps - 1 - (c.last - min(c.first, 1))); !c.done && c.opts.Steps > 0 && left > 0 {
			return sentence(append(parts, clock(elapsed), "ETA "+clock(seconds(left/rate)))...)
		}
	}
	return sentence(append(parts, clock(elapsed))...)
}

func lastFinite(y []float64) (float64, bool) {
	for i := len(y) - 1; i >= 0; i-- {
		if finite(y[i]) {
			return y[i], true
		}
	}
	return 0, false
}

func seconds(s float64) time.Duration {
	return time.Duration(min(s, 1e9) * float64(time.Second))
}

// clock writes a time that a person waits: 0.8 s, 12 s, 3:05, 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

func perSecond(rate float64, unit string) string {
	switch {
	case rate >= 1e6:
		return fmt.Sprintf("%.3gM %s/s", rate/1e6, unit)
	case rate >= 1e4:
		return fmt.Sprintf("%.3gk %s/s", rate/1e3, unit)
	case rate >= 100:
		return fmt.Sprintf("%.0f %s/s", rate, unit)
	}
	return fmt.Sprintf("%.2g %s/s", rate, unit)
}
