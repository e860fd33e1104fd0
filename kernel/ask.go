package kernel

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
)

// askTimeout is how long completion and its like may take: a front end has long given up by then.
const askTimeout = 10 * time.Second

// ask puts a question to the worker, which answers it beside a running cell.
func (s *session) ask(ctx context.Context, kind frame.Kind, question, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	l, err := s.workers.worker(ctx)
	if err != nil {
		return err
	}
	return l.ask(ctx, kind, question, answer)
}

// query is the content of complete_request, inspect_request and is_complete_request.
type query struct {
	Code   string `json:"code"`
	Pos    *int   `json:"cursor_pos"`
	Detail int    `json:"detail_level"`
}

// position returns the cursor's place in code points; by default the end.
func (q query) position() int {
	n := utf8.RuneCountInString(q.Code)
	if q.Pos == nil {
		return n
	}
	return min(max(*q.Pos, 0), n)
}

// typedMatch is a match in the form that JupyterLab reads beside the plain list.
type typedMatch struct {
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Text      string `json:"text"`
	Type      string `json:"type,omitempty"`
	Signature string `json:"signature,omitempty"`
}

func (s *session) complete(ctx context.Context, r *request) (any, error) {
	var q query
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	var c engine.Completion
	if err := s.ask(ctx, frame.Complete, frame.Query{Code: q.Code, Pos: q.position()}, &c); err != nil {
		return nil, err
	}
	matches := make([]string, 0, len(c.Matches))
	typed := make([]typedMatch, 0, len(c.Matches))
	for _, m := range c.Matches {
		matches = append(matches, m.Text)
		typed = append(typed, typedMatch{Start: c.Start, End: c.End, Text: m.Text, Type: m.Kind, Signature: m.Signature})
	}
	if len(matches) == 0 && c.Start == 0 && c.End == 0 {
		c.Start, c.End = q.position(), q.position()
	}
	return map[string]any{
		"status":       "ok",
		"matches":      matches,
		"cursor_start": c.Start,
		"cursor_end":   c.End,
		"metadata":     map[string]any{"_jupyter_types_experimental": typed},
	}, nil
}

func (s *session) inspect(ctx context.Context, r *request) (any, error) {
	var q query
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	var answer frame.Inspection
	question := frame.Query{Code: q.Code, Pos: q.position(), Detail: q.Detail}
	if err := s.ask(ctx, frame.Inspect, question, &answer); err != nil {
		return nil, err
	}
	content := displayContent(answer.Bundle)
	delete(content, "transient")
	content["status"] = "ok"
	content["found"] = answer.Bundle != nil
	return content, nil
}

func (s *session) isComplete(ctx context.Context, r *request) (any, error) {
	var q query
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	var answer frame.Completeness
	if err := s.ask(ctx, frame.IsComplete, frame.Query{Code: q.Code}, &answer); err != nil {
		return map[string]string{"status": "unknown"}, nil
	}
	content := map[string]string{"status": answer.Status}
	if answer.Status == "incomplete" {
		content["indent"] = answer.Indent
	}
	return content, nil
}

func (s *session) debug(ctx context.Context, r *request) (any, error) {
	var answer json.RawMessage
	if err := s.ask(ctx, frame.Debug, r.Content, &answer); err != nil {
		return nil, err
	}
	return answer, nil
}
