package viz

import (
	"math"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/viz/display"
)

// recorder is a notebook: it keeps what was displayed and what each display was replaced by.
type recorder struct {
	mu       sync.Mutex
	displays []display.Bundle
	updates  []display.Bundle
}

func (r *recorder) Display(b display.Bundle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.displays = append(r.displays, b)
}

func (r *recorder) Update(b display.Bundle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.updates = append(r.updates, b)
}

func (r *recorder) Clear(bool) {}

func (r *recorder) last(t *testing.T) display.Bundle {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.displays) != 1 {
		t.Fatalf("%d displays, want one that is replaced in place", len(r.displays))
	}
	if len(r.updates) == 0 {
		return r.displays[0]
	}
	b := r.updates[len(r.updates)-1]
	if b.ID != r.displays[0].ID || b.ID == "" {
		t.Fatalf("the update has ID %q, the display %q", b.ID, r.displays[0].ID)
	}
	return b
}

func record(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	old := display.SetPublisher(r)
	t.Cleanup(func() { display.SetPublisher(old) })
	return r
}

func TestLossCurveDone(t *testing.T) {
	r := record(t)
	curve := NewLossCurve("loss", CurveOptions{Steps: 1000})
	for i := range 1000 {
		curve.Add("train", i, 1/float64(i+1))
	}
	curve.Add("validation", 999, 0.5)
	curve.Done()
	if n := len(r.updates); n > 3 {
		t.Errorf("%d updates in a moment", n)
	}
	b := r.last(t)
	if b.Data[display.MIMEPNG] == nil || b.Data[display.MIMESVG] == nil {
		t.Error("the final picture lacks PNG or SVG")
	}
	text := b.Plain()
	for _, want := range []string{"loss\n", "train       █", "1 → 0.001, lowest 0.001 at 999", "validation  ", "step 1,000 / 1,000", "steps/s"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the text:\n%s", want, text)
		}
	}
	if strings.Contains(text, "ETA") {
		t.Errorf("a finished training has an ETA:\n%s", text)
	}
}

// A cell that ends without Done, by a panic say, still leaves the last state behind.
func TestLossCurveWithoutDone(t *testing.T) {
	r := record(t)
	curve := NewLossCurve("loss")
	curve.Add("train", 0, 2)
	curve.Add("train", 1, 1) // too early for an update of its own
	display.Flush()
	b := r.last(t)
	if !strings.Contains(b.Plain(), "2 → 1") || b.Data[display.MIMEPNG] == nil {
		t.Errorf("the last state is missing: %q", b.Plain())
	}
}

// When a slow step follows a quick one, the timer shows what the quick one brought.
func TestLossCurveCatchesUp(t *testing.T) {
	r := record(t)
	curve := NewLossCurve("loss")
	curve.Add("train", 0, 2)
	curve.Add("train", 1, 1)
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(r.last(t).Plain(), "2 → 1") {
		if time.Now().After(deadline) {
			t.Fatal("the second value was never shown")
		}
		time.Sleep(20 * time.Millisecond)
	}
	curve.Done()
}

func TestLossCurveRate(t *testing.T) {
	r := record(t)
	curve := NewLossCurve("loss")
	start := time.Now()
	for i := 0; time.Since(start) < 900*time.Millisecond; i++ {
		curve.Add("train", i, 1)
		time.Sleep(time.Millisecond)
	}
	r.mu.Lock()
	n := len(r.displays) + len(r.updates)
	r.mu.Unlock()
	limit := 2 + int(time.Since(start)/display.Interval)
	if n > limit || n < 2 {
		t.Errorf("%d pictures in %v, want 2 to %d", n, time.Since(start), limit)
	}
	curve.Done()
}

func TestLossCurveFromManyGoroutines(t *testing.T) {
	r := record(t)
	curve := NewLossCurve("loss")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 300 {
				curve.Add(string(rune('a'+g)), i, float64(i))
				curve.Note("at work")
			}
		})
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for range 3 {
			display.Flush()
			_ = curve.Figure()
		}
	}()
	wg.Wait()
	curve.Done()
	text := r.last(t).Plain()
	for _, want := range []string{"a  ", "b  ", "c  ", "d  ", "0 → 299", "at work"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the text:\n%s", want, text)
		}
	}
}

