package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// scanner reads the JSON of a header. encoding/json would replace what is not Unicode, let the last
// of two equal keys win, and say less of where something is wrong. The text is valid UTF-8.
type scanner struct {
	text []byte
	pos  int
}

// maxDepth is how deep values may nest that are skipped.
const maxDepth = 100

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("header byte %d: "+format, append([]any{s.pos}, args...)...)
}

// next skips white space and returns the next byte without consuming it; 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if got := s.next(); got != c || s.pos == len(s.text) {
		return s.errorf("bad JSON: %s where %q should be", s.here(), c)
	}
	s.pos++
	return nil
}

// here describes the next byte.
func (s *scanner) here() string {
	if s.pos >= len(s.text) {
		return "the end"
	}
	r := []rune(string(s.text[s.pos:min(s.pos+4, len(s.text))]))
	return strconv.QuoteRune(r[0])
}

// object calls member for each key, with the scanner before the value. Keys come once.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	var seen keys
	return s.items('}', func() error {
		at := s.pos
		key, err := s.str()
		if err != nil {
			return err
		}
		if seen.add(key) {
			s.pos = at
			return s.errorf("the key %s appears twice", quoteShort(key))
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// keys is a set of strings: most objects have three, and the header itself thousands.
type keys struct {
	few  [8]string
	n    int
	many map[string]bool
}

// add adds a key and reports whether it was there already.
func (k *keys) add(key string) (twice bool) {
	if k.many == nil && k.n < len(k.few) {
		twice = slices.Contains(k.few[:k.n], key)
		k.few[k.n] = key
		k.n++
		return twice
	}
	if k.many == nil {
		k.many = make(map[string]bool, 2*len(k.few))
		for _, f := range k.few {
			k.many[f] = true
		}
	}
	twice = k.many[key]
	k.many[key] = true
	return twice
}

// array calls item before each element.
func (s *scanner) array(item func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	return s.items(']', item)
}

// items reads what stands between brackets, the closing one included.
func (s *scanner) items(end byte, item func() error) error {
	if s.next() == end {
		s.pos++
		return nil
	}
	for {
		s.next()
		if err := item(); err != nil {
			return err
		}
		if s.next() == end {
			s.pos++
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// str reads a string.
func (s *scanner) str() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	start := s.pos
	escaped := false
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			raw := s.text[start:s.pos]
			s.pos++
			if !escaped {
				return string(raw), nil
			}
			return s.unescape(start-1, raw)
		case c < ' ':
			return "", s.errorf("bad JSON: control character %#02x in a string", c)
		case c == '\\':
			escaped = true
			s.pos++ // a quote may follow
		}
	}
	s.pos = start - 1
	return "", s.errorf("bad JSON: a string doesn't end")
}

// unescape decodes a string with escapes, the quote of which is at start.
func (s *scanner) unescape(start int, raw []byte) (string, error) {
	end := s.pos
	s.pos = start
	if bad := loneSurrogate(raw); bad != "" {
		return "", s.errorf("bad JSON: %s in a string is half a surrogate pair", bad)
	}
	var out string
	if err := json.Unmarshal(s.text[start:end], &out); err != nil {
		return "", s.errorf("bad JSON: bad escape in a string")
	}
	s.pos = end
	return out, nil
}

// loneSurrogate finds a \u escape that is half a character.
func loneSurrogate(raw []byte) string {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		u := escapeUnit(raw[i-1:])
		switch {
		case u >= 0xd800 && u < 0xdc00:
			if low := escapeUnit(raw[i+5:]); low < 0xdc00 || low > 0xdfff {
				return string(raw[i-1 : i+5])
			}
			i += 10
		case u >= 0xdc00 && u <= 0xdfff:
			return string(raw[i-1 : i+5])
		}
	}
	return ""
}

// escapeUnit is the code unit of a \u escape that raw begins with, or -1.
func escapeUnit(raw []byte) int {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return -1
	}
	u, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(u)
}

// size reads a whole number from 0 to MaxInt.
func (s *scanner) size() (int, error) {
	s.next()
	start := s.pos
	token := s.token()
	n, err := strconv.ParseUint(token, 10, 64)
	switch {
	case err == nil && token[0] == '0' && len(token) > 1:
		s.pos = start
		return 0, s.errorf("bad JSON: the number %s begins with 0", quoteShort(token))
	case err == nil && n <= math.MaxInt:
		return int(n), nil
	}
	s.pos = start
	if token == "" {
		return 0, s.errorf("%s where a size should be", s.here())
	}
	if strings.HasPrefix(token, "-") {
		return 0, s.errorf("%s is negative", quoteShort(token))
	}
	if strings.Trim(token, "0123456789") == "" {
		return 0, s.errorf("%s is too large", token[:min(len(token), 40)])
	}
	return 0, s.errorf("%s is not a whole number", quoteShort(token))
}

// token reads what a number or a word may be made of.
func (s *scanner) token() string {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.') {
			break
		}
		s.pos++
	}
	return string(s.text[start:s.pos])
}

// null reads the word null if that comes next.
func (s *scanner) null() bool {
	if s.next() == 'n' && bytes.HasPrefix(s.text[s.pos:], []byte("null")) {
		s.pos += 4
		return true
	}
	return false
}

// skip reads any value.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.errorf("values nest more than %d deep", maxDepth)
	}
	switch s.next() {
	case '{':
		return s.object(func(string) error { return s.skip(depth + 1) })
	case '[':
		return s.array(func() error { return s.skip(depth + 1) })
	case '"':
		_, err := s.str()
		return err
	}
	start := s.pos
	if token := s.token(); !json.Valid([]byte(token)) {
		s.pos = start
		return s.errorf("bad JSON: %s where a value should be", s.here())
	}
	return nil
}
