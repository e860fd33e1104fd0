package frame

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Greeting is the worker's first word.
type Greeting struct {
	Info engine.LanguageInfo `json:"info"`
}

// Cell is an order to run code.
type Cell struct {
	ID          string            `json:"id,omitempty"`
	Number      int               `json:"number"`
	Code        string            `json:"code"`
	Silent      bool              `json:"silent,omitempty"`
	AllowStdin  bool              `json:"allow_stdin,omitempty"`
	Expressions map[string]string `json:"expressions,omitempty"`
}

// Outcome is how an Execute, Comm or Restore ended.
type Outcome struct {
	Error       *engine.Error         `json:"error,omitempty"`
	Expressions map[string]Evaluation `json:"expressions,omitempty"`
}

// Evaluation is the outcome of one user expression.
type Evaluation struct {
	Bundle *Bundle       `json:"bundle,omitempty"`
	Error  *engine.Error `json:"error,omitempty"`
}

// Query is the subject of a Complete, Inspect or IsComplete.
type Query struct {
	Code   string `json:"code"`
	Pos    int    `json:"pos,omitempty"`
	Detail int    `json:"detail,omitempty"`
}

// Inspection answers Inspect; a nil Bundle means that there is nothing to describe.
type Inspection struct {
	Bundle *Bundle `json:"bundle,omitempty"`
}

// Completeness answers IsComplete.
type Completeness struct {
	Status string `json:"status"`
	Indent string `json:"indent,omitempty"`
}

// Failure is an Answer that isn't one.
type Failure struct {
	Message string `json:"failure"`
}

// Prompt asks for a line.
type Prompt struct {
	Cell   uint64 `json:"cell"`
	Prompt string `json:"prompt"`
	Hide   bool   `json:"hide,omitempty"`
}

// Line answers Prompt.
type Line struct {
	Text  string `json:"text,omitempty"`
	Error string `json:"error,omitempty"`
}

// Output kinds.
const (
	Display     = "display"
	Update      = "update"
	Result      = "result"
	Clear       = "clear"
	Page        = "page"
	Rewrite     = "rewrite" // of the cell's own text
	CommMessage = "comm"
	Text        = "text"    // for a standard stream; see Output.Stream
	Nothing     = "nothing" // only its place is wanted
)

// Output is something that a cell shows, other than what it prints.
type Output struct {
	Type   string              `json:"type"`
	Cell   uint64              `json:"cell"` // the Execute or Comm that it belongs to
	Bundle *Bundle             `json:"bundle,omitempty"`
	Wait   bool                `json:"wait,omitempty"`
	Text   string              `json:"text,omitempty"`
	Stream string              `json:"stream,omitempty"` // of Text; "" is stderr
	Comm   *engine.CommMessage `json:"comm,omitempty"`   // its buffers are the frame's
}

// Bundle is a display.Bundle whose values are JSON already.
type Bundle struct {
	Data     map[string]json.RawMessage `json:"data"`
	Metadata map[string]json.RawMessage `json:"metadata,omitempty"`
	ID       string                     `json:"id,omitempty"`
}

// MaxDisplay is how many bytes a display may have, all representations together, as they travel.
const MaxDisplay = 64 << 20

// NewBundle encodes a bundle, once for its whole way. A representation that JSON can't hold (NaN in
// an application/json value, say), and one with which the display would be larger than MaxDisplay, is left
// out; if nothing is left, the text says why.
func NewBundle(b display.Bundle) *Bundle {
	room := MaxDisplay
	data, refusal := encodeMap(b.Data, &room)
	metadata, _ := encodeMap(b.Metadata, &room)
	if len(data) == 0 && len(b.Data) > 0 {
		text, _ := json.Marshal("(not shown: " + refusal + ")")
		data = map[string]json.RawMessage{display.MIMEText: text}
	}
	return &Bundle{Data: data, Metadata: metadata, ID: b.ID}
}

// encodeMap encodes what there is room for, and says why the last thing that is missing is.
func encodeMap(m map[string]any, room *int) (out map[string]json.RawMessage, refusal string) {
	if len(m) == 0 {
		return nil, ""
	}
	out = make(map[string]json.RawMessage, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		// What is too large is not even encoded: that takes several times its size.
		if n := atLeast(v); n > *room {
			refusal = tooLarge(k, n)
			continue
		}
		raw, err := json.Marshal(v)
		switch {
		case err != nil:
			refusal = fmt.Sprintf("%s: a %T can't be written as JSON", k, v)
		case len(raw) > *room:
			refusal = tooLarge(k, len(raw))
		default:
			out[k] = raw
			*room -= len(raw)
		}
	}
	return out, refusal
}

func tooLarge(mime string, n int) string {
	return fmt.Sprintf("%s has %d MiB, and a display may have %d MiB; save it to a file, or show a part", mime, n>>20, MaxDisplay>>20)
}

// atLeast is how large a value is as JSON at the least.
func atLeast(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v) / 3 * 4
	case json.RawMessage:
		return len(v)
	}
	return 0
}

// Plain returns the text/plain representation, or "".
func (b *Bundle) Plain() string {
	var s string
	if b != nil {
		_ = json.Unmarshal(b.Data[display.MIMEText], &s)
	}
	return s
}
