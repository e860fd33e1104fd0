package frame

import (
	"encoding/json"
	"fmt"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Greeting is the worker's first word.
type Greeting struct {
	Info engine.LanguageInfo `json:"info"`
}

// Cell is an order to run code.
type Cell struct {
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

	// State is what a successor would have to be told. It is nil if it didn't change.
	State *engine.State `json:"state,omitempty"`
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
	Text        = "text" // for standard error; see Output.Text
)

// Output is something that a cell shows, other than what it prints.
type Output struct {
	Type   string              `json:"type"`
	Cell   uint64              `json:"cell"` // the Execute or Comm that it belongs to
	Bundle *Bundle             `json:"bundle,omitempty"`
	Wait   bool                `json:"wait,omitempty"`
	Text   string              `json:"text,omitempty"`
	Comm   *engine.CommMessage `json:"comm,omitempty"` // its buffers are the frame's
}

// Bundle is a display.Bundle whose values are JSON already.
type Bundle struct {
	Data     map[string]json.RawMessage `json:"data"`
	Metadata map[string]json.RawMessage `json:"metadata,omitempty"`
	ID       string                     `json:"id,omitempty"`
}

// NewBundle encodes a bundle, once for its whole way. A representation that JSON can't hold (NaN in
// an application/json value, say) is left out; if nothing is left, the text says why.
func NewBundle(b display.Bundle) *Bundle {
	out := &Bundle{Data: encodeMap(b.Data), Metadata: encodeMap(b.Metadata), ID: b.ID}
	if len(out.Data) == 0 && len(b.Data) > 0 {
		for mime, v := range b.Data {
			text, _ := json.Marshal(fmt.Sprintf("(%s: a %T can't be written as JSON)", mime, v))
			out.Data = map[string]json.RawMessage{display.MIMEText: text}
			break
		}
	}
	return out
}

func encodeMap(m map[string]any) map[string]json.RawMessage {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]json.RawMessage, len(m))
	for k, v := range m {
		if raw, err := json.Marshal(v); err == nil {
			out[k] = raw
		}
	}
	return out
}

// Plain returns the text/plain representation, or "".
func (b *Bundle) Plain() string {
	var s string
	if b != nil {
		_ = json.Unmarshal(b.Data[display.MIMEText], &s)
	}
	return s
}
