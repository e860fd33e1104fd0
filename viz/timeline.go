package viz

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/tensor/prof"
	"github.com/rustygradients/rg/viz/display"
)

// TimelineOptions adjusts Timeline.
type TimelineOptions struct {
	Title    string        // "profile" when empty
	From, To time.Duration // the part to show; all of it when To is 0
	Width    int           // of the picture, in pixels; 580
}

// Timeline shows when the operations of a profile ran: a lane for each phase, and in it a row for each
// goroutine, with the named parts of the program above and the memory held below. Operations that
// are narrower than a pixel share it: its colour is that of the kind that takes most of it, and the
// fainter it is, the more of it passed between operations.
func Timeline(p *prof.Profile, opts ...TimelineOptions) *Figure {
	o := option("Timeline", opts)
	if p == nil {
		fail("Timeline", "the profile is nil; prof.Run(func() { … }) makes one")
	}
	if o.From < 0 || o.To < 0 || o.To > 0 && o.To <= o.From {
		fail("Timeline", "the part from %v to %v is empty", o.From, o.To)
	}
	if o.Title == "" {
		o.Title = "profile"
	}
	t := &timeline{from: o.From, to: p.Wall()}
	if o.To > 0 {
		t.to = min(o.To, t.to)
	}
	t.read(p)
	if t.count == 0 || t.to <= t.from {
		return nothing(o.Title, "no operations")
	}
	fr := frame{title: o.Title, caption: t.caption(p)}
	var text []string
	for i, k := range timelineKinds {
		if t.kinds[i] == 0 {
			continue
		}
		part := percent(float64(t.kinds[i]) / float64(t.to-t.from))
		fr.legend = append(fr.legend, legendEntry{name: string(k), value: part, color: theme().lineColor(i), dot: true})
		text = append(text, string(k)+" "+part)
	}
	return newFigure(orSize(o.Width, figureWidth), fr.height()+t.height(), labelOf(o.Title, "timeline"),
		paragraphs(o.Title, strings.Join(text, ", "), fr.caption), func(c draw.Canvas, colors *colors) {
			for i := range fr.legend { // in the theme that is drawn in
				fr.legend[i].color = colors.lineColor(slices.Index(timelineKinds[:], prof.Kind(fr.legend[i].name)))
			}
			t.draw(fr.draw(c, colors), colors)
		})
}

// timelineKinds are in the order of their colours.
var timelineKinds = [...]prof.Kind{prof.MatMul, prof.ElementWise, prof.Reduction, prof.Movement}

// Sizes, in pixels.
const (
	timelineGutter = 64 // names of lanes
	timelineRow    = 20
	timelineThin   = 9 // rows of several goroutines
	timelineGap    = 8 // between lanes
	timelineMemory = 52
	timelineAxis   = 18
	timelineRows   = 6 // goroutines that get a row of their own in a lane
	timelineDepth  = 3 // spans in one another that are shown
)

// timeline is what is drawn of a profile.
type timeline struct {
	from, to time.Duration
	lanes    []timelineLane
	spans    []prof.Span // named ones, of the goroutine that has the most
	depths   []int       // of the spans shown, the outermost first
	memory   []prof.MemoryPoint
	kinds    [len(timelineKinds)]time.Duration
	count    int
	peak     int64
}

// timelineLane holds the operations of a phase.
type timelineLane struct {
	name string
	rows [][]prof.Op
}

func (t *timeline) read(p *prof.Profile) {
	rows := map[prof.Phase]map[int]int{} // goroutine → row
	lanes := map[prof.Phase]*timelineLane{}
	for _, op := range p.Ops() {
		if op.Start+op.Duration < t.from || op.Start > t.to {
			continue
		}
		lane := lanes[op.Phase]
		if lane == nil {
			lane = &timelineLane{name: op.Phase.String()}
			lanes[op.Phase], rows[op.Phase] = lane, map[int]int{}
		}
		row, ok := rows[op.Phase][op.Goroutine]
		if !ok {
			row = min(len(lane.rows), timelineRows-1)
			rows[op.Phase][op.Goroutine] = row
			if row == len(lane.rows) {
				lane.rows = append(lane.rows, nil)
			}
		}
		lane.rows[row] = append(lane.rows[row], op)
		t.kinds[slices.Index(timelineKinds[:], op.Kind())] += min(op.Start+op.Duration, t.to) - max(op.Start, t.from)
		t.count++
	}
	for _, phase := range []prof.Phase{prof.Forward, prof.Backward, prof.Optimizer, prof.Other} {
		if l := lanes[phase]; l != nil {
			t.lanes = append(t.lanes, *l)
		}
	}
	t.readSpans(p.Spans())
	t.memory, t.peak = p.Memory(), p.PeakBytes()
}

