package kernel

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// session 1 is the only one: the history lives as long as the kernel.
const historySession = 1

// history is what was run, in order.
type history struct {
	mu      sync.Mutex
	entries []historyEntry
}

type historyEntry struct {
	line   int
	input  string
	output string
}

func (h *history) add(line int, input string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, historyEntry{line: line, input: input})
}

// setOutput notes the result of the entry that was added for line.
func (h *history) setOutput(line int, output string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.entries) - 1; i >= 0; i-- {
		if h.entries[i].line == line {
			h.entries[i].output = output
			return
		}
	}
}

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

// find returns what a request asks for as the protocol has it: [session, line, input], or with
// outputs [session, line, [input, output]].
func (h *history) find(r historyRequest) [][]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []historyEntry
	switch r.Access {
	case "range":
		// Session 0 is the current one, and negative ones count back from it.
		if r.Session == 0 || r.Session == historySession {
			found = between(h.entries, r.Start, r.Stop)
		}
	case "search":
		found = last(h.search(r.Pattern, r.Unique), r.N)
	default: // "tail"
		found = last(h.entries, r.N)
	}
	out := make([][]any, 0, len(found))
	for _, e := range found {
		var item any = e.input
		if r.Output {
			item = []any{e.input, orNull(e.output)}
		}
		out = append(out, []any{historySession, e.line, item})
	}
	return out
}

// between returns the entries with start ≤ line < stop.
func between(entries []historyEntry, start, stop *int) []historyEntry {
	var found []historyEntry
	for _, e := range entries {
		if (start == nil || e.line >= *start) && (stop == nil || e.line < *stop) {
			found = append(found, e)
		}
	}
	return found
}

func last(entries []historyEntry, n *int) []historyEntry {
	if n == nil || *n >= len(entries) {
		return entries
	}
	return entries[len(entries)-max(*n, 0):]
}

// search returns the entries whose whole input matches a glob; unique keeps the latest of equals.
func (h *history) search(pattern string, unique bool) []historyEntry {
	if pattern == "" {
		pattern = "*"
	}
	var found []historyEntry
	seen := map[string]bool{}
	for _, e := range slices.Backward(h.entries) {
		if !glob(pattern, e.input) || unique && seen[e.input] {
			continue
		}
		seen[e.input] = true
		found = append(found, e)
	}
	slices.Reverse(found)
	return found
}

// glob matches as SQLite's GLOB does, which is what Jupyter's patterns are written for: * and ? also
// match slashes and newlines. A malformed pattern matches only itself.
func glob(pattern, s string) bool {
	const slash = "\x00" // path.Match treats slashes and backslashes specially, GLOB neither
	text := strings.NewReplacer("/", slash)
	ok, err := path.Match(strings.NewReplacer("/", slash, `\`, `\\`).Replace(pattern), text.Replace(s))
	return ok || err != nil && pattern == s
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
