package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image"
	_ "image/gif" // decoding the size of what Image is given
	_ "image/jpeg"
	"regexp"
	"strings"
)

// HTML is markup to show as it stands: display.Show(display.HTML("<b>bold</b>")). Text made from
// data goes through html.EscapeString first.
type HTML string

// MIMEBundle shows the markup, and its text to front ends without HTML.
func (h HTML) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{MIMEHTML: string(h), MIMEText: stripTags(string(h))}}
}

// Markdown is text in Markdown, with $math$ where the front end knows it.
type Markdown string

// MIMEBundle shows the text rendered, and as it stands to front ends without Markdown.
func (m Markdown) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{MIMEMarkdown: string(m), MIMEText: string(m)}}
}

// LaTeX is a formula, with its delimiters: display.LaTeX(`$$e^{i\pi} = -1$$`).
type LaTeX string

// MIMEBundle shows the formula typeset.
func (l LaTeX) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{MIMELaTeX: string(l), MIMEText: string(l)}}
}

// SVG is a vector image as text.
type SVG string

// MIMEBundle shows the image.
func (s SVG) MIMEBundle() Bundle {
	return Bundle{Data: map[string]any{MIMESVG: string(s), MIMEText: fmt.Sprintf("SVG image, %d bytes", len(s))}}
}

// PNG is the bytes of a PNG file.
type PNG []byte

// MIMEBundle shows the image.
func (p PNG) MIMEBundle() Bundle { return imageBundle(MIMEPNG, p) }

// JPEG is the bytes of a JPEG file.
type JPEG []byte

// MIMEBundle shows the image.
func (j JPEG) MIMEBundle() Bundle { return imageBundle(MIMEJPEG, j) }

func imageBundle(mime string, data []byte) Bundle {
	text := fmt.Sprintf("%s, %d bytes", mime, len(data))
	if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		text = fmt.Sprintf("%s, %d×%d", mime, c.Width, c.Height)
	}
	return Bundle{Data: map[string]any{mime: data, MIMEText: text}}
}

// JSON shows a value as a tree that can be unfolded, where the front end has one.
type JSON struct{ Value any }

// MIMEBundle shows the tree, and indented JSON as text. A value that JSON can't hold shows why.
func (j JSON) MIMEBundle() Bundle {
	text, err := json.MarshalIndent(j.Value, "", "  ")
	if err != nil {
		return Text("JSON: " + err.Error())
	}
	return Bundle{Data: map[string]any{MIMEJSON: json.RawMessage(text), MIMEText: string(text)}}
}

var (
	hidden = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>`)
	breaks = regexp.MustCompile(`(?i)<(br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>`)
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks = regexp.MustCompile(`\n\s*\n+`)
)

// stripTags leaves the text of a piece of markup. The result is shown as plain text only, so that
// what it misses does no harm.
func stripTags(s string) string {
	s = hidden.ReplaceAllString(s, "")
	s = breaks.ReplaceAllString(s, "\n")
	s = html.UnescapeString(tags.ReplaceAllString(s, ""))
	return strings.TrimSpace(blanks.ReplaceAllString(s, "\n"))
}
