package viz

import (
	"fmt"
	"html"
	"image/color"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/rustygradients/rg/viz/display"
)

// TokensOptions adjusts Tokens and TokenProbabilities.
type TokensOptions struct {
	Title     string
	Caption   string
	Low, High float64 // Tokens: values of the ends of the colour scale; the data's own when both are 0
	Prose     bool    // set in the page's typeface, for tokens that are words; else one of even width
}

// TokenText is text with a colour behind each token. It shows as HTML, and as plain text with a bar
// below each token.
type TokenText struct {
	tokens  []string
	values  []float64
	o       TokensOptions
	colors  *colors
	scale   colorScale
	place   func(v float64) float64 // where a value stands on the scale, 0 … 1
	level   func(v float64) float64 // how high its bar is in plain text, 0 … 1
	say     func(v float64) string
	ends    [2]string // what the ends of the legend mean
	legend  []float64 // values that stand in it
	summary string
}

// Tokens shows text with a value behind each token as colour: the attention that it gets, its
// gradient, the activation of a neuron. Values of both signs get a diverging scale with zero in its middle.
// A NaN leaves a token plain.
func Tokens(tokens []string, values any, opts ...TokensOptions) *TokenText {
	t := newTokenText("Tokens", tokens, values, opts)
	s := scaleOf(t.values, HeatMapOptions{Low: t.o.Low, High: t.o.High})
	t.scale, t.place, t.level, t.say = s.colors(t.colors), s.position, s.position, short
	t.ends = [2]string{short(s.lo), short(s.hi)}
	for i := range patches {
		t.legend = append(t.legend, s.lo+(s.hi-s.lo)*float64(i)/(patches-1))
	}
	return t
}

// TokenProbabilities shows how well a model foresaw each token of a text: blue where it was sure of
// what came, orange where it was surprised. The scale is one of surprise, -log₂ p: pale is a
// probability of a quarter (2 bits), full orange one of 1/64 (6 bits) and below. A NaN leaves a
// token plain, as the first, which nothing comes before.
func TokenProbabilities(tokens []string, probabilities any, opts ...TokensOptions) *TokenText {
	const fn = "TokenProbabilities"
	t := newTokenText(fn, tokens, probabilities, opts)
	bits, n := 0.0, 0
	for i, p := range t.values {
		if p < 0 || p > 1+1e-6 {
			fail(fn, "token %d has probability %v; probabilities lie between 0 and 1 (take Softmax of logits, Exp of logarithms)", i, p)
		}
		if finite(p) {
			bits += -math.Log2(max(p, 1e-30))
			n++
		}
	}
	t.scale = t.colors.diverging()
	t.place = surprise
	t.level = func(p float64) float64 { return p }
	t.say = chance
	t.ends = [2]string{"surprised", "sure"}
	for i := range patches {
		t.legend = append(t.legend, math.Exp2(-6*(1-float64(i)/(patches-1))))
	}
	if n > 0 {
		t.summary = fmt.Sprintf("%.2f bits of surprise a token, as if it chose among %.1f", bits/float64(n), math.Exp2(bits/float64(n)))
	}
	return t
}

// surprise is where a probability stands on the diverging scale: 1/4 in its middle, 1 in the light part
// of its blue arm, 1/64 and less in full orange. The scale's dark ends would shout, and what a model is sure of,
// which is most of a text, should be the calmest to read.
func surprise(p float64) float64 {
	const sure, shock = 0.68, 1.0 / 6
	bits := -math.Log2(max(p, 1e-30))
	if bits < 2 {
		return sure + (0.5-sure)*bits/2
	}
	return max(0.5+(shock-0.5)*(bits-2)/4, shock)
}

func chance(p float64) string {
	switch v := 100 * p; {
	case v >= 9.95 || v == 0:
		return fmt.Sprintf("%.0f %%", v)
	case v >= 0.095:
		return fmt.Sprintf("%.1f %%", v)
	}
	return "< 0.1 %"
}

// patches is how many colours a legend has.
const patches = 9

// maxTokens is how many tokens are shown; a page of a hundred thousand coloured letters serves nobody.
const maxTokens = 5000

func newTokenText(fn string, tokens []string, values any, opts []TokensOptions) *TokenText {
	o := option(fn, opts)
	v := numbers(fn, "the values", values)
	if len(v) != len(tokens) {
		fail(fn, "%d values for %d tokens; the first token of a text has no probability, give it math.NaN()", len(v), len(tokens))
	}
	if len(tokens) > maxTokens {
		fail(fn, "%s tokens; at most %s can be shown, slice first", display.Count(len(tokens)), display.Count(maxTokens))
	}
	return &TokenText{tokens: append([]string(nil), tokens...), values: v, o: o, colors: theme()}
}

