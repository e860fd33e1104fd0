package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignature(t *testing.T) {
	// Made with Python: hmac.new(b"key", b'{"a":1}{}{}{"b":2}', hashlib.sha256).hexdigest()
	const want = "0206f42f4ae2a48f6054ab91271f90c100f7022f55fb1f23de6377624d533752"
	got := NewSigner("key").Sign([][]byte{[]byte(`{"a":1}`), []byte(`{}`), []byte(`{}`), []byte(`{"b":2}`)})
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := NewSigner("").Sign([][]byte{nil, nil, nil, nil}); len(got) != 0 {
		t.Errorf("an empty key signs %q", got)
	}
}

func TestEncodeThenParse(t *testing.T) {
	m := &Message{
		Identities: [][]byte{[]byte("id")},
		Header:     NewHeader("execute_request", "session"),
		Content:    json.RawMessage(`{"code":"é < 1"}`),
		Buffers:    [][]byte{{0, 1}, {}},
	}
	frames, err := Encode(m, NewSigner("key"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(frames, NewSigner("key"))
	if err != nil {
		t.Fatal(err)
	}
	want := *m
	want.RawHeader = got.RawHeader
	want.Parent, want.Metadata = json.RawMessage("{}"), json.RawMessage("{}")
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
}

// signed returns the frames of a message with these parts and a right signature.
func signed(s *Signer, parts ...string) [][]byte {
	raw := make([][]byte, len(parts))
	for i, p := range parts {
		raw[i] = []byte(p)
	}
	return append([][]byte{[]byte(delimiter), s.Sign(raw)}, raw...)
}

const header = `{"msg_id":"1","msg_type":"x","session":"s"}`

func TestParseRefuses(t *testing.T) {
	s := NewSigner("key")
	spoiled := func(change func(frames [][]byte) [][]byte) [][]byte {
		return change(signed(s, header, "{}", "{}", `{"n":1}`))
	}
	for _, c := range []struct {
		name   string
		frames [][]byte
		want   string
	}{
		{"nothing", nil, "no <IDS|MSG>"},
		{"no delimiter", [][]byte{[]byte("a"), []byte("b")}, "no <IDS|MSG>"},
		{"too few frames", [][]byte{[]byte(delimiter), nil, nil}, "fewer than five"},
		{"no signature", spoiled(func(f [][]byte) [][]byte { f[1] = nil; return f }), "wrong signature"},
		{"a signature that isn't hexadecimal", spoiled(func(f [][]byte) [][]byte { f[1] = []byte(strings.Repeat("z", 64)); return f }), "wrong signature"},
		{"another's signature", spoiled(func(f [][]byte) [][]byte { f[1] = NewSigner("x").Sign(f[2:]); return f }), "wrong signature"},
		{"changed content", spoiled(func(f [][]byte) [][]byte { f[5] = []byte(`{"n":2}`); return f }), "wrong signature"},
		{"a header that isn't JSON", signed(s, `{"msg`, "{}", "{}", "{}"), "header (frame 2) is not JSON"},
		{"content that isn't JSON", signed(s, header, "{}", "{}", "}{"), "content (frame 5) is not JSON"},
		{"empty metadata", signed(s, header, "{}", "", "{}"), "metadata (frame 4) is not JSON"},
		{"a header of the wrong form", signed(s, `{"msg_id":1}`, "{}", "{}", "{}"), "header:"},
		{"a header that is a list", signed(s, `[]`, "{}", "{}", "{}"), "header:"},
		{"a header without a type", signed(s, `{"msg_id":"1"}`, "{}", "{}", "{}"), "lacks"},
	} {
		if _, err := Parse(c.frames, NewSigner("key")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestReplay(t *testing.T) {
	s := NewSigner("key")
	first := signed(s, header, "{}", "{}", "{}")
	if _, err := Parse(first, s); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(first, s); !errors.Is(err, ErrReplayed) {
		t.Errorf("second time: %v", err)
	}
	// The memory is bounded: the oldest signatures are forgotten, the newest are not.
	for i := range remembered {
		if _, err := Parse(signed(s, header, "{}", "{}", fmt.Sprintf(`{"n":%d}`, i)), s); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.seen) != remembered {
		t.Errorf("%d signatures kept, want %d", len(s.seen), remembered)
	}
	last := signed(s, header, "{}", "{}", fmt.Sprintf(`{"n":%d}`, remembered-1))
	if _, err := Parse(last, s); !errors.Is(err, ErrReplayed) {
		t.Errorf("the newest was forgotten: %v", err)
	}
}

// FuzzParse checks that a message that parses has JSON in every part and can be sent again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(delimiter), []byte(""), []byte(header), []byte("{}"), []byte("{}"), []byte("{}"))
	f.Add([]byte("id"), []byte(delimiter), []byte(""), []byte(header), []byte("{}"), []byte("[]"))
	f.Add([]byte(delimiter), []byte("00"), []byte(`{"msg_id":"\u0000","msg_type":"\ud800"}`), []byte("null"), []byte("1"), []byte(`""`))
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g []byte) {
		frames := [][]byte{a, b, c, d, e, g}
		if _, err := Parse(frames, NewSigner("key")); err == nil {
			t.Fatal("an unsigned message was accepted")
		}
		open := NewSigner("")
		m, err := Parse(frames, open)
		if err != nil {
			return
		}
		m.ParentHeader()
		again, err := Encode(m, open)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(again, open); err != nil {
			t.Fatalf("%q parses, but not after encoding: %v", frames, err)
		}
	})
}
