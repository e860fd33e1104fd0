package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Bits of a frame's first byte (ZMTP 3.0, section "Framing").
const (
	flagMore    = 0x01
	flagLong    = 0x02
	flagCommand = 0x04
)

const (
	maxFrames = 4096    // in one message
	growStep  = 1 << 20 // how far memory runs ahead of the bytes that have arrived
)

var (
	errFlags  = errors.New("zmtp: reserved bits are set in a frame's flags")
	errFrames = fmt.Errorf("zmtp: message has more than %d frames", maxFrames)
)

// Encode returns the bytes of one message on the wire, ready for any number of peers.
func Encode(frames ...[]byte) []byte {
	n := 0
	for _, f := range frames {
		n += 9 + len(f)
	}
	buf := make([]byte, 0, n)
	for i, f := range frames {
		var flags byte
		if i < len(frames)-1 {
			flags |= flagMore
		}
		buf = appendFrame(buf, flags, f)
	}
	return buf
}

// encodeCommand returns the bytes of a command with the given name and data.
func encodeCommand(name string, data []byte) []byte {
	body := append([]byte{byte(len(name))}, name...)
	return appendFrame(nil, flagCommand, append(body, data...))
}

func appendFrame(buf []byte, flags byte, body []byte) []byte {
	if len(body) > 255 {
		buf = append(buf, flags|flagLong)
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(body)))
	} else {
		buf = append(buf, flags, byte(len(body)))
	}
	return append(buf, body...)
}

// readMessage reads one message, or one command as a single frame, of at most limit bytes.
func readMessage(r *bufio.Reader, limit int) (frames [][]byte, command bool, err error) {
	total := 0
	for {
		flags, size, err := readFrameHeader(r)
		if err != nil {
			return nil, false, err
		}
		if size > uint64(limit-total) {
			return nil, false, fmt.Errorf("zmtp: message is larger than %d bytes", limit)
		}
		if len(frames) == maxFrames {
			return nil, false, errFrames
		}
		body, err := readBody(r, int(size))
		if err != nil {
			return nil, false, err
		}
		total += len(body)
		frames = append(frames, body)
		if flags&flagCommand != 0 {
			if flags&flagMore != 0 || len(frames) > 1 {
				return nil, false, errors.New("zmtp: command inside a message")
			}
			return frames, true, nil
		}
		if flags&flagMore == 0 {
			return frames, false, nil
		}
	}
}

func readFrameHeader(r *bufio.Reader) (flags byte, size uint64, err error) {
	if flags, err = r.ReadByte(); err != nil {
		return 0, 0, err
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 {
		return 0, 0, errFlags
	}
	if flags&flagLong == 0 {
		b, err := r.ReadByte()
		return flags, uint64(b), unexpected(err)
	}
	var long [8]byte
	if _, err := io.ReadFull(r, long[:]); err != nil {
		return 0, 0, unexpected(err)
	}
	return flags, binary.BigEndian.Uint64(long[:]), nil
}

// readBody reads n bytes and sets memory aside only as they arrive: a peer must send what it
// announces before it costs anything.
func readBody(r io.Reader, n int) ([]byte, error) {
	body := make([]byte, 0, min(n, growStep))
	for len(body) < n {
		step := min(n-len(body), growStep)
		body = slices.Grow(body, step)
		m, err := io.ReadFull(r, body[len(body):len(body)+step])
		body = body[:len(body)+m]
		if err != nil {
			return nil, unexpected(err)
		}
	}
	return body, nil
}

// parseCommand splits a command's body into its name and its data.
func parseCommand(body []byte) (name string, data []byte, ok bool) {
	if len(body) == 0 || int(body[0]) > len(body)-1 {
		return "", nil, false
	}
	n := int(body[0])
	return string(body[1 : 1+n]), body[1+n:], true
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
