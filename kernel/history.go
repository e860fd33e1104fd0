package kernel

import (
	"context"

	"github.com/rustygradients/rg/kernel/internal/history"
)

// historyRequest is the content of a history_request.
type historyRequest struct {
	Output  bool   `json:"output"`
	Access  string `json:"hist_access_type"`
	Session int    `json:"session"`
	Start   *int   `json:"start"`
	Stop    *int   `json:"stop"`
	N       *int   `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// historyReply answers with what the protocol calls history: [session, line, input], or with outputs
// [session, line, [input, output]].
func (s *session) historyReply(_ context.Context, r *request) (any, error) {
	var q historyRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	entries := s.find(q)
	found := make([][]any, 0, len(entries))
	for _, e := range entries {
		var item any = e.Input
		if q.Output {
			item = []any{e.Input, orNull(e.Output)}
		}
		found = append(found, []any{e.Session, e.Line, item})
	}
	return map[string]any{"status": "ok", "history": found}, nil
}

func (s *session) find(q historyRequest) []history.Entry {
	n := -1 // all
	if q.N != nil {
		n = max(*q.N, 0)
	}
	switch q.Access {
	case "range":
		return s.history.Range(q.Session, orZero(q.Start), orZero(q.Stop))
	case "search":
		if q.Pattern == "" {
			q.Pattern = "*"
		}
		return s.history.Search(q.Pattern, n, q.Unique)
	default: // "tail"
		return s.history.Tail(n)
	}
}

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
