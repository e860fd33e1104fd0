package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/rustygradients/rg/internal/notebook"
)

// Options say how to make a page. The zero value is usable.
type Options struct {
	// Title is used where the notebook has no heading.
	Title string

	// Dir is the notebook's folder: pictures in it that Markdown cells name are put into the page.
	Dir string

	// Footer is a line of text at the end, such as what ran the notebook.
	Footer string
}

//go:embed page.html.tmpl
var pageSource string

//go:embed page.css
var pageStyle string

// page collects what the template needs.
type page struct {
	markdown *markdown

	Title    string
	Language string
	Footer   string
	Style    template.CSS
	Cells    []cell
	Failed   []cell    // the cells with an error among their outputs that isn't meant to be there
	Contents []heading // empty for a short notebook
}

type cell struct {
	Kind   string // "text", "code" or "raw"
	ID     string // the anchor
	Count  string // the n of In [n], or " "
	Source template.HTML
	Hidden bool // the source is folded away

	Outputs       []output
	OutputsHidden bool
}

type output struct {
	Count string // the n of Out[n]; "" for none
	HTML  template.HTML
}

// HTML returns the page.
func HTML(nb *notebook.Notebook, opts Options) ([]byte, error) {
	p := &page{
		markdown: newMarkdown(opts.Dir),
		Title:    nb.Title(),
		Language: nb.Language(),
		Footer:   opts.Footer,
		Style:    template.CSS(pageStyle),
	}
	if p.Title == "" {
		p.Title = opts.Title
	}
	if p.Title == "" {
		p.Title = "Notebook"
	}
	for i, c := range nb.Cells {
		shown, ok := p.cell(c, fmt.Sprintf("cell-%d", i+1))
		if !ok {
			continue
		}
		p.Cells = append(p.Cells, shown)
		for _, o := range c.Outputs {
			if o.Type == notebook.ErrorOutput && !c.HasTag("raises-exception") {
				p.Failed = append(p.Failed, shown)
				break
			}
		}
	}
	p.Contents = contents(p.markdown.headings)

	tmpl, err := template.New("page").Parse(pageSource)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}

func (p *page) cell(c *notebook.Cell, id string) (cell, bool) {
	shown := cell{ID: id}
	switch c.Type {
	case notebook.Markdown:
		shown.Kind = "text"
		shown.Source = template.HTML(p.markdown.render(c.Source, c.Attachments))
		return shown, strings.TrimSpace(c.Source) != ""
	case notebook.Raw: // meant for other tools: LaTeX, reStructuredText
		shown.Kind = "raw"
		shown.Source = template.HTML(template.HTMLEscapeString(c.Source))
		return shown, strings.TrimSpace(c.Source) != ""
	}
	shown.Kind = "code"
	shown.Count = " "
	if c.ExecutionCount > 0 {
		shown.Count = fmt.Sprint(c.ExecutionCount)
	}
	source := strings.Trim(c.Source, "\n")
	if p.Language == "" || p.Language == "go" {
		shown.Source = template.HTML(highlightGo(source))
	} else {
		shown.Source = template.HTML(template.HTMLEscapeString(source))
	}
	if j, ok := c.Metadata["jupyter"].(map[string]any); ok {
		shown.Hidden = j["source_hidden"] == true
		shown.OutputsHidden = j["outputs_hidden"] == true
	}
	for _, o := range c.Outputs {
		out := output{HTML: template.HTML(p.output(o))}
		if out.HTML == "" {
			continue
		}
		if o.Type == notebook.ExecuteResult && o.ExecutionCount > 0 {
			out.Count = fmt.Sprint(o.ExecutionCount)
		}
		shown.Outputs = append(shown.Outputs, out)
	}
	return shown, source != "" || len(shown.Outputs) > 0
}

// contents picks the headings of a table of contents: the second and third level, when there are
// enough sections to be worth it.
func contents(all []heading) []heading {
	var list []heading
	sections := 0
	for _, h := range all {
		if h.Level == 2 {
			sections++
		}
		if h.Level == 2 || h.Level == 3 && sections > 0 {
			list = append(list, h)
		}
	}
	if sections < 3 {
		return nil
	}
	return list
}
