package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ProtocolVersion is the version of the Jupyter messaging protocol that the kernel speaks. 5.6 would
// promise the registration handshake.
const ProtocolVersion = "5.5"

const delimiter = "<IDS|MSG>"

var emptyObject = json.RawMessage("{}")

// Header identifies a message.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
	Subshell string `json:"subshell_id,omitempty"` // JEP 91; "" is the main shell
}

// NewHeader returns the header of a new message.
func NewHeader(msgType, session string) Header {
	return Header{
		ID:       uuid.NewString(),
		Session:  session,
		Username: "kernel",
		Date:     Date(time.Now()),
		Type:     msgType,
		Version:  ProtocolVersion,
	}
}

// Date returns t as messages have it: ISO 8601 with microseconds, in UTC.
func Date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// Message is one message, parsed or to be sent. The JSON parts stay as they came: a reply's
// parent_header is the request's header, byte for byte. Empty parts are sent as {}.
type Message struct {
	Identities [][]byte // routing prefix; the topic on IOPub
	Header     Header
	RawHeader  json.RawMessage // Header as it was received
	Parent     json.RawMessage
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte
}

// Errors of Parse; every one of them means that the message is to be dropped.
var (
	ErrDelimiter = errors.New("no " + delimiter + " frame")
	ErrShort     = errors.New("fewer than five frames after " + delimiter)
	ErrSignature = errors.New("wrong signature")
	ErrReplayed  = errors.New("replayed message: its signature has been seen before")
)

// Parse takes a message apart. The message's parts alias the frames.
func Parse(frames [][]byte, s *Signer) (*Message, error) {
	d := 0
	for d < len(frames) && string(frames[d]) != delimiter {
		d++
	}
	if d == len(frames) {
		return nil, ErrDelimiter
	}
	body := frames[d+1:]
	if len(body) < 5 {
		return nil, ErrShort
	}
	if err := s.Verify(body[0], body[1:5]); err != nil {
		return nil, err
	}
	m := &Message{
		Identities: frames[:d],
		RawHeader:  body[1],
		Parent:     body[2],
		Metadata:   body[3],
		Content:    body[4],
		Buffers:    body[5:],
	}
	for i, part := range []struct {
		name string
		json json.RawMessage
	}{{"header", m.RawHeader}, {"parent_header", m.Parent}, {"metadata", m.Metadata}, {"content", m.Content}} {
		if !json.Valid(part.json) {
			return nil, fmt.Errorf("%s (frame %d) is not JSON", part.name, d+2+i)
		}
	}
	if err := json.Unmarshal(m.RawHeader, &m.Header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if m.Header.ID == "" || m.Header.Type == "" {
		return nil, errors.New("header lacks msg_id or msg_type")
	}
	return m, nil
}

// Encode returns the frames of m, signed.
func Encode(m *Message, s *Signer) ([][]byte, error) {
	header := m.RawHeader
	if header == nil {
		var err error
		if header, err = json.Marshal(m.Header); err != nil {
			return nil, err
		}
	}
	parts := [][]byte{header, orEmpty(m.Parent), orEmpty(m.Metadata), orEmpty(m.Content)}
	frames := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, []byte(delimiter), s.Sign(parts))
	frames = append(frames, parts...)
	return append(frames, m.Buffers...), nil
}

// ParentHeader returns the header of the message that m answers, as far as m says.
func (m *Message) ParentHeader() Header {
	var h Header
	_ = json.Unmarshal(m.Parent, &h) // {} where there is no parent
	return h
}

func orEmpty(part json.RawMessage) []byte {
	if len(bytes.TrimSpace(part)) == 0 {
		return emptyObject
	}
	return part
}