// readSpans takes the named spans of the goroutine that has the most of them: those of others would lie on
// top of each other.
func (t *timeline) readSpans(all []prof.Span) {
	of := map[int]int{}
	most := -1
	for _, s := range all {
		if !s.Named || s.Start+s.Duration < t.from || s.Start > t.to {
			continue
		}
		of[s.Goroutine]++
		if most < 0 || of[s.Goroutine] > of[most] {
			most = s.Goroutine
		}
	}
	for _, s := range all {
		if !s.Named || s.Goroutine != most || s.Start+s.Duration < t.from || s.Start > t.to {
			continue
		}
		t.spans = append(t.spans, s)
		if !slices.Contains(t.depths, s.Depth) {
			t.depths = append(t.depths, s.Depth)
		}
	}
	slices.Sort(t.depths)
	t.depths = t.depths[:min(len(t.depths), timelineDepth)]
}

func (t *timeline) caption(p *prof.Profile) string {
	parts := []string{
		elapsed(p.Wall()),
		display.Count(p.Len()) + " operations",
		percent(float64(p.Busy())/float64(max(p.Wall(), 1))) + " of the time in them",
	}
	if kept := len(p.Ops()); kept < p.Len() {
		parts = append(parts, "the first "+display.Count(kept)+" are drawn")
	}
	return sentence(parts...)
}

func (l timelineLane) height() float64 {
	if len(l.rows) == 1 {
		return timelineRow
	}
	return float64(len(l.rows)*(timelineThin+1) - 1)
}

func (t *timeline) height() float64 {
	h := float64(timelineAxis)
	if n := len(t.depths); n > 0 {
		h += float64(n*(timelineRow-2) + timelineGap)
	}
	for _, l := range t.lanes {
		h += l.height() + timelineGap
	}
	if len(t.memory) > 0 {
		h += timelineMemory + timelineGap
	}
	return h
}

// x is where a time lies on a canvas.
func (t *timeline) x(c draw.Canvas, at time.Duration) vg.Length {
	share := float64(at-t.from) / float64(t.to-t.from)
	return c.Min.X + vg.Length(min(max(share, 0), 1))*(c.Max.X-c.Min.X)
}

func (t *timeline) draw(c draw.Canvas, k *colors) {
	area := c
	area.Min.X += timelineGutter
	t.drawAxis(area, k)
	name := textStyle(k.ink, sizeSmall)
	label := func(s string, top, height float64) {
		putText(c, s, c.Min.X, vg.Length(top-height/2)-sizeSmall*0.36, name)
	}
	top := float64(c.Max.Y)
	if n := len(t.depths); n > 0 {
		h := float64(n * (timelineRow - 2))
		label("ranges", top, timelineRow-2)
		t.drawSpans(area, k, top)
		top -= h + timelineGap
	}
	for _, l := range t.lanes {
		h := l.height()
		label(l.name, top, h)
		each, step := h, 0.0
		if len(l.rows) > 1 {
			each, step = timelineThin, timelineThin+1
		}
		for i, ops := range l.rows {
			t.drawRow(area, k, ops, top-float64(i)*step, each)
		}
		top -= h + timelineGap
	}
	if len(t.memory) > 0 {
		label("memory", top, timelineMemory)
		t.drawMemory(area, k, top)
	}
}

