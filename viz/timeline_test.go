package viz

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/prof"
)

// profileOf is a little training on each of some goroutines, with named parts.
func profileOf(goroutines, steps int) *prof.Profile {
	return prof.Run(func() {
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				w := tensor.Randn(64, 64).SetRequiresGrad(true)
				for i := range steps {
					prof.Range(fmt.Sprint("step ", i), func() {
						prof.Range("<script>alert(1)</script>", func() { w.MatMul(w).GELU().Sum().Backward() })
						w.ZeroGrad()
						tensor.NoGrad(func() { w.Softmax(-1) })
					})
				}
			})
		}
		wg.Wait()
	})
}

func TestTimeline(t *testing.T) {
	defer SetTheme(Light)
	for name, p := range map[string]*prof.Profile{
		"one step":   profileOf(1, 1),
		"many steps": profileOf(1, 300),
		"goroutines": profileOf(9, 20),
	} {
		for _, th := range []Theme{Light, Dark} {
			t.Run(name+"/"+string(th), func(t *testing.T) {
				SetTheme(th)
				f := Timeline(p)
				if name != "goroutines" { // whose many rows take more
					checkFigure(t, f)
				}
				svg := parseSVG(t, string(f.SVG()))
				for _, lane := range []string{"ranges", "forward", "backward", "other", "memory", "profile"} {
					if !slices.Contains(svg.texts(), lane) {
						t.Errorf("no lane %s in %q", lane, svg.texts())
					}
				}
				if slices.Contains(svg.texts(), "optimizer") {
					t.Error("a lane without operations")
				}
				if len(svg.all("script")) > 0 {
					t.Error("a name became markup")
				}
			})
		}
	}
}

func TestTimelinePart(t *testing.T) {
	p := profileOf(1, 50)
	half := p.Wall() / 2
	f := Timeline(p, TimelineOptions{Title: "first half", To: half, Width: 900})
	checkFigure(t, f)
	if w, _ := f.Size(); w != 900 || !strings.HasPrefix(f.String(), "first half\n") {
		t.Errorf("%d wide: %s", w, f)
	}
	checkFigure(t, Timeline(p, TimelineOptions{From: half}))
	checkFigure(t, Timeline(p, TimelineOptions{From: 24 * time.Hour})) // nothing there
	checkFigure(t, Timeline(prof.Run(func() {})))
}

func TestTimelineMistakes(t *testing.T) {
	p := profileOf(1, 1)
	for want, f := range map[string]func(){
		"nil":   func() { Timeline(nil) },
		"empty": func() { Timeline(p, TimelineOptions{From: 2, To: 1}) },
	} {
		func() {
			defer func() {
				if e, ok := recover().(*Error); !ok || e.Func != "Timeline" || !strings.Contains(e.Problem, want) {
					t.Errorf("%s: %v", want, e)
				}
			}()
			f()
		}()
	}
}
