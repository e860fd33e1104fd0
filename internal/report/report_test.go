package report

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
)

func render(t *testing.T, cells ...*notebook.Cell) string {
	t.Helper()
	nb := notebook.New()
	nb.Cells = cells
	page, err := HTML(nb, Options{Title: "fallback"})
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func prose(source string) *notebook.Cell {
	return &notebook.Cell{Type: notebook.Markdown, Source: source}
}

func code(source string, outputs ...*notebook.Output) *notebook.Cell {
	return &notebook.Cell{Type: notebook.Code, Source: source, ExecutionCount: 3, Outputs: outputs}
}

func shown(mime string, v any) *notebook.Output {
	return &notebook.Output{Type: notebook.DisplayData, Data: map[string]any{mime: v, "text/plain": "the text"}}
}

func expect(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, body(page))
		}
	}
}

func body(page string) string {
	_, b, _ := strings.Cut(page, "<body>")
	return b
}

func TestPage(t *testing.T) {
	page := render(t,
		prose("# The *title* & more\n\nIntro."),
		code("x := 1 // <tag>", &notebook.Output{Type: notebook.Stream, Name: "stdout", Text: "out <b>\n"}),
		code("x", &notebook.Output{Type: notebook.ExecuteResult, ExecutionCount: 3, Data: map[string]any{"text/plain": "1"}}),
		&notebook.Cell{Type: notebook.Raw, Source: "<raw>"},
	)
	expect(t, page,
		"<title>The *title* &amp; more</title>", `<h1 id="the-title--more">The <em>title</em> &amp; more</h1>`,
		`In [3]`, `<span class="c">// &lt;tag&gt;</span>`, "out &lt;b&gt;", "Out[3]", `<pre class="raw">&lt;raw&gt;</pre>`,
	)
	if strings.Contains(page, `<p class="failed"`) || strings.Contains(page, "<nav") {
		t.Error("a short page that went well has neither a failure note nor contents")
	}
}

func TestTitles(t *testing.T) {
	expect(t, render(t, code("x")), "<title>fallback</title>")
	page, err := HTML(notebook.New(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, string(page), "<title>Notebook</title>")
	expect(t, render(t, prose("# </title><script>alert(1)</script>")), "&lt;/title&gt;")
}

func TestFailureIsSaid(t *testing.T) {
	page := render(t, code("f()", &notebook.Output{
		Type: notebook.ErrorOutput, ErrorName: "Panic", ErrorValue: "<no>", Traceback: []string{"\x1b[31mpanic\x1b[0m: <no>"},
	}))
	expect(t, page, `<a href="#cell-1">In [3]</a> ended with an error`, `style="--fg:var(--ansi-1)">panic</span>: &lt;no&gt;`)
	expect(t, render(t, code("f()", &notebook.Output{Type: notebook.ErrorOutput, ErrorName: "E", ErrorValue: "v"})), "E: v")
}

func TestMeantFailureIsNone(t *testing.T) {
	c := code("f()", &notebook.Output{Type: notebook.ErrorOutput, ErrorName: "E", ErrorValue: "v"})
	c.Metadata = map[string]any{"tags": []any{"raises-exception"}}
	if page := render(t, c); strings.Contains(page, "did not succeed") {
		t.Error("a failure that the notebook means to show is reported")
	}
}

func TestContents(t *testing.T) {
	page := render(t, prose("# T\n## A\n### A1\n## B"), prose("## A <b>"))
	expect(t, page, `<li class="level-2"><a href="#a">A</a></li>`, `<li class="level-3"><a href="#a1">A1</a></li>`, `href="#a-b"`)
}

func TestOutputs(t *testing.T) {
	for _, tc := range []struct {
		out  *notebook.Output
		want string
	}{
		{shown("text/html", "<table><tr><td>1</td></tr></table>"), `<div class="html"><table>`},
		{shown("image/png", "AAEC\nAw==\n"), `<img alt="output" src="data:image/png;base64,AAECAw==">`},
		{shown("image/svg+xml", "<svg/>"), `src="data:image/svg+xml;base64,PHN2Zy8+"`},
		{shown("text/markdown", "**b**"), "<strong>b</strong>"},
		{shown("text/latex", "$$x^2$$"), "<msup>"},
		{shown("text/latex", `\foo`), `<code class="tex">\foo</code>`},
		{&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"application/json": []any{"<a>"}}}, "\\u003ca\\u003e"},
		{shown("application/vnd.widget", "x"), "<pre>the text</pre>"},
		{shown("image/png", 7), "<pre>the text</pre>"},
		{&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"video/odd": "x"}}, "an output that a page can"},
	} {
		expect(t, render(t, code("x", tc.out)), tc.want)
	}
	sized := shown("image/png", "AAEC")
	sized.Metadata = map[string]any{"image/png": map[string]any{"width": 40.0, "height": `"><script>`}}
	expect(t, render(t, code("x", sized)), `<img alt="output" width="40" src="data:`)
}