// drawAxis draws the grid and writes the times below it.
func (t *timeline) drawAxis(c draw.Canvas, k *colors) {
	unit, per := "s", 1e9
	switch span := t.to - t.from; {
	case span < 2*time.Millisecond:
		unit, per = "µs", 1e3
	case span < 2*time.Second:
		unit, per = "ms", 1e6
	}
	sty := textStyle(k.muted, sizeSmall)
	for _, tick := range (niceTicks{6}).Ticks(float64(t.from)/per, float64(t.to)/per) {
		x := t.x(c, time.Duration(tick.Value*per))
		c.StrokeLine2(draw.LineStyle{Color: k.grid, Width: widthGrid}, x, c.Min.Y+timelineAxis, x, c.Max.Y)
		s := tick.Label + " " + unit
		if x+sty.Width(s)/2 > c.Max.X {
			putRight(c, s, c.Max.X, c.Min.Y+3, sty)
			continue
		}
		putCentered(c, s, x, c.Min.Y+3, sty)
	}
}

func (t *timeline) drawSpans(c draw.Canvas, k *colors, top float64) {
	const height = timelineRow - 4
	sty := textStyle(k.ink, sizeSmall)
	for row := range t.depths {
		// Narrow spans side by side are many; they share a path, and those that share a pixel are one.
		var many vg.Path
		last := vg.Length(-1)
		y := vg.Length(top - float64(row*(timelineRow-2)))
		for _, s := range t.spans {
			if s.Depth != t.depths[row] {
				continue
			}
			x0, x1 := t.x(c, s.Start), t.x(c, s.Start+s.Duration)
			r := vg.Rectangle{Min: vg.Point{X: x0, Y: y - height}, Max: vg.Point{X: max(x1-1, x0+0.5), Y: y}}
			if x1-x0 < 3 {
				if x0 < last+1 {
					continue
				}
				last = x0
			}
			many = append(many, r.Path()...)
		}
		c.SetColor(k.grid)
		c.Fill(many)
		for _, s := range t.spans {
			x0, x1 := t.x(c, s.Start), t.x(c, s.Start+s.Duration)
			if s.Depth == t.depths[row] && x1-x0 >= 24 {
				putText(c, fit(s.Name, x1-x0-8, sty), x0+4, y-height/2-sizeSmall*0.36, sty)
			}
		}
	}
}

// drawRow draws operations that don't overlap in time.
func (t *timeline) drawRow(c draw.Canvas, k *colors, ops []prof.Op, top, height float64) {
	width := int(math.Ceil(float64(c.Max.X - c.Min.X)))
	rect := func(x0, x1 vg.Length) vg.Path {
		r := vg.Rectangle{Min: vg.Point{X: x0, Y: vg.Length(top - height)}, Max: vg.Point{X: x1, Y: vg.Length(top)}}
		return r.Path()
	}
	c.SetColor(faded(k.grid, 0.5))
	c.Fill(rect(c.Min.X, c.Max.X))

	var wide [len(timelineKinds)]vg.Path
	bins := make([][len(timelineKinds)]float64, width+1) // the shares of a pixel
	type caption struct {
		text  string
		x     vg.Length
		color color.NRGBA
	}
	var captions []caption
	for _, op := range ops {
		kind := slices.Index(timelineKinds[:], op.Kind())
		x0, x1 := t.x(c, op.Start), t.x(c, op.Start+op.Duration)
		if x1-x0 < 2 {
			for at := float64(x0 - c.Min.X); at < float64(x1-c.Min.X); {
				bin := int(at)
				end := min(float64(bin+1), float64(x1-c.Min.X))
				bins[min(bin, width)][kind] += end - at
				at = end
			}
			continue
		}
		if x1-x0 >= 4 {
			x1 -= 0.5 // a hairline to the next
		}
		wide[kind] = append(wide[kind], rect(x0, x1)...)
		ink := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
		if !isDark(k.lineColor(kind)) {
			ink = color.NRGBA{0x14, 0x16, 0x1A, 0xFF}
		}
		sty := textStyle(ink, sizeSmall-1)
		if height >= timelineRow && sty.Width(op.Name) < x1-x0-6 {
			captions = append(captions, caption{op.Name, (x0 + x1) / 2, ink})
		}
	}

	// Runs of pixels of one kind and, in quarters, one strength are one rectangle.
	const levels = 4
	var narrow [len(timelineKinds)][levels]vg.Path
	runKind, runLevel, runStart := -1, 0, 0
	for i := 0; i <= width; i++ {
		kind, level, sum := -1, 0, 0.0
		for j, share := range bins[i] {
			sum += share
			if share > 0 && (kind < 0 || share > bins[i][kind]) {
				kind = j
			}
		}
		if kind >= 0 {
			level = min(int(sum*levels), levels-1)
		}
		if i < width && kind == runKind && level == runLevel {
			continue
		}
		if runKind >= 0 {
			narrow[runKind][runLevel] = append(narrow[runKind][runLevel], rect(c.Min.X+vg.Length(runStart), c.Min.X+vg.Length(i))...)
		}
		runKind, runLevel, runStart = kind, level, i
	}
	for kind := range timelineKinds {
		for level := range levels {
			c.SetColor(faded(k.lineColor(kind), 0.4+0.6*float64(level)/(levels-1)))
			c.Fill(narrow[kind][level])
		}
		c.SetColor(k.lineColor(kind))
		c.Fill(wide[kind])
	}
	for _, s := range captions {
		putCentered(c, s.text, s.x, vg.Length(top-height/2)-(sizeSmall-1)*0.36, textStyle(s.color, sizeSmall-1))
	}
}

