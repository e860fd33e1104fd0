package zmtp

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// echoServer is a ROUTER that sends back what it gets.
func echoServer(t *testing.T) (*Server, *logged) {
	t.Helper()
	l := &logged{}
	s, err := Listen("tcp", "127.0.0.1:0", Config{
		Type:       zmq4.Router,
		MaxMessage: 1 << 20,
		OnMessage:  func(p *Peer, frames [][]byte) { p.Send(Encode(frames...)) },
		Log:        l.logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(0) })
	return s, l
}

type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) logf(format string, _ ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, format)
}

func (l *logged) contains(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.Join(l.lines, "\n"), s)
}

func dealer(t *testing.T, s *Server) zmq4.Socket {
	t.Helper()
	d := zmq4.NewDealer(context.Background(), zmq4.WithID(zmq4.SocketIdentity("me")), zmq4.WithLogger(log.New(io.Discard, "", 0)))
	t.Cleanup(func() { _ = d.Close() })
	if err := d.Dial("tcp://" + s.Addr().String()); err != nil {
		t.Fatal(err)
	}
	return d
}

func roundTrip(t *testing.T, d zmq4.Socket, text string) {
	t.Helper()
	if err := d.Send(zmq4.NewMsgFrom([]byte(text), []byte("tail"))); err != nil {
		t.Fatal(err)
	}
	m, err := d.Recv()
	if err != nil || len(m.Frames) != 2 || string(m.Frames[0]) != text {
		t.Fatalf("sent %q, got %q, %v", text, m.Frames, err)
	}
}

func TestRouterAnswersZMQ4(t *testing.T) {
	s, _ := echoServer(t)
	a, b := dealer(t, s), dealer(t, s) // the same identity twice: each gets its own replies
	roundTrip(t, a, "from a")
	roundTrip(t, b, "from b")
	roundTrip(t, a, strings.Repeat("long", 10_000))
	peers := s.Peers()
	if len(peers) != 2 || peers[0].Identity() != "me" {
		t.Errorf("%d peers", len(peers))
	}
}

func TestSuccessor(t *testing.T) {
	s, _ := echoServer(t)
	first := dealer(t, s)
	roundTrip(t, first, "hello")
	old := s.Find("me")
	if old == nil || old.Successor() != nil {
		t.Fatalf("the only peer has a successor: %v", old)
	}
	_ = first.Close()
	second := dealer(t, s)
	roundTrip(t, second, "hello again")
	next := old.Successor()
	if next == nil || !next.Send(Encode([]byte("late answer"))) {
		t.Fatal("the client's second connection isn't found")
	}
	if m, err := second.Recv(); err != nil || string(m.Bytes()) != "late answer" {
		t.Errorf("got %q, %v", m.Bytes(), err)
	}
}

func TestSilentClientHoldsUpNoOne(t *testing.T) {
	s, _ := echoServer(t)
	for range 3 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	roundTrip(t, dealer(t, s), "hello")
}

// greeting is a correct ZMTP 3.0 greeting with the NULL mechanism.
func greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	return g
}

func TestHostileHandshakes(t *testing.T) {
	ready := func(properties string) []byte {
		return encodeCommand("READY", []byte(properties))
	}
	huge := append([]byte{flagCommand | flagLong}, binary.BigEndian.AppendUint64(nil, 1<<40)...)
	for name, data := range map[string][]byte{
		"not ZMTP":               []byte(strings.Repeat("GET / HTTP/1.1\r\n", 10)),
		"a READY of a terabyte":  append(greeting(), huge...),
		"a READY that has more":  append(greeting(), flagCommand|flagMore, 200, 5, 'R', 'E', 'A', 'D', 'Y', 0, 0),
		"a message for READY":    append(greeting(), Encode([]byte("\x05READYREADY"))...),
		"metadata cut short":     append(greeting(), ready("\x0bSocket-Type\x00\x00")...),
		"metadata that lies":     append(greeting(), ready("\xffSocket-Type\x00\x00\x00\x06DEALER")...),
		"an unknown socket type": append(greeting(), ready("\x0bSocket-Type\x00\x00\x00\x03FOO")...),
		"the wrong socket type":  append(greeting(), ready("\x0bSocket-Type\x00\x00\x00\x03SUB")...),
	} {
		t.Run(name, func(t *testing.T) {
			s, l := echoServer(t)
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write(data); err != nil {
				t.Fatal(err)
			}
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Fatalf("the connection was not closed: %v", err)
			}
			roundTrip(t, dealer(t, s), "still there")
			if !l.contains("refused") {
				t.Errorf("nothing was logged")
			}
		})
	}
}

