package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

const (
	handshakeTimeout = 10 * time.Second
	greetingSize     = 64
	maxReady         = 16 << 10 // bytes of the READY command
)

// handshake performs the ZMTP greeting and the NULL handshake by zmq4 and returns the identity that
// the peer claims and the reader from which its messages come.
//
// zmq4 allocates what a frame's header announces and slices metadata without looking, so the READY
// command's size is checked before zmq4 sees it and a panic in there is an error here.
func handshake(conn net.Conn, typ zmq4.SocketType) (identity string, r *bufio.Reader, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("zmtp: malformed handshake: %v", p)
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return "", nil, err
	}
	g := &guarded{Conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}
	z, err := zmq4.Open(g, null.Security(), typ, nil, true, nil)
	if err != nil {
		return "", nil, err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return "", nil, err
	}
	return z.Peer.Meta["Identity"], g.r, nil
}

// guarded is the connection that zmq4 shakes hands over.
type guarded struct {
	net.Conn
	r   *bufio.Reader
	off int // bytes that zmq4 has read
}

func (g *guarded) Read(p []byte) (int, error) {
	if g.off == greetingSize {
		if err := g.checkReady(); err != nil {
			return 0, err
		}
	}
	if g.off < greetingSize {
		p = p[:min(len(p), greetingSize-g.off)]
	}
	n, err := g.r.Read(p)
	g.off += n
	return n, err
}

// checkReady looks at the header of the frame that follows the greeting.
func (g *guarded) checkReady() error {
	head, err := g.r.Peek(9) // no READY command is shorter
	if err != nil {
		return err
	}
	switch head[0] {
	case flagCommand:
		return nil
	case flagCommand | flagLong:
		if binary.BigEndian.Uint64(head[1:]) > maxReady {
			return errors.New("zmtp: READY command is too large")
		}
		return nil
	}
	return errors.New("zmtp: the greeting is not followed by a READY command")
}