// drawMemory draws the bytes held as an area, the highest of each pixel.
func (t *timeline) drawMemory(c draw.Canvas, k *colors, top float64) {
	width := int(c.Max.X - c.Min.X)
	high := make([]float64, width+1)
	now, i := int64(0), 0
	for ; i < len(t.memory) && t.memory[i].Start < t.from; i++ {
		now = t.memory[i].Bytes
	}
	for px := range high {
		end := t.from + time.Duration(float64(t.to-t.from)*float64(px+1)/float64(width))
		most := now
		for ; i < len(t.memory) && t.memory[i].Start < end; i++ {
			now = t.memory[i].Bytes
			most = max(most, now)
		}
		high[px] = float64(most)
	}
	bottom := vg.Length(top - timelineMemory)
	y := func(bytes float64) vg.Length {
		return bottom + vg.Length(max(bytes, 0)/float64(max(t.peak, 1))*(timelineMemory-sizeSmall-4))
	}
	var line vg.Path
	for px, h := range high {
		x := c.Min.X + vg.Length(px)
		switch {
		case px == 0:
			line.Move(vg.Point{X: x, Y: y(h)})
		case h != high[px-1]: // a step
			line.Line(vg.Point{X: x, Y: y(high[px-1])})
			line.Line(vg.Point{X: x, Y: y(h)})
		}
	}
	line.Line(vg.Point{X: c.Max.X, Y: y(high[width])})
	area := slices.Clone(line)
	area.Line(vg.Point{X: c.Max.X, Y: bottom})
	area.Line(vg.Point{X: c.Min.X, Y: bottom})
	area.Close()
	hue := k.lineColor(5)
	c.SetColor(faded(hue, 0.25))
	c.Fill(area)
	c.SetLineStyle(draw.LineStyle{Color: hue, Width: 1.2})
	c.Stroke(line)
	c.StrokeLine2(draw.LineStyle{Color: k.axis, Width: widthThin}, c.Min.X, bottom, c.Max.X, bottom)
	sty := textStyle(k.muted, sizeSmall)
	putRight(c, "peak "+bytesText(t.peak), c.Max.X, vg.Length(top)-sizeSmall+1, sty)
}

// percent writes a share.
func percent(x float64) string {
	if x < 0.0995 {
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// elapsed writes a measured time with three digits.
func elapsed(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	case d < 100*time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
	return clock(d)
}

// bytesText writes a number of bytes with three digits.
func bytesText(n int64) string {
	x := float64(n)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if x < 999.5 {
			return fmt.Sprintf("%.3g %s", x, unit)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.3g TB", x)
}
