package kerneltest

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
	"github.com/google/uuid"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/internal/zmtp"
)

// socket is what a Client needs of a zmq4 socket that is connected.
type socket interface {
	Send(msg zmq4.Msg) error
	Recv() (zmq4.Msg, error)
	Close() error
}

// light is a socket with one peer that costs less than zmq4's, which reads and writes every frame by
// itself: what is measured by it is the kernel.
type light struct {
	conn net.Conn
	r    *bufio.Reader
}

func dialLight(endpoint string, typ zmq4.SocketType, id zmq4.SocketIdentity) (*light, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "tcp://"))
	if err != nil {
		return nil, err
	}
	if _, err := zmq4.Open(conn, null.Security(), typ, id, false, nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &light{conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (l *light) Send(msg zmq4.Msg) error {
	_, err := l.conn.Write(zmtp.Encode(msg.Frames...))
	return err
}

func (l *light) Recv() (zmq4.Msg, error) {
	var frames [][]byte
	for {
		flags, err := l.r.ReadByte()
		if err != nil {
			return zmq4.Msg{}, err
		}
		var size [8]byte
		at := 7 // a short frame's size is one byte
		if flags&2 != 0 {
			at = 0
		}
		if _, err := io.ReadFull(l.r, size[at:]); err != nil {
			return zmq4.Msg{}, err
		}
		body := make([]byte, binary.BigEndian.Uint64(size[:]))
		if _, err := io.ReadFull(l.r, body); err != nil {
			return zmq4.Msg{}, err
		}
		frames = append(frames, body)
		if flags&1 == 0 {
			return zmq4.NewMsgFrom(frames...), nil
		}
	}
}

func (l *light) Close() error { return l.conn.Close() }

// DialLight is Dial over TCP by a client that costs little, for measurements.
func DialLight(conn kernel.Connection) (*Client, error) {
	c := newClient(conn, uuid.NewString())
	for _, s := range []struct {
		socket *socket
		typ    zmq4.SocketType
		port   int
	}{{&c.shell, zmq4.Dealer, conn.ShellPort}, {&c.control, zmq4.Dealer, conn.ControlPort}, {&c.stdin, zmq4.Dealer, conn.StdinPort}, {&c.iopub, zmq4.Sub, conn.IOPubPort}} {
		l, err := dialLight(conn.Endpoint(s.port), s.typ, zmq4.SocketIdentity(c.Session))
		if err != nil {
			c.Close()
			return nil, err
		}
		*s.socket = l
	}
	return c, c.listen(func() error { return c.iopub.Send(zmq4.NewMsgFrom([]byte{1})) })
}