func TestHidden(t *testing.T) {
	c := code("x", &notebook.Output{Type: notebook.Stream, Name: "stderr", Text: "t"})
	c.Metadata = map[string]any{"jupyter": map[string]any{"source_hidden": true, "outputs_hidden": true}}
	expect(t, render(t, c), "<summary>Code</summary>", "<summary>Output</summary>", `<pre class="stderr">t`)
}

// Data can't become markup, whatever field it is in.
func TestNothingRuns(t *testing.T) {
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
	bad := &notebook.Cell{
		Type: notebook.Markdown, Source: evil + "\n\n" + evil + "\n\n![" + evil + "](x \"" + `\"><script>` + "\")\n\n" +
			"[l](javascript:alert(1)) ![i](javascript:alert(1)) ![a](attachment:" + "f" + ") <javascript:alert(1)>\n\n" +
			"# " + evil + "\n\n```" + `"><script>` + "\n</code></pre><script>\n```\n\n$</math><script>$ $$</annotation><script>$$\n\n" +
			"<div onclick=alert(1)>\n<script>alert(1)</script>\n</div>\n\na <b onclick=x>b</b> <SCRIPT >",
		Attachments: map[string]any{"f": map[string]any{"text/html": evil, "image/png": evil}},
	}
	page := render(t, bad, code(evil,
		&notebook.Output{Type: notebook.Stream, Name: evil, Text: evil + "\x1b[31m" + evil + "\x1b]0;" + evil},
		&notebook.Output{Type: notebook.ErrorOutput, ErrorName: evil, ErrorValue: evil, Traceback: []string{evil}},
		&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"image/svg+xml": evil}},
		&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"image/png": evil}},
		shown("text/markdown", evil), shown("text/latex", evil),
		&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"text/plain": evil}},
		&notebook.Output{Type: notebook.DisplayData, Data: map[string]any{"application/json": evil}},
	), &notebook.Cell{Type: notebook.Raw, Source: evil})
	rest := body(page)
	for _, tag := range regexp.MustCompile(`(?i)<[a-z!/][^<]*`).FindAllString(rest, -1) {
		tag, _, _ = strings.Cut(tag, ">")
		lower := strings.ToLower(tag)
		quoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(lower, `""`)
		if strings.HasPrefix(lower, "<script") || strings.Contains(quoted, "onerror") || strings.Contains(quoted, "onclick") ||
			strings.Contains(lower, `href="javascript`) || strings.Contains(lower, `src="x`) {
			t.Errorf("markup came through: %s", tag)
		}
	}
	if strings.Contains(rest, "alert(1)</script>") {
		t.Error("a script's end tag came through")
	}
}

// The page asks the network for nothing.
func TestSelfContained(t *testing.T) {
	page := render(t, prose("![far](https://example.org/a.png \"t\") ![near](missing.png) [link](https://example.org) ![proto](//example.org/a.png)"),
		code("x", shown("text/html", "<p>trusted</p>")))
	expect(t, page, `<a href="https://example.org/a.png">far</a>`, "[picture: near]", "[picture: proto]", "default-src 'none'", "<p>trusted</p>")
	for _, load := range []string{"<link", "@import", "url(", `src="http`, `src="//`, "<script", "<iframe"} {
		if strings.Contains(page, load) {
			t.Errorf("the page has %s", load)
		}
	}
}

