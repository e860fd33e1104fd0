package zmtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeThenRead(t *testing.T) {
	for _, frames := range [][][]byte{
		{[]byte("one")},
		{{}},
		{[]byte("id"), {}, []byte("body")},
		{bytes.Repeat([]byte{7}, 255), bytes.Repeat([]byte{8}, 256), bytes.Repeat([]byte{9}, growStep+5)},
	} {
		got, command, err := readMessage(bufio.NewReader(bytes.NewReader(Encode(frames...))), 4<<20)
		if err != nil || command {
			t.Fatalf("%d frames: command %v, error %v", len(frames), command, err)
		}
		if diff := cmp.Diff(frames, got, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Errorf("%d frames: %s", len(frames), diff)
		}
	}
}

func TestReadMessageRefuses(t *testing.T) {
	huge := append([]byte{flagLong}, binary.BigEndian.AppendUint64(nil, 1<<62)...)
	for _, c := range []struct {
		name, want string
		bytes      []byte
	}{
		{"a frame larger than the limit", "larger than", huge},
		{"frames that are together larger than the limit", "larger than", Encode(make([]byte, 600), make([]byte, 600))},
		{"reserved bits", "reserved bits", []byte{0x80, 0}},
		{"a command inside a message", "command inside", []byte{flagMore, 0, flagCommand, 0}},
		{"a command of several frames", "command inside", []byte{flagCommand | flagMore, 0, 0, 0}},
		{"endless empty frames", "more than", bytes.Repeat([]byte{flagMore, 0}, maxFrames+1)},
		{"a frame that ends early", "unexpected EOF", []byte{0, 5, 'a'}},
		{"a length that ends early", "unexpected EOF", []byte{flagLong, 0, 0}},
	} {
		_, _, err := readMessage(bufio.NewReader(bytes.NewReader(c.bytes)), 1000)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestParseCommand(t *testing.T) {
	name, data, ok := parseCommand([]byte("\x04PING\x00\x01ctx"))
	if !ok || name != "PING" || string(data) != "\x00\x01ctx" {
		t.Errorf("got %q %q %v", name, data, ok)
	}
	for _, bad := range []string{"", "\x05PING"} {
		if _, _, ok := parseCommand([]byte(bad)); ok {
			t.Errorf("%q was taken for a command", bad)
		}
	}
}

// FuzzReadMessage checks that what is read, and only that, can be written again.
func FuzzReadMessage(f *testing.F) {
	f.Add(Encode([]byte("a"), nil, bytes.Repeat([]byte{1}, 300)))
	f.Add(encodeCommand("PING", []byte{0, 0}))
	f.Add([]byte{flagLong, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{flagMore, 0, flagMore | flagLong, 0, 0, 0, 0, 0, 0, 0, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 16
		frames, command, err := readMessage(bufio.NewReader(bytes.NewReader(data)), limit)
		if err != nil {
			return
		}
		total := 0
		for _, fr := range frames {
			total += len(fr)
		}
		if total > limit {
			t.Fatalf("%d bytes read, the limit is %d", total, limit)
		}
		if command {
			parseCommand(frames[0])
			return
		}
		again, _, err := readMessage(bufio.NewReader(bytes.NewReader(Encode(frames...))), limit)
		if err != nil || !cmp.Equal(frames, again, cmp.Comparer(bytes.Equal)) {
			t.Fatalf("read %q, wrote and read %q, %v", frames, again, err)
		}
	})
}
