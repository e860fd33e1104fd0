package display

// MIME types that rg produces.
const (
	MIMEText     = "text/plain"
	MIMEHTML     = "text/html"
	MIMEMarkdown = "text/markdown"
	MIMELaTeX    = "text/latex"
	MIMESVG      = "image/svg+xml"
	MIMEPNG      = "image/png"
	MIMEJPEG     = "image/jpeg"
	MIMEJSON     = "application/json"
)

// Bundle is one thing to show, in every representation that is known of it. Data maps a MIME type
// to text (string), to bytes ([]byte, which travel as base64) or, for JSON types, to any value that
// encoding/json takes. Metadata has the same keys: {"image/png": {"width": 640, "height": 360}}
// shows a picture of twice that resolution at its proper size.
type Bundle struct {
	Data     map[string]any
	Metadata map[string]any
	ID       string // display ID: a later Update with the same ID replaces this
}

// Text returns a bundle that holds only plain text.
func Text(s string) Bundle {
	return Bundle{Data: map[string]any{MIMEText: s}}
}

// Plain returns the text/plain representation, or "".
func (b Bundle) Plain() string {
	s, _ := b.Data[MIMEText].(string)
	return s
}

// SetSize records the size, in CSS pixels, at which an image of the given MIME type is shown.
func (b *Bundle) SetSize(mime string, width, height int) {
	if b.Metadata == nil {
		b.Metadata = map[string]any{}
	}
	b.Metadata[mime] = map[string]any{"width": width, "height": height}
}
