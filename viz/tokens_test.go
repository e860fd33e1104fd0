package viz

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/viz/display"
)

// checkHTML reads markup as XML, which ours is.
func checkHTML(t *testing.T, markup string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(markup))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, markup)
		}
	}
}

func TestTokenText(t *testing.T) {
	tokens := strings.Split("a <b>\nc", "")
	p := TokenProbabilities(tokens, []float64{math.NaN(), 1, 0.5, 0.25, 0.1, 0.01, 0}, TokensOptions{Title: "T & t", Caption: "<i>"})
	b := display.Render(p)
	markup, _ := b.Data[display.MIMEHTML].(string)
	checkHTML(t, markup)
	for _, want := range []string{
		"T &amp; t", "&lt;i&gt;", `title="␣  100 %"`, `title="&lt;  50 %"`, `title="⏎  1.0 %"`, "⏎\n</span>", "surprised", "sure",
		"<span>a</span>",
	} {
		if !strings.Contains(markup, want) {
			t.Errorf("the HTML lacks %q: %s", want, markup)
		}
	}
	const text = "T & t\na <b>⏎\n █▅▃▂▁\nc\n▁\n▁ surprised … █ sure · "
	if got := b.Plain(); !strings.HasPrefix(got, text) {
		t.Errorf("text is %q, want %q…", got, text)
	}
	// (0 + 1 + 2 + 3.32 + 6.64 + 99.66) / 6
	if got := b.Plain(); !strings.Contains(got, "18.77 bits of surprise a token") {
		t.Errorf("the mean is wrong: %s", got)
	}
}

// Whatever a token holds stays text.
func TestHostileTokens(t *testing.T) {
	h := strings.Map(func(r rune) rune { // controls are no XML at all, but browsers let them pass
		if r == 0 || r == 0x1b || r == 7 || r == 0xFFFD {
			return -1
		}
		return r
	}, hostile)
	for _, v := range []*TokenText{
		Tokens([]string{h, h}, []float64{-1, 2}, TokensOptions{Title: h, Caption: h}),
		TokenProbabilities([]string{h}, []float64{0.5}, TokensOptions{Title: h, Caption: h}),
	} {
		markup := v.HTML()
		checkHTML(t, markup)
		if strings.Contains(markup, "<script") || !strings.Contains(markup, "&lt;script&gt;") {
			t.Errorf("not escaped: %s", markup)
		}
	}
}

// The surer, the bluer, and every letter stands out from what is behind it.
func TestSurprise(t *testing.T) {
	last := -1.0
	for _, p := range []float64{0, 1e-9, 1.0 / 64, 0.05, 0.25, 0.5, 0.9, 1} {
		at := surprise(p)
		if at < last || at < 0 || at > 1 {
			t.Errorf("%v stands at %v, after %v", p, at, last)
		}
		last = at
	}
	if surprise(0.25) != 0.5 {
		t.Errorf("a quarter stands at %v", surprise(0.25))
	}
	for _, th := range []*colors{&light, &dark} {
		for i := range 101 {
			for _, s := range []colorScale{th.sequential(), th.diverging()} {
				back := s.at(float64(i) / 100)
				if c := contrast(back, letters(back)); c < 3.7 {
					t.Errorf("contrast %.1f of text on %v", c, back)
				}
			}
		}
	}
}

// With RG_VIZ_GALLERY=folder the text is written there, to be looked at.
func TestTokensGallery(t *testing.T) {
	text := "The LORD is my shepherd; I shall not want.\nHe maketh me to lie down in green pastures."
	tokens := strings.Split(text, "")
	p, v := make([]float64, len(tokens)), make([]float64, len(tokens))
	for i := range p {
		p[i], v[i] = math.Exp2(-float64(i%8)), math.Sin(float64(i)/5)
	}
	for _, th := range []Theme{Light, Dark} {
		SetTheme(th)
		page := ""
		for _, k := range []*TokenText{
			TokenProbabilities(tokens, p, TokensOptions{Title: "probabilities"}),
			Tokens(tokens, v, TokensOptions{Title: "a neuron"}),
			Tokens(strings.SplitAfter(text, " "), make([]float64, 17), TokensOptions{Title: "words", Prose: true}),
		} {
			checkHTML(t, k.HTML())
			page += k.HTML() + "<p></p>"
		}
		if dir := os.Getenv("RG_VIZ_GALLERY"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "tokens-"+string(th)+".html"), []byte("<meta charset=utf-8>"+page), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	SetTheme(Light)
}