func css(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// back is the colour behind a value, and whether there is one.
func (t *TokenText) back(v float64) (color.NRGBA, bool) {
	if !finite(v) {
		return color.NRGBA{}, false
	}
	return t.scale.at(t.place(v)), true
}

// HTML shows the text on a card, as figures are. All styles stand at their elements, because a page
// with many outputs has one style sheet; the value of a token is read by pointing at it.
func (t *TokenText) HTML() string {
	var b strings.Builder
	c := t.colors
	fmt.Fprintf(&b, `<div style="box-sizing:border-box;max-width:%dpx;padding:14px 16px;border:1px solid %s;border-radius:%dpx;`+
		`background-color:%s;color:%s;font:%dpx 'Liberation Sans',Arial,Helvetica,sans-serif">`,
		figureWidth, css(c.border), corner, css(c.card), css(c.ink), sizeText)
	if t.o.Title != "" {
		fmt.Fprintf(&b, `<div style="font-size:%dpx;font-weight:bold;margin-bottom:8px">%s</div>`, sizeTitle, html.EscapeString(t.o.Title))
	}
	face := `'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace`
	if t.o.Prose {
		face = `inherit`
	}
	fmt.Fprintf(&b, `<div style="font-family:%s;font-size:14px;line-height:1.75;white-space:pre-wrap;overflow-wrap:anywhere">`, face)
	for i, s := range t.tokens {
		t.span(&b, s, t.values[i])
	}
	b.WriteString(`</div><div style="margin-top:10px;font-size:11px;color:` + css(c.muted) + `">`)
	t.drawLegend(&b)
	for _, s := range []string{t.summary, t.o.Caption} {
		if s != "" {
			b.WriteString(" · " + html.EscapeString(s))
		}
	}
	b.WriteString("</div></div>")
	return b.String()
}

// span writes one token. A line's end shows as ⏎ before it ends the line.
func (t *TokenText) span(b *strings.Builder, s string, v float64) {
	shown := html.EscapeString(strings.NewReplacer("\r\n", "⏎\n", "\n", "⏎\n", "\r", "⏎\n").Replace(s))
	clr, ok := t.back(v)
	if !ok {
		b.WriteString("<span>" + shown + "</span>")
		return
	}
	// No attribute but these two: every page's sanitizer lets them through.
	fmt.Fprintf(b, `<span title="%s" style="background-color:%s;color:%s">%s</span>`,
		html.EscapeString(fmt.Sprintf("%s  %s", shownToken(s), t.say(v))), css(clr), css(onNRGBA(clr)), shown)
}

func onNRGBA(background color.NRGBA) color.NRGBA {
	if isDark(background) {
		return light.card
	}
	return light.ink
}

// drawLegend writes the scale as a row of patches between what its ends mean.
func (t *TokenText) drawLegend(b *strings.Builder) {
	b.WriteString(html.EscapeString(t.ends[0]) + " ")
	for _, v := range t.legend {
		clr := css(t.scale.at(t.place(v)))
		fmt.Fprintf(b, `<span title="%s" style="background-color:%s;color:%[2]s">██</span>`, html.EscapeString(t.say(v)), clr)
	}
	b.WriteString(" " + html.EscapeString(t.ends[1]))
}

// String writes the text in lines of at most 76 characters, each with bars below it: the higher, the
// larger the value.
func (t *TokenText) String() string {
	const width = 76
	bars := []rune("▁▂▃▄▅▆▇█")
	var out []string
	var text, marks strings.Builder
	column := 0
	end := func() {
		if column > 0 {
			out = append(out, text.String(), strings.TrimRight(marks.String(), " "))
		}
		text.Reset()
		marks.Reset()
		column = 0
	}
	for i, s := range t.tokens {
		shown := oneLine(s)
		n := utf8.RuneCountInString(shown)
		if column+n > width {
			end()
		}
		mark := ' '
		if v := t.values[i]; finite(v) {
			mark = bars[int(min(max(t.level(v), 0), 1)*float64(len(bars)-1)+0.5)]
		}
		text.WriteString(shown)
		marks.WriteString(strings.Repeat(string(mark), n))
		column += n
		if strings.ContainsAny(s, "\r\n") {
			end()
		}
	}
	end()
	scale := fmt.Sprintf("▁ %s … █ %s", t.ends[0], t.ends[1])
	return paragraphs(append(append([]string{oneLine(t.o.Title)}, out...), sentence(scale, t.summary, t.o.Caption))...)
}
