package display

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

const script = "<script>alert(1)</script>"

type rich struct{}

func (rich) HTML() string   { return "<b>rich</b>" }
func (rich) SVG() []byte    { return []byte("<svg/>") }
func (rich) PNG() []byte    { return []byte("png") }
func (rich) String() string { return "rich" }

type bundled struct{}

func (bundled) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{MIMEHTML: "own"}, Metadata: map[string]any{"a": 1}}
}
func (bundled) HTML() string { return "not used" }

type fragile struct{}

func (fragile) HTML() string { panic("no") }
func (fragile) SVG() []byte  { return []byte("<svg/>") }

type shouting struct{ _ int }

func (*shouting) String() string { return "pointer" }

type point struct {
	X, Y float64
	name string
}

type nested struct {
	Name  string
	Inner *nested
	Tags  []string
}

func TestRenderMethods(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   any
		want map[string]any
	}{
		{"all methods", rich{}, map[string]any{MIMEHTML: "<b>rich</b>", MIMESVG: "<svg/>", MIMEPNG: []byte("png"), MIMEText: "rich"}},
		{"own bundle", bundled{}, map[string]any{MIMEHTML: "own", MIMEText: "{}"}},
		{"a method panics", fragile{}, map[string]any{MIMESVG: "<svg/>", MIMEText: "{}"}},
		{"bundle", Text("x"), map[string]any{MIMEText: "x"}},
		{"bundle pointer", &Bundle{Data: map[string]any{MIMEHTML: "x"}}, map[string]any{MIMEHTML: "x", MIMEText: ""}},
		{"nil bundle", (*Bundle)(nil), map[string]any{MIMEText: "<nil>"}},
		{"nil", nil, map[string]any{MIMEText: "<nil>"}},
		{"typed nil", (*shouting)(nil), map[string]any{MIMEText: "(*display.shouting)(nil)"}},
		{"nil func", (func())(nil), map[string]any{MIMEText: "(func())(nil)"}},
		{"error", errors.New("no " + script), map[string]any{
			MIMEText: "no " + script, MIMEHTML: `<pre style="margin:0;padding:0;color:var(--jp-error-color1,#d32f2f)">no &lt;script&gt;alert(1)&lt;/script&gt;</pre>`,
		}},
		{"error of a type", &json.SyntaxError{}, map[string]any{
			MIMEText: "", MIMEHTML: "<pre style=\"margin:0;padding:0;color:var(--jp-error-color1,#d32f2f)\"><b>*json.SyntaxError</b>\n</pre>",
		}},
		{"time", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), map[string]any{MIMEText: "2026-01-02 03:04:05 +0000 UTC"}},
		{"channel", make(chan int, 2), map[string]any{MIMEText: "chan int (0 of 2 buffered)"}},
		{"duration", 1500 * time.Millisecond, map[string]any{MIMEText: "1.5s"}},
		{"string", script, map[string]any{MIMEText: script}},
		{"number", 42, map[string]any{MIMEText: "42"}},
		{"stringer", &shouting{}, map[string]any{MIMEText: "pointer"}},
		{"markdown", Markdown("**b**"), map[string]any{MIMEMarkdown: "**b**", MIMEText: "**b**"}},
		{"latex", LaTeX("$x$"), map[string]any{MIMELaTeX: "$x$", MIMEText: "$x$"}},
		{"svg", SVG("<svg/>"), map[string]any{MIMESVG: "<svg/>", MIMEText: "SVG image, 6 bytes"}},
		{"html", HTML("<p>one &lt; two</p><p>three<br>four</p><script>x()</script>"), map[string]any{
			MIMEHTML: "<p>one &lt; two</p><p>three<br>four</p><script>x()</script>", MIMEText: "one < two\nthree\nfour",
		}},
		{"json", JSON{map[string]int{"a": 1}}, map[string]any{MIMEJSON: json.RawMessage("{\n  \"a\": 1\n}"), MIMEText: "{\n  \"a\": 1\n}"}},
		{"no json", JSON{math.NaN()}, map[string]any{MIMEText: "JSON: json: unsupported value: NaN"}},
		{"broken png", PNG("x"), map[string]any{MIMEPNG: []byte("x"), MIMEText: "image/png, 1 bytes"}},
		{"jpeg", JPEG("x"), map[string]any{MIMEJPEG: []byte("x"), MIMEText: "image/jpeg, 1 bytes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Render(tt.in).Data
			for k, v := range tt.want {
				if b, ok := v.([]byte); ok {
					if g := reflect.ValueOf(got[k]); g.Kind() != reflect.Slice || !bytes.Equal(g.Bytes(), b) {
						t.Errorf("%s is %v, want %v", k, got[k], v)
					}
				} else if !reflect.DeepEqual(got[k], v) {
					t.Errorf("%s is %#v, want %#v", k, got[k], v)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("representations: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	cycle := &nested{Name: "loop"}
	cycle.Inner = cycle
	long := make([]int, 1000)
	three := 3
	for _, tt := range []struct {
		name string
		in   any
		want string
	}{
		{"string", "a\nb", "a\nb"},
		{"strings", []string{"a b", script}, `["a b" "<script>alert(1)</script>"]`},
		{"floats", []float64{1, 2.5}, "[1 2.5]"},
		{"struct", point{1, 2, "p"}, `{X:1 Y:2 name:"p"}`},
		{"struct pointer", &point{1, 2, "p"}, `&{X:1 Y:2 name:"p"}`},
		{"nil inside", nested{Name: "n"}, `{Name:"n" Inner:<nil> Tags:[]}`},
		{"map", map[string]int{"b": 2, "a": 1}, `map["a":1 "b":2]`},
		{"map of ints", map[int]bool{10: true, 9: false}, "map[9:false 10:true]"},
		{"map of floats", map[float64]int{2: 1, -1: 2}, "map[-1:2 2:1]"},
		{"map of uints", map[uint8]int{20: 1, 3: 2}, "map[3:2 20:1]"},
		{"map of structs", map[[2]int]int{{2, 1}: 1, {1, 2}: 2}, "map[[1 2]:2 [2 1]:1]"},
		{"empty", []int{}, "[]"},
		{"nil slice", []int(nil), "[]"},
		{"any", []any{1, "a", nil, []byte{1}}, `[1 "a" <nil> [1]]`},
		{"durations", []time.Duration{time.Second}, "[1s]"},
		{"errors", []error{errors.New("e"), nil}, "[e <nil>]"},
		{"func", []any{strings.ToUpper}, "[func(string) string]"},
		{"complex", complex(1, 2), "(1+2i)"},
		{"bytes", []byte("hello\n"), `[]byte, 6 bytes: "hello\n"`},
		{"no bytes", []byte{}, "[]byte, empty"},
		{"binary", []byte{0, 1, 255}, "[]byte, 3 bytes: \n00000000  00 01 ff                                          |...|"},
		{"invalid utf-8 in text", []any{"\xff"}, `["\xff"]`},
		{"pointer to pointer", &cycle, ""},
		{"pointer to int", &three, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Format(tt.in)
			if tt.want != "" && got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if len(got) > 2*maxText {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
	if got := Format(cycle); !strings.HasSuffix(got, "&… Tags:[]} Tags:[]} Tags:[]}") {
		t.Errorf("a cycle: %s", got)
	}
	if got := Format(long); !strings.HasSuffix(got, " 0 … 900 more]") {
		t.Errorf("a long list ends in %q", got[len(got)-30:])
	}
	if got := Format(strings.Repeat("é", 20_000)); len(got) > maxString+60 || !strings.HasSuffix(got, "é… (30,000 bytes more)") {
		t.Errorf("a long string: %d bytes, ends in %q", len(got), got[len(got)-40:])
	}
	if got := Format(bytes.Repeat([]byte{7}, 1000)); !strings.HasSuffix(got, "… 744 more bytes") {
		t.Errorf("long binary ends in %q", got[len(got)-40:])
	}
}

// A value of any size costs a bounded amount of text, however deep or wide.
func TestFormatIsBounded(t *testing.T) {
	wide := make([][]map[string][]string, 500)
	for i := range wide {
		for range 200 {
			wide[i] = append(wide[i], map[string][]string{strings.Repeat("k", 500): {strings.Repeat("v", 500), "w"}})
		}
	}
	if n := len(Format(wide)); n > 4*maxText {
		t.Errorf("%d bytes of text", n)
	}
}

func TestTables(t *testing.T) {
	people := []point{{1, 2.5, "a"}, {3, 4, script}}
	b := Render(people)
	want := `<table>
<thead><tr><th style="text-align:right"></th><th style="text-align:right">X</th><th style="text-align:right">Y</th><th style="text-align:left">name</th></tr></thead>
<tbody>
<tr><td style="text-align:right">0</td><td style="text-align:right">1</td><td style="text-align:right">2.5</td><td style="text-align:left">a</td></tr>
<tr><td style="text-align:right">1</td><td style="text-align:right">3</td><td style="text-align:right">4.0</td><td style="text-align:left">&lt;script&gt;alert(1)&lt;/script&gt;</td></tr>
</tbody>
</table>`
	if got := b.Data[MIMEHTML]; got != want {
		t.Errorf("HTML:\n%s\nwant:\n%s", got, want)
	}
	text := "   X    Y  name\n0  1  2.5  a\n1  3  4.0  <script>alert(1)</script>"
	if got := b.Plain(); got != text {
		t.Errorf("text:\n%s\nwant:\n%s", got, text)
	}
}

func TestFloatsInTables(t *testing.T) {
	type row struct {
		F float64
		G float32
		L []float64
		S string
	}
	long := strings.Repeat("x", 130)
	third, tenth := 1.0/3, 0.1
	rows := []row{
		{third, 0.1, []float64{1.0 / 3, 2}, ""},
		{123456.5, 1.0 / 3, nil, long},
		{2e-9, math.MaxFloat32, nil, ""},
		{math.Pi * 1e17, 0, nil, ""},
		{math.Inf(-1), float32(math.NaN()), nil, ""},
		{tenth + 0.2, 2, nil, ""},
	}
	table, _ := tableOf(reflect.ValueOf(rows))
	want := []string{
		`0 | 0.333333 title="0.3333333333333333" | 0.100000 | [0.333333 2] title="[0.3333333333333333 2]" | `,
		`1 | 123456.500000 | 0.333333 title="0.33333334" | [] | ` + long[:120] + `… (10 bytes more) title="` + long + `"`,
		`2 | 2e-09 | 3.402823e+38 title="3.4028235e+38" | [] | `,
		`3 | 3.141593e+17 title="3.141592653589793e+17" | 0.000000 | [] | `,
		`4 | -Inf | NaN | [] | `,
		`5 | 0.300000 title="0.30000000000000004" | 2.000000 | [] | `,
	}
	for i, r := range table.rows {
		var parts []string
		for _, e := range r {
			parts = append(parts, e.text+e.attributes())
		}
		if got := strings.Join(parts, " | "); got != want[i] {
			t.Errorf("row %d:\n%s\nwant\n%s", i, got, want[i])
		}
	}
	for _, tt := range []struct {
		digits int
		want   string
	}{{3, "0.333"}, {0, "0"}, {FullPrecision, "0.3333333333333333"}, {UsualPrecision, "0.333333"}} {
		SetPrecision(tt.digits)
		table, _ := tableOf(reflect.ValueOf(rows[:1]))
		if got := table.rows[0][1].text; got != tt.want {
			t.Errorf("with %d digits: %s, want %s", tt.digits, got, tt.want)
		}
	}
	mixed, _ := tableOf(reflect.ValueOf([]map[string]any{{"a": 1.5, "b": "x", "c": nil}, {"a": 2, "b": 2.25}, {"a": nil, "c": 0.5}}))
	if got, want := mixed.text(), "   a    b     c\n0  1.5  x     <nil>\n1    2  2.25\n2  <nil>        0.5"; strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("mixed:\n%s", got)
	}
	if want := []bool{true, true, false, true}; !reflect.DeepEqual(mixed.numeric, want) {
		t.Errorf("columns of numbers: %v, want %v", mixed.numeric, want)
	}
}

func TestTableKinds(t *testing.T) {
	long := make([]point, 1000)
	wide := []struct {
		A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V int
	}{{V: 7}}
	for _, tt := range []struct {
		name string
		in   any
		want []string // in the text
	}{
		{"map", map[string]int{"b": 2, "a": 1}, []string{"key  value", "a        1\nb        2"}},
		{"map of structs", map[string]point{"a": {1, 2, "n"}}, []string{"key  X  Y  name", "a    1  2  n"}},
		{"pointers", []*point{{1, 2, "n"}, nil}, []string{"0      1  2  n", "1  <nil>"}},
		{"records", []map[string]any{{"a": 1}, {"b": "x\ny"}}, []string{"   a  b", "0  1", "1     x⏎y"}},
		{"pointer to slice", &[]point{{1, 2, "n"}}, []string{"0  1  2  n"}},
		{"array", [1]point{{1, 2, "n"}}, []string{"0  1  2  n"}},
		{"long", long, []string{"14 ", "⋮\n995", "999", "1,000 rows, 980 not shown"}},
		{"wide", wide, []string{"A  B", "S  T", "2 columns not shown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := Render(tt.in)
			for _, w := range tt.want {
				if !strings.Contains(b.Plain(), w) {
					t.Errorf("%q is not in\n%s", w, b.Plain())
				}
			}
			if html, _ := b.Data[MIMEHTML].(string); !strings.HasPrefix(html, "<table>") {
				t.Errorf("HTML is %q", html)
			}
		})
	}
	for name, in := range map[string]any{
		"empty": []point{}, "times": []time.Time{{}}, "numbers": []int{1}, "empty map": map[string]int{},
		"matrix": [][]float64{{1}}, "struct": point{},
	} {
		if _, ok := Render(in).Data[MIMEHTML]; ok {
			t.Errorf("%s shows as a table", name)
		}
	}
}

func TestImages(t *testing.T) {
	img := image.NewGray(image.Rect(2, 3, 12, 8))
	img.SetGray(2, 3, color.Gray{Y: 200})
	b := Render(img)
	got, err := png.Decode(bytes.NewReader(b.Data[MIMEPNG].([]byte)))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := got.At(0, 0).RGBA(); r>>8 != 200 || got.Bounds().Dx() != 10 {
		t.Errorf("the picture came back as %v with %d", got.Bounds(), r>>8)
	}
	if b.Plain() != "*image.Gray, 10×5" {
		t.Errorf("text is %q", b.Plain())
	}
	for want, in := range map[string]image.Image{
		"*image.Gray, 0×0, empty": image.NewGray(image.Rectangle{}),
		"*image.Uniform, 2000000000×2000000000: too large to show (the limit is 4096 pixels an edge); scale it down first": image.NewUniform(color.White),
	} {
		b := Render(in)
		if b.Plain() != want || b.Data[MIMEPNG] != nil {
			t.Errorf("got %q, want %q", b.Plain(), want)
		}
	}
}

type foreign struct{ N int }

func TestRegister(t *testing.T) {
	defer func(n int) { renderers.list = renderers.list[:n] }(len(renderers.list))
	Register(func(v any) (Bundle, bool) {
		f, ok := v.(foreign)
		return Bundle{Data: map[string]any{MIMEHTML: strings.Repeat("x", f.N)}}, ok
	})
	b := Render(foreign{3})
	if b.Data[MIMEHTML] != "xxx" || b.Plain() != "{N:3}" {
		t.Errorf("got %v", b.Data)
	}
	if b := Render(foreign{-1}); b.Plain() != "{N:-1}" { // the function panicked
		t.Errorf("got %v", b.Data)
	}
}

// A rendered bundle is the caller's own: adding to it changes nothing else.
func TestRenderCopies(t *testing.T) {
	b := Text("x")
	Render(b).Data[MIMEHTML] = "y"
	if len(b.Data) != 1 {
		t.Errorf("the original grew: %v", b.Data)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -999: "-999"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSetSize(t *testing.T) {
	var b Bundle
	b.SetSize(MIMEPNG, 2, 1)
	if !reflect.DeepEqual(b.Metadata, map[string]any{MIMEPNG: map[string]any{"width": 2, "height": 1}}) {
		t.Errorf("metadata is %v", b.Metadata)
	}
}

func TestTree(t *testing.T) {
	loop := &nested{Name: strings.Repeat("n", 90)}
	loop.Inner = loop
	for _, tt := range []struct {
		name string
		in   any
		want []string
	}{
		{"nested", nested{Name: script, Inner: &nested{Name: "inner", Tags: []string{strings.Repeat("t", 60), "u"}}}, []string{
			"<details open><summary>display.nested</summary>", "&lt;script&gt;", `<details><summary><span style="opacity:.75">Inner</span> display.nested</summary>`,
			`<span style="opacity:.75">Tags</span> []string (2)`,
		}},
		{"a loop", loop, []string{"↺ a value above"}},
		{"many", make([]int, 200), []string{"[]int (200)", "<details><summary>… 100 more</summary>", "0 0 0 </div>"}},
		{"very many", make([]int, 10_000), []string{"<div>… 8,900 more</div>"}},
		{"many of many", make([][3]string, 10_000), []string{"<details><summary>… 9,950 more</summary>", "more</div>"}},
		{"matrix", [][]int{make([]int, 50), make([]int, 50)}, []string{`<span style="opacity:.75">1</span> []int (50)</summary>`}},
		{"behind any", map[any]any{1: make([]int, 100)}, []string{"<table>"}},
	} {
		got, _ := Render(tt.in).Data[MIMEHTML].(string)
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %s in\n%s", tt.name, w, got)
			}
		}
		if open, closed := strings.Count(got, "<details"), strings.Count(got, "</details>"); open != closed {
			t.Errorf("%s: %d details are opened and %d closed", tt.name, open, closed)
		}
		if len(got) > 300_000 {
			t.Errorf("%s: %d bytes", tt.name, len(got))
		}
	}
	for name, in := range map[string]any{"short": nested{Name: "n"}, "long text": strings.Repeat("x", 100), "empty": []int{}, "a hundred": make([]int, 100), "stringer": &shouting{}} {
		if got, ok := Render(in).Data[MIMEHTML]; ok {
			t.Errorf("%s shows as %s", name, got)
		}
	}
	if got, _ := Render(strings.Repeat("é", 8000)).Data[MIMEHTML].(string); !strings.Contains(got, "<summary>… 6,000 bytes more</summary>") {
		t.Errorf("a long text is %d bytes of HTML", len(got))
	}
}

func TestPrecision(t *testing.T) {
	defer SetPrecision(-1)
	SetPrecision(2)
	for want, in := range map[string]any{"3.14": 3.14159, "[1.00 2.50]": []float32{1, 2.5}, "(1.00-2.00i)": complex(1, -2), "3": 3} {
		if got := Format(in); got != want {
			t.Errorf("%v shows as %s, want %s", in, got, want)
		}
	}
	SetPrecision(-1)
	if got := Format(3.14159); got != "3.14159" {
		t.Errorf("the usual is %s", got)
	}
}
