package frame

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Kind says what a frame is about.
type Kind uint8

// From the front to the worker.
const (
	Execute    Kind = iota + 1 // body Cell; answered by Done
	Comm                       // body engine.CommMessage; answered by Done
	Restore                    // body engine.State; answered by Done
	Interrupt                  // id is that of the Execute or Comm to end
	Complete                   // body Query; answered by Answer with Completion
	Inspect                    // body Query; answered by Answer with Inspection
	IsComplete                 // body Query; answered by Answer with Completeness
	Debug                      // body as the client sent it; answered by Answer
	InputReply                 // body Line; id is that of the Input
	Ack                        // the Show with this id has its place
	Shutdown                   // end at once
)

// From the worker to the front.
const (
	Hello  Kind = iota + 64 // body Greeting: the worker is ready
	Done                    // body Outcome
	Answer                  // body by request, or Failure
	Show                    // body Output; id is that of the Ack to send back, or 0 for none
	Input                   // body Prompt
	Forget                  // no one waits any more for the Input with this id
	State                   // body Change
)

// Limits of a frame.
const (
	MaxBytes   = 512 << 20 // body and buffers together
	MaxBuffers = 4096
)

const (
	prologue = 20
	growStep = 1 << 20
)

var (
	errLarge   = fmt.Errorf("frame: larger than %d bytes", MaxBytes)
	errBuffers = fmt.Errorf("frame: more than %d buffers", MaxBuffers)
	errKind    = errors.New("frame: unknown kind")
)

// Frame is one message between front and worker.
type Frame struct {
	Kind    Kind
	ID      uint64
	Body    json.RawMessage
	Buffers [][]byte
}

func (k Kind) known() bool { return Execute <= k && k <= Shutdown || Hello <= k && k <= State }

// New makes a frame with v's JSON as its body; a nil v makes an empty one.
func New(kind Kind, id uint64, v any, buffers ...[]byte) (Frame, error) {
	f := Frame{Kind: kind, ID: id, Buffers: buffers}
	if v == nil {
		return f, nil
	}
	body, err := json.Marshal(v)
	f.Body = body
	return f, err
}

// Append adds the encoding of f to buf.
func Append(buf []byte, f Frame) ([]byte, error) {
	if len(f.Buffers) > MaxBuffers {
		return buf, errBuffers
	}
	total := len(f.Body)
	for _, b := range f.Buffers {
		total += len(b)
	}
	if total > MaxBytes {
		return buf, errLarge
	}
	buf = slices.Grow(buf, prologue+4*len(f.Buffers)+total)
	buf = append(buf, byte(f.Kind), 0, 0, 0)
	buf = binary.BigEndian.AppendUint64(buf, f.ID)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(f.Body)))
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(f.Buffers)))
	for _, b := range f.Buffers {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(b)))
	}
	buf = append(buf, f.Body...)
	for _, b := range f.Buffers {
		buf = append(buf, b...)
	}
	return buf, nil
}

// Read reads one frame. io.EOF means that the other side ended between frames.
func Read(r io.Reader) (Frame, error) {
	var head [prologue]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	f := Frame{Kind: Kind(head[0]), ID: binary.BigEndian.Uint64(head[4:])}
	size := uint64(binary.BigEndian.Uint32(head[12:]))
	count := binary.BigEndian.Uint32(head[16:])
	switch {
	case !f.Kind.known() || head[1]|head[2]|head[3] != 0:
		return Frame{}, errKind
	case count > MaxBuffers:
		return Frame{}, errBuffers
	}
	lengths, err := readBytes(r, 4*uint64(count))
	if err != nil {
		return Frame{}, err
	}
	total := size
	for i := range int(count) {
		total += uint64(binary.BigEndian.Uint32(lengths[4*i:]))
	}
	if total > MaxBytes {
		return Frame{}, errLarge
	}
	if f.Body, err = readBytes(r, size); err != nil {
		return Frame{}, err
	}
	if len(f.Body) > 0 && !json.Valid(f.Body) {
		return Frame{}, errors.New("frame: body is not JSON")
	}
	for i := range int(count) {
		b, err := readBytes(r, uint64(binary.BigEndian.Uint32(lengths[4*i:])))
		if err != nil {
			return Frame{}, err
		}
		f.Buffers = append(f.Buffers, b)
	}
	return f, nil
}

// readBytes reads n bytes, setting memory aside as they arrive.
func readBytes(r io.Reader, n uint64) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	buf := make([]byte, 0, min(n, growStep))
	for uint64(len(buf)) < n {
		step := int(min(n-uint64(len(buf)), growStep))
		buf = slices.Grow(buf, step)
		m, err := io.ReadFull(r, buf[len(buf):len(buf)+step])
		buf = buf[:len(buf)+m]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return buf, nil
}