func TestOversizedMessageEndsOnlyItsConnection(t *testing.T) {
	s, l := echoServer(t)
	bad := dealer(t, s)
	roundTrip(t, bad, "fine")
	if err := bad.Send(zmq4.NewMsg(make([]byte, 2<<20))); err != nil {
		t.Logf("sending: %v", err) // the server may close before all is sent
	}
	roundTrip(t, dealer(t, s), "still there")
	for deadline := time.Now().Add(time.Minute); !l.contains("closed"); {
		if time.Now().After(deadline) {
			t.Fatal("nothing was logged")
		}
		time.Sleep(time.Millisecond)
	}
}

// stuck connects a client that shakes hands and then reads nothing, and waits for its peer.
func stuck(t *testing.T, s *Server) *Peer {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	hello := append(greeting(), encodeCommand("READY", []byte("\x0bSocket-Type\x00\x00\x00\x06DEALER"))...)
	if _, err := c.Write(hello); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if peers := s.Peers(); len(peers) == 1 {
			return peers[0]
		}
		if time.Now().After(deadline) {
			t.Fatal("the client is not connected")
		}
	}
}

func TestStuckClientBlocksNoOne(t *testing.T) {
	s, _ := echoServer(t)
	p := stuck(t, s)
	message := Encode(make([]byte, 1<<20))
	for range 64 {
		if !p.Send(message) {
			t.Fatal("the peer is gone")
		}
	}
	roundTrip(t, dealer(t, s), "hello")
}

func TestWaitRoomCutsOffAStalledPeer(t *testing.T) {
	s, _ := echoServer(t)
	p := stuck(t, s)
	for range 64 {
		p.Send(Encode(make([]byte, 1<<20)))
	}
	start := time.Now()
	s.WaitRoom(1<<20, 200*time.Millisecond)
	if d := time.Since(start); d < 150*time.Millisecond || d > time.Minute {
		t.Errorf("waited %v", d)
	}
	if p.Send(nil) {
		t.Error("the stalled peer is still connected")
	}
}

func TestCloseSeesMessagesOut(t *testing.T) {
	s, _ := echoServer(t)
	d := dealer(t, s)
	roundTrip(t, d, "hello")
	body := bytes.Repeat([]byte("x"), 200_000)
	const n = 100
	for range n {
		s.Peers()[0].Send(Encode(body))
	}
	closed := make(chan struct{})
	go func() {
		s.Close(time.Minute)
		close(closed)
	}()
	for i := range n {
		m, err := d.Recv()
		if err != nil || len(m.Frames[0]) != len(body) {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatal("Close waits although everything was read")
	}
}

func TestUnixSocketReplacesAStaleOneOnly(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Type: zmq4.Router, MaxMessage: 1000, OnMessage: func(*Peer, [][]byte) {}, Log: t.Logf}

	stale := filepath.Join(dir, "stale")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	s, err := Listen("unix", stale, cfg)
	if err != nil {
		t.Fatalf("a stale socket is in the way: %v", err)
	}
	info, err := os.Stat(stale)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s.Close(0)

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("unix", file, cfg); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("listening over a file: %v", err)
	}
	if data, _ := os.ReadFile(file); string(data) != "precious" {
		t.Error("the file is gone")
	}
}
