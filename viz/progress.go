package viz

import (
	"fmt"
	"html"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/rustygradients/rg/viz/display"
)

// Progress is a bar that fills, with rate and time left: one display, replaced in place. Its methods
// may be called from any goroutine.
type Progress struct {
	name  string
	total int
	live  *display.Live

	mu     sync.Mutex
	n      int
	note   string
	begin  time.Time
	latest time.Time
	done   bool
}

// NewProgress starts a bar for total steps, and shows it; 0 is for work of unknown length, which is
// counted only.
func NewProgress(name string, total int) *Progress {
	if total < 0 {
		fail("NewProgress", "total is %d; use 0 when it isn't known", total)
	}
	now := time.Now()
	p := &Progress{name: name, total: total, begin: now, latest: now}
	p.live = display.NewLive(func(bool) any { return p.MIMEBundle() })
	p.live.Changed()
	return p
}

// Add says that n more steps are done.
func (p *Progress) Add(n int) {
	p.change(func() { p.n += n })
}

// Set says that n steps are done in all.
func (p *Progress) Set(n int) {
	p.change(func() { p.n = n })
}

// Note shows a few words beside the bar, in place of the former ones.
func (p *Progress) Note(text string) {
	p.change(func() { p.note = text })
}

func (p *Progress) change(f func()) {
	p.mu.Lock()
	f()
	p.latest, p.done = time.Now(), false
	p.mu.Unlock()
	p.live.Changed()
}

// Done shows the final state.
func (p *Progress) Done() {
	p.mu.Lock()
	p.latest, p.done = time.Now(), true
	p.mu.Unlock()
	p.live.Flush()
}

// MIMEBundle shows the bar as it is now, as HTML and text.
func (p *Progress) MIMEBundle() display.Bundle {
	p.mu.Lock()
	defer p.mu.Unlock()
	return display.Bundle{Data: map[string]any{display.MIMEHTML: p.html(), display.MIMEText: p.text()}}
}

// String is the bar in characters.
func (p *Progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text()
}

// share is how much is done, 0 … 1; NaN when that isn't known.
func (p *Progress) share() float64 {
	if p.total == 0 {
		return math.NaN()
	}
	return min(max(float64(p.n)/float64(p.total), 0), 1)
}

func (p *Progress) status() string {
	elapsed := p.latest.Sub(p.begin)
	count := display.Count(p.n)
	if p.total > 0 {
		count += " / " + display.Count(p.total)
	}
	parts := []string{count}
	if p.n > 0 && elapsed > time.Millisecond {
		rate := float64(p.n) / elapsed.Seconds()
		parts = append(parts, strings.Replace(perSecond(rate, ""), " /s", "/s", 1))
		if p.total > p.n && !p.done {
			parts = append(parts, "ETA "+clock(seconds(float64(p.total-p.n)/rate)))
		}
	}
	if p.done || p.total > 0 && p.n >= p.total {
		parts = append(parts, "done in "+clock(elapsed))
	}
	return sentence(append(parts, p.note)...)
}

func (p *Progress) text() string {
	const width = 24
	bar := ""
	if s := p.share(); !math.IsNaN(s) {
		full := int(s*width + 0.5)
		bar = fmt.Sprintf(" ▕%s%s▏ %3.0f %%", strings.Repeat("█", full), strings.Repeat("░", width-full), 100*s)
	}
	return strings.TrimSpace(oneLine(p.name) + bar + "  " + p.status())
}

// html draws the bar with boxes, in colours that show on light and on dark pages alike.
func (p *Progress) html() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="display:flex;align-items:center;gap:0.8em;max-width:%dpx;font-size:13px;line-height:1.6">`, figureWidth)
	fmt.Fprintf(&b, `<span>%s</span>`, html.EscapeString(p.name))
	if s := p.share(); !math.IsNaN(s) {
		fmt.Fprintf(&b, `<div role="progressbar" aria-valuenow="%.0f" aria-valuemin="0" aria-valuemax="100" `+
			`style="flex:1 1 120px;height:8px;border-radius:4px;background:rgba(128,128,128,0.25);overflow:hidden">`+
			`<div style="width:%.1f%%;height:8px;border-radius:4px;background:%s"></div></div>`,
			100*s, 100*s, progressColor(s))
		fmt.Fprintf(&b, `<span>%.0f %%</span>`, math.Floor(100*s))
	}
	fmt.Fprintf(&b, `<span style="opacity:0.7">%s</span></div>`, html.EscapeString(p.status()))
	return b.String()
}

// progressColor turns from blue to green when all is done.
func progressColor(share float64) string {
	if share >= 1 {
		return hexColor(hex(0x009E73))
	}
	return hexColor(hex(0x2C8CCB))
}
