package report

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// maxImage bounds a picture file that is put into the page.
const maxImage = 16 << 20

// markdown renders the Markdown cells of one notebook.
type markdown struct {
	md  goldmark.Markdown
	ids parser.IDs // heading anchors, different in the whole page
	dir string     // where relative picture paths lead; "" for nowhere

	attachments map[string]any // of the cell being rendered
	headings    []heading
}

type heading struct {
	Level int
	ID    string
	Text  string
}

func newMarkdown(dir string) *markdown {
	m := &markdown{dir: dir, ids: parser.NewContext().IDs()}
	m.md = goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithInlineParsers(util.Prioritized(mathInline{}, 150)), // before emphasis
			parser.WithBlockParsers(util.Prioritized(mathBlock{}, 150)),
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(m, 100))),
	)
	return m
}

// render returns the HTML of one cell, or of one text/markdown output.
func (m *markdown) render(source string, attachments map[string]any) string {
	m.attachments = attachments
	src := []byte(source)
	doc := m.md.Parser().Parse(newReader(src), parser.WithContext(parser.NewContext(parser.WithIDs(m.ids))))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			id, _ := h.AttributeString("id")
			raw, _ := id.([]byte)
			m.headings = append(m.headings, heading{h.Level, string(raw), plainText(h, src)})
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	var b bytes.Buffer
	if err := m.md.Renderer().Render(&b, src, doc); err != nil {
		return "<pre>" + html.EscapeString(source) + "</pre>"
	}
	return b.String()
}

// RegisterFuncs implements goldmark's renderer.NodeRenderer for the nodes that differ from its own
// rendering.
func (m *markdown) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindFencedCodeBlock, m.codeBlock)
	reg.Register(ast.KindRawHTML, m.rawHTML)
	reg.Register(ast.KindHTMLBlock, m.htmlBlock)
	reg.Register(ast.KindImage, m.image)
	reg.Register(kindMath, m.math)
	reg.Register(kindMathBlock, m.math)
}

func (m *markdown) codeBlock(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	text := linesText(n, src)
	language := strings.ToLower(string(n.(*ast.FencedCodeBlock).Language(src)))
	_, _ = w.WriteString("<pre><code>")
	if language == "go" || language == "golang" {
		_, _ = w.WriteString(highlightGo(text))
	} else {
		_, _ = w.WriteString(html.EscapeString(text))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, nil
}

// harmless tags carry no attributes and stay open at most to the end of their paragraph.
var harmless = set("<br> <br/> <sub> </sub> <sup> </sup> <kbd> </kbd> <mark> </mark>")

func (m *markdown) rawHTML(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		raw := n.(*ast.RawHTML)
		var b strings.Builder
		for i := range raw.Segments.Len() {
			seg := raw.Segments.At(i)
			b.Write(seg.Value(src))
		}
		tag := strings.ToLower(strings.ReplaceAll(b.String(), " ", ""))
		switch {
		case harmless[tag]:
			_, _ = w.WriteString(tag)
		case strings.HasPrefix(tag, "<!--"): // a comment is not for the reader
		default:
			_, _ = w.WriteString(html.EscapeString(b.String()))
		}
	}
	return ast.WalkSkipChildren, nil
}

// htmlBlock shows a block of HTML as the text that it is, rather than lose what stands in it.
func (m *markdown) htmlBlock(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.HTMLBlock)
	text := linesText(n, src)
	if block.HasClosure() {
		text += string(block.ClosureLine.Value(src))
	}
	if block.HTMLBlockType != ast.HTMLBlockType2 { // a comment is not for the reader
		_, _ = w.WriteString(`<p class="raw">` + html.EscapeString(strings.TrimSpace(text)) + "</p>\n")
	}
	return ast.WalkSkipChildren, nil
}

func (m *markdown) image(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	img := n.(*ast.Image)
	alt := plainText(img, src)
	where := string(img.Destination)
	if uri, ok := m.dataURI(where); ok {
		_, _ = w.WriteString(`<img alt="` + html.EscapeString(alt) + `" src="` + html.EscapeString(uri) + `"`)
		if img.Title != nil {
			_, _ = w.WriteString(` title="` + html.EscapeString(unescape(img.Title)) + `"`)
		}
		_, _ = w.WriteString(">")
		return ast.WalkSkipChildren, nil
	}
	// A picture out of reach becomes a link: the page asks the network for nothing.
	if alt == "" {
		alt = where
	}
	if u, err := url.Parse(where); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		_, _ = w.WriteString(`<a href="` + html.EscapeString(where) + `">` + html.EscapeString(alt) + "</a>")
	} else {
		_, _ = w.WriteString(`<span class="missing">[picture: ` + html.EscapeString(alt) + `]</span>`)
	}
	return ast.WalkSkipChildren, nil
}

// dataURI gives the picture at the destination as a data: URI, from the cell's attachments, the
// notebook's folder, or the destination itself.
func (m *markdown) dataURI(where string) (string, bool) {
	if name, ok := strings.CutPrefix(where, "attachment:"); ok {
		if unescaped, err := url.PathUnescape(name); err == nil {
			name = unescaped
		}
		bundle, _ := m.attachments[name].(map[string]any)
		for mime, v := range bundle {
			if text, ok := v.(string); ok && imageTypes[mime] {
				return imageURI(mime, text), true
			}
		}
		return "", false
	}
	if rest, ok := strings.CutPrefix(where, "data:"); ok {
		mime, _, _ := strings.Cut(rest, ";")
		return where, imageTypes[mime]
	}
	u, err := url.Parse(where)
	if err != nil || u.Scheme != "" || u.Host != "" || m.dir == "" || u.Path == "" {
		return "", false
	}
	root, err := os.OpenRoot(m.dir) // nothing outside the notebook's folder gets into the page
	if err != nil {
		return "", false
	}
	defer root.Close()
	f, err := root.Open(path.Clean(u.Path))
	if err != nil {
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxImage+1))
	if err != nil || len(data) > maxImage {
		return "", false
	}
	mime := http.DetectContentType(data)
	if strings.EqualFold(path.Ext(u.Path), ".svg") && bytes.Contains(data, []byte("<svg")) {
		mime = "image/svg+xml"
	}
	if !imageTypes[mime] {
		return "", false
	}
	return "data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data), true
}

func linesText(n ast.Node, src []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(src))
	}
	return b.String()
}

func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			if c.IsRaw() || c.Parent().Kind() == ast.KindCodeSpan {
				b.Write(c.Value(src))
			} else {
				b.WriteString(unescape(c.Value(src)))
			}
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *mathNode:
			b.WriteString(c.tex)
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// unescape resolves Markdown's backslashes and entities.
func unescape(text []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(text))))
}
