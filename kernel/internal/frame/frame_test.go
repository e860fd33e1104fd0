package frame

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rustygradients/rg/viz/display"
)

func TestAppendThenRead(t *testing.T) {
	frames := []Frame{
		{Kind: Interrupt, ID: 1<<63 + 7},
		{Kind: Execute, ID: 2, Body: json.RawMessage(`{"code":"x"}`)},
		{Kind: Show, ID: 3, Body: json.RawMessage(`{}`), Buffers: [][]byte{{1, 2}, nil, bytes.Repeat([]byte{3}, growStep+5)}},
	}
	var buf []byte
	for _, f := range frames {
		var err error
		if buf, err = Append(buf, f); err != nil {
			t.Fatal(err)
		}
	}
	r := bytes.NewReader(buf)
	for _, want := range frames {
		got, err := Read(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := Read(r); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	head := func(kind Kind, size, buffers uint32) []byte {
		b := append([]byte{byte(kind), 0, 0, 0}, make([]byte, 8)...)
		b = binary.BigEndian.AppendUint32(b, size)
		return binary.BigEndian.AppendUint32(b, buffers)
	}
	large := append(head(Show, 0, 2), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	for _, c := range []struct {
		name, want string
		bytes      []byte
	}{
		{"an unknown kind", "unknown kind", head(63, 0, 0)},
		{"a body that is too large", "larger than", head(Done, math.MaxUint32, 0)},
		{"buffers that are too large", "larger than", large},
		{"too many buffers", "more than", head(Done, 0, MaxBuffers+1)},
		{"a body that isn't JSON", "not JSON", append(head(Done, 2, 0), '{', '{')},
		{"a body cut short", "unexpected EOF", append(head(Done, 100, 0), '{')},
		{"a head cut short", "unexpected EOF", head(Done, 0, 0)[:7]},
	} {
		if _, err := Read(bytes.NewReader(c.bytes)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestNewBundle(t *testing.T) {
	b := NewBundle(display.Bundle{
		Data: map[string]any{"text/plain": "<x>", "image/png": []byte{1, 2, 3}, "application/json": math.NaN()},
		ID:   "id",
	})
	if got := b.Plain(); got != "<x>" {
		t.Errorf("text %q", got)
	}
	if got := string(b.Data["image/png"]); got != `"AQID"` {
		t.Errorf("png %s", got)
	}
	if _, ok := b.Data["application/json"]; ok {
		t.Error("NaN became JSON")
	}
	alone := NewBundle(display.Bundle{Data: map[string]any{"application/json": math.NaN()}})
	if got := alone.Plain(); !strings.Contains(got, "application/json") {
		t.Errorf("a bundle of nothing but NaN shows %q", got)
	}
}

// FuzzRead checks that what is read can be written, and reads the same again.
func FuzzRead(f *testing.F) {
	for _, frame := range []Frame{
		{Kind: Interrupt, ID: 1},
		{Kind: Execute, ID: 2, Body: json.RawMessage(`{"code":"x"}`)},
		{Kind: Show, ID: 3, Body: json.RawMessage(`{}`), Buffers: [][]byte{{1}, {}}},
	} {
		seed, err := Append(nil, frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
		f.Add(seed[:len(seed)-1])
	}
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		buf, err := Append(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(buf))
		if err != nil || !cmp.Equal(got, again, cmp.Comparer(bytes.Equal)) {
			t.Fatalf("read %v, wrote and read %v, %v", got, again, err)
		}
	})
}
