package kerneltest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Response is everything that came back for one request.
type Response struct {
	ID      string
	Reply   *Message
	Outputs []*Message // IOPub, from busy to idle
}

// Status returns the reply's status.
func (r *Response) Status() string { return field(r.Reply, "status") }

// Field returns a field of the reply's content as text.
func (r *Response) Field(name string) string { return field(r.Reply, name) }

// Decode reads the reply's content.
func (r *Response) Decode(into any) error { return json.Unmarshal(r.Reply.Content, into) }

// Types returns the types of the IOPub messages, in order.
func (r *Response) Types() []string {
	var types []string
	for _, m := range r.Outputs {
		types = append(types, m.Header.Type)
	}
	return types
}

// Of returns the IOPub messages of one type.
func (r *Response) Of(msgType string) []*Message {
	var found []*Message
	for _, m := range r.Outputs {
		if m.Header.Type == msgType {
			found = append(found, m)
		}
	}
	return found
}

// Stream returns all text of one stream.
func (r *Response) Stream(name string) string {
	var b strings.Builder
	for _, m := range r.Of("stream") {
		if field(m, "name") == name {
			b.WriteString(field(m, "text"))
		}
	}
	return b.String()
}

// Result returns the text/plain of the execute_result, or "".
func (r *Response) Result() string {
	for _, m := range r.Of("execute_result") {
		return plain(m)
	}
	return ""
}

// Transcript returns the IOPub messages and the reply, one a line and without what differs from run
// to run.
func (r *Response) Transcript() string {
	var b strings.Builder
	for _, m := range r.Outputs {
		fmt.Fprintf(&b, "%s %s\n", m.Header.Type, canonical(m.Content))
	}
	fmt.Fprintf(&b, "→ %s %s\n", r.Reply.Header.Type, canonical(r.Reply.Content))
	return b.String()
}

// canonical returns JSON with sorted keys.
func canonical(raw json.RawMessage) string {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err.Error()
	}
	out, _ := json.Marshal(v) // came from JSON
	return string(out)
}

func field(m *Message, name string) string {
	var content map[string]json.RawMessage
	if json.Unmarshal(m.Content, &content) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(content[name], &s) == nil {
		return s
	}
	return string(content[name])
}

func plain(m *Message) string {
	var content struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	var s string
	if json.Unmarshal(m.Content, &content) == nil {
		_ = json.Unmarshal(content.Data["text/plain"], &s)
	}
	return s
}
