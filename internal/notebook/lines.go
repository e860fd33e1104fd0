package notebook

import (
	"strings"
	"unicode/utf8"
)

// splitLines cuts s after each line end and keeps the ends, as Python's str.splitlines(True) does,
// which Jupyter's writer uses: more characters than \n count as line ends there.
func splitLines(s string) []any {
	lines := []any{} // never nil: an empty text is written as []
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch r {
		case '\r':
			if strings.HasPrefix(s[i:], "\n") {
				i++
			}
		case '\n', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029':
		default:
			continue
		}
		lines = append(lines, s[start:i])
		start = i
	}
	if start < len(s) {
		lines = append(lines, s[start:])
	}
	return lines
}

// joinLines is the inverse for a value that may be a string or a list of strings.
func joinLines(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		var b strings.Builder
		for _, line := range v {
			s, ok := line.(string)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// isJSON says whether a MIME type's values are JSON, which are never joined or split.
func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

// isLines says whether a MIME type's text is split into lines in the file.
func isLines(mime string) bool {
	return strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml"
}

func joinBundle(data map[string]any) {
	for mime, v := range data {
		if list, ok := v.([]any); ok && !isJSON(mime) {
			if s, ok := joinLines(list); ok {
				data[mime] = s
			}
		}
	}
}

func splitBundle(data map[string]any) map[string]any {
	out := make(map[string]any, len(data))
	for mime, v := range data {
		if s, ok := v.(string); ok && isLines(mime) {
			v = splitLines(s)
		}
		out[mime] = v
	}
	return out
}