func TestPictures(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "nb")
	png := "\x89PNG\r\n\x1a\n0000"
	for path, content := range map[string]string{
		"nb/a b.png": png, "nb/v.svg": "<svg/>", "nb/fake.png": "secret text", "outside.png": png,
	} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := newMarkdown(dir)
	for source, want := range map[string]string{
		"![p](a%20b.png)":                    `<img alt="p" src="data:image/png;base64,iVBORw0KGgowMDAw">`,
		`![p](<a b.png> "t\"i")`:             `title="t&#34;i"`,
		"![p](v.svg)":                        `src="data:image/svg+xml;base64,PHN2Zy8+"`,
		"![p](fake.png)":                     "[picture: p]",
		"![p](../outside.png)":               "[picture: p]",
		"![](/etc/passwd)":                   "[picture: /etc/passwd]",
		"![p](data:image/png;base64,AAAA)":   `src="data:image/png;base64,AAAA"`,
		"![p](data:text/html;base64,AAAA)":   "[picture: p]",
		"![p](attachment:d%20t.png)":         `src="data:image/png;base64,AAEC"`,
		"![p](attachment:none.png)":          "[picture: p]",
		"![p](file:///etc/passwd)":           "[picture: p]",
		"![p](https://example.org/?a=1&b=2)": `<a href="https://example.org/?a=1&amp;b=2">p</a>`,
	} {
		got := m.render(source, map[string]any{"d t.png": map[string]any{"image/png": "AAEC"}})
		if !strings.Contains(got, want) {
			t.Errorf("%s gave %s, want %s", source, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"a $x_1$ b":                          "a <math><semantics><mrow><msub>",
		"$5 and $6":                          "$5 and $6",
		"costs $5, or $ 6 $":                 "costs $5, or $ 6 $",
		`\$x\$`:                              "$x$",
		"`$x$`":                              "<code>$x$</code>",
		"*a $b*c$ d*":                        "<em>a <math>",
		"in $$x$$ line":                      `in <math display="block">`,
		"$$\nx\n$$":                          `<div class="formula"><math display="block">`,
		"$$x$$":                              `<div class="formula"><math display="block">`,
		"$$\na\n\nb\n$$\n\nafter":            "<p>after</p>",
		"text\n$$\nx\n$$\nmore":              "<p>more</p>",
		"\\begin{align}\na&=b\n\\end{align}": "<mtable",
		"$$\nnever closed":                   "never closed",
		"$\\frac$":                           `<code class="tex">\frac</code>`,
		"a<br>b H<sub>2</sub>O":              "a<br>b H<sub>2</sub>O",
		"a <span style='x'>b</span>":         "a &lt;span style=&#39;x&#39;&gt;b&lt;/span&gt;",
		"<details>\ninside\n</details>":      "&lt;details&gt;\ninside",
		"<!-- hidden -->":                    "",
		"```go\nvar x = \"<\"\n```":          `<span class="k">var</span> x <span class="o">=</span> <span class="s">&#34;&lt;&#34;</span>`,
		"```sh\nls <x\n```":                  "<pre><code>ls &lt;x\n</code></pre>",
		"| a |\n|--:|\n| 1 |":                `<td style="text-align:right">1</td>`,
		"- [x] done":                         `<input checked="" disabled="" type="checkbox">`,
	} {
		got := newMarkdown("").render(source, nil)
		if !strings.Contains(got, want) || want == "" && strings.TrimSpace(got) != "" {
			t.Errorf("%q gave %s\nwant %s", source, got, want)
		}
	}
}

func TestHeadingAnchorsDiffer(t *testing.T) {
	page := render(t, prose("# Same"), prose("# Same\n## A \\* `\\*` &lt; &#33;\n## b\n## c"))
	expect(t, page, `>A * \* &lt; !</a>`)
	expect(t, page, `id="same"`, `id="same-1"`)
}

func TestHighlightGo(t *testing.T) {
	for src, want := range map[string]string{
		"":                              "",
		"a < b":                         `a <span class="o">&lt;</span> b`,
		"x := nil":                      `x <span class="o">:=</span> <span class="kc">nil</span>`,
		"fmt.Println(len(s), 'c', 1.5)": `fmt.<span class="nf">Println</span>(<span class="nb">len</span>(s), <span class="s">&#39;c&#39;</span>, <span class="m">1.5</span>)`,
		"func f() int {}":               `<span class="k">func</span> <span class="nf">f</span>() <span class="kt">int</span> {}`,
		"/* a\n b */ return":            "<span class=\"c\">/* a\n b */</span> <span class=\"k\">return</span>",
		"%time x?":                      `<span class="o">%</span>time x?`,
		"\"open":                        `<span class="s">&#34;open</span>`,
		"`a\r\nb`; x":                   "<span class=\"s\">`a\r\nb`</span>; x",
		"x.len":                         "x.len",
	} {
		if got := highlightGo(src); got != want {
			t.Errorf("%q\n got %s\nwant %s", src, got, want)
		}
	}
}

func TestANSI(t *testing.T) {
	for in, want := range map[string]string{
		"a <b>":                    "a &lt;b&gt;",
		"\x1b[1;31mx\x1b[0my":      `<span class="ansi-bold ansi-fg" style="--fg:var(--ansi-1)">x</span>y`,
		"\x1b[38;5;196mx":          `<span class="ansi-fg" style="--fg:#ff0000">x</span>`,
		"\x1b[38;5;9mx\x1b[39my":   `<span class="ansi-fg" style="--fg:var(--ansi-9)">x</span>y`,
		"\x1b[48;2;1;2;3mx":        `<span class="ansi-bg" style="--bg:#010203">x</span>`,
		"\x1b[38;5;240mx":          `<span class="ansi-fg" style="--fg:#585858">x</span>`,
		"\x1b[97;103;2;3;4;7;9mx":  `<span class="ansi-faint ansi-italic ansi-underline ansi-inverse ansi-gone ansi-fg ansi-bg" style="--fg:var(--ansi-15);--bg:var(--ansi-11)">x</span>`,
		"\x1b[1m\x1b[22mx\x1b[mx":  "xx",
		"a\x1b[2Kb\x1b[1;1Hc":      "abc",
		"a\x1b]8;;http://x\x1b\\b": "ab",
		"a\x1b]0;title\ab":         "ab",
		"a\x1b(Bb":                 "ab",
		"a\x1b[31":                 "a",
		"a\x1b":                    "a",
		"a\x1b[38;5;999mb":         "ab",
		"a\x1b[31\nb":              "a\nb",
	} {
		if got := ansiHTML(in); got != want {
			t.Errorf("%q\n got %s\nwant %s", in, got, want)
		}
	}
}

func FuzzANSI(f *testing.F) {
	for _, s := range []string{"\x1b[1;31mx\x1b[0m", "\x1b[38;2;1;2;3m<", "\x1b]8;;\x1b\\", "\x1b", "\x1b[38:5:1m"} {
		f.Add(s)
	}
	tag := regexp.MustCompile(`</?span[^<>]*>`)
	f.Fuzz(func(t *testing.T, s string) {
		out := ansiHTML(s)
		if strings.Count(out, "<span") != strings.Count(out, "</span") {
			t.Errorf("tags don't match: %q", out)
		}
		if strings.ContainsAny(tag.ReplaceAllString(out, ""), "<>") {
			t.Errorf("markup came through: %q", out)
		}
	})
}

func FuzzHighlightGo(f *testing.F) {
	f.Add("func f() { return `a\r\nb` } /* x */ // y\r\n")
	f.Add("\"\\\x00'")
	tag := regexp.MustCompile(`</?span[^<>]*>`)
	f.Fuzz(func(t *testing.T, src string) {
		out := tag.ReplaceAllString(highlightGo(src), "")
		out = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(out)
		if out != src {
			t.Errorf("text changed:\n%q\n%q", src, out)
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"$$\nx\n$$", "\\begin{a}\n", "> $$\n> x", "- $$\n  y\n  $$", "![a](b)", "<script>", "| $a|b$ |\n|--|\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := newMarkdown("").render(s, nil); strings.Contains(strings.ToLower(out), "<script") {
			t.Errorf("a script came through: %q", out)
		}
	})
}