func TestLossCurveETA(t *testing.T) {
	curve := NewLossCurve("loss", CurveOptions{Steps: 101, PerStep: 10, Unit: "tokens"})
	curve.begin = time.Now().Add(-10 * time.Second)
	curve.latest = curve.begin.Add(10 * time.Second)
	curve.first, curve.last = 0, 50
	if got, want := curve.progress(), "step 51 / 101 · 5 steps/s · 50 tokens/s · 10 s · ETA 10 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	curve.done, curve.last = true, 100
	if got, want := curve.progress(), "step 101 / 101 · 10 steps/s · 100 tokens/s · 10 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgress(t *testing.T) {
	r := record(t)
	p := NewProgress(hostile, 200)
	p.begin = p.begin.Add(-time.Second)
	for range 150 {
		p.Add(1)
	}
	p.Note("<i>loss</i> 0.5")
	display.Flush()
	b := r.last(t)
	text, html := b.Plain(), b.Data[display.MIMEHTML].(string)
	for _, want := range []string{"▕██████████████████░░░░░░▏  75 %", "150 / 200", "ETA", "<i>loss</i> 0.5"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the text: %q", want, text)
		}
	}
	if strings.Contains(html, "<script") || strings.Contains(html, "<i>") {
		t.Errorf("markup from data got into the page: %s", html)
	}
	for _, want := range []string{`role="progressbar"`, "width:75.0%", "&lt;i&gt;loss&lt;/i&gt; 0.5"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not in the page: %s", want, html)
		}
	}
	p.Set(200)
	p.Done()
	if text := r.last(t).Plain(); !strings.Contains(text, "100 %") || !strings.Contains(text, "done in") {
		t.Errorf("at the end: %q", text)
	}
}

func TestProgressOfUnknownLength(t *testing.T) {
	r := record(t)
	p := NewProgress("reading", 0)
	p.Add(1234)
	p.Done()
	text := r.last(t).Plain()
	if !strings.HasPrefix(text, "reading  1,234 · ") || strings.Contains(text, "%") {
		t.Errorf("text is %q", text)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 1500 * time.Millisecond: "1.5 s", 12 * time.Second: "12 s", 185 * time.Second: "3:05", 3723 * time.Second: "1:02:03",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %q, want %q", d, got, want)
		}
	}
}

// 10,000 steps of training, raw and smoothed, fit a notebook. So does the SVG of three series of pure noise,
// the worst there is.
func TestLongCurveIsSmall(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	training := NewLossCurve("loss", CurveOptions{Smooth: 0.99})
	noise := NewLossCurve("noise", CurveOptions{Smooth: 0.99})
	for i := range 10_000 {
		x := float64(i)
		put := func(c *LossCurve, name string, y float64) {
			s := c.find(name)
			s.x, s.y = append(s.x, x), append(s.y, y)
		}
		put(training, "train", 2*math.Exp(-x/2000)+0.2+0.1*rng.NormFloat64())
		if i%250 == 0 {
			put(training, "validation", 2*math.Exp(-x/2000)+0.3)
		}
		for _, name := range []string{"a", "b", "c"} {
			put(noise, name, rng.Float64())
		}
	}
	checkFigure(t, training.Figure())
	if n := len(noise.Figure().SVG()); n > 60_000 {
		t.Errorf("the SVG of noise has %d bytes", n)
	}
}

// Behind an average, a few wild values don't press everything else flat.
func TestSpikesDontSetTheScale(t *testing.T) {
	curve := NewLossCurve("loss", CurveOptions{Smooth: 0.9, LogY: true})
	s := curve.find("train")
	for i := range 1000 {
		s.x, s.y = append(s.x, float64(i)), append(s.y, 1+0.1*math.Sin(float64(i)))
	}
	s.y[500] = 1e-30
	doc := parseSVG(t, string(curve.Figure().SVG()))
	for _, text := range doc.texts() {
		if strings.Contains(text, "e−") {
			t.Errorf("the axis goes down to %s for one value", text)
		}
	}
}
