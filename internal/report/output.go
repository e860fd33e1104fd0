package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/rustygradients/rg/internal/notebook"
)

// imageTypes are the picture types that go into the page.
var imageTypes = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/svg+xml": true,
}

// preference is the order in which a bundle's representations are looked for.
var preference = []string{
	"text/html", "image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp",
	"text/markdown", "text/latex", "text/plain", "application/json",
}

// output renders one output. Empty means that there is nothing to see.
func (p *page) output(o *notebook.Output) string {
	switch o.Type {
	case notebook.Stream:
		class := "stdout"
		if o.Name == "stderr" {
			class = "stderr"
		}
		return `<pre class="` + class + `">` + ansiHTML(o.Text) + "</pre>"
	case notebook.ErrorOutput:
		text := strings.Join(o.Traceback, "\n")
		if text == "" {
			text = o.ErrorName + ": " + o.ErrorValue
		}
		return `<pre class="error">` + ansiHTML(text) + "</pre>"
	}
	for _, mime := range preference {
		v, ok := o.Data[mime]
		if !ok {
			continue
		}
		if shown := p.representation(mime, v, o.Metadata); shown != "" {
			return shown
		}
	}
	if len(o.Data) > 0 {
		return `<p class="missing">[an output that a page can't show]</p>`
	}
	return ""
}

func (p *page) representation(mime string, v any, metadata map[string]any) string {
	text, ok := v.(string)
	switch {
	case mime == "application/json":
		indented, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return ""
		}
		return "<pre>" + html.EscapeString(string(indented)) + "</pre>"
	case !ok:
		return ""
	case imageTypes[mime]:
		return picture(mime, text, metadata)
	case mime == "text/html":
		return `<div class="html">` + text + "</div>" // trusted: see the package comment
	case mime == "text/markdown":
		return `<div class="markdown">` + p.markdown.render(text, nil) + "</div>"
	case mime == "text/latex":
		tex := strings.TrimSpace(text)
		for _, d := range []string{"$$", "$"} {
			if len(tex) > 2*len(d) && strings.HasPrefix(tex, d) && strings.HasSuffix(tex, d) {
				tex = tex[len(d) : len(tex)-len(d)]
				break
			}
		}
		return `<div class="formula">` + mathHTML(tex, true) + "</div>"
	}
	return "<pre>" + ansiHTML(text) + "</pre>"
}

// picture shows image data, at the size that the metadata asks for.
func picture(mime, text string, metadata map[string]any) string {
	size := ""
	if m, ok := metadata[mime].(map[string]any); ok {
		for _, key := range []string{"width", "height"} {
			if n := pixels(m[key]); n > 0 {
				size += fmt.Sprintf(` %s="%d"`, key, n)
			}
		}
	}
	return `<img alt="output"` + size + ` src="` + html.EscapeString(imageURI(mime, text)) + `">`
}

func pixels(v any) int {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return int(f)
	case float64:
		return int(v)
	case int:
		return v
	}
	return 0
}

// imageURI makes a data: URI from what a notebook holds: base64 text, or the source of an SVG. An
// SVG in an <img> can neither run scripts nor load anything.
func imageURI(mime, text string) string {
	if mime == "image/svg+xml" {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return "data:" + mime + ";base64," + strings.Join(strings.Fields(text), "")
}
