package zmtp

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// Config says what a Server does with its peers. Its functions are called from one goroutine a peer.
type Config struct {
	Type       zmq4.SocketType // zmq4.Router or zmq4.XPub
	MaxMessage int             // bytes of one incoming message

	// OnMessage is given every message that arrives. On an XPUB server these are subscriptions:
	// one frame, the byte 1 (or 0, to end it) before the topic.
	OnMessage func(p *Peer, frames [][]byte)

	// OnGone is called once when a peer's connection has ended. It may be nil.
	OnGone func(p *Peer)

	// Log is told of peers that break the rules.
	Log func(format string, args ...any)
}

// Server is one listening socket.
type Server struct {
	cfg      Config
	listener net.Listener

	mu      sync.Mutex
	peers   map[*Peer]struct{}
	pending map[net.Conn]struct{} // shaking hands
	closed  bool
	wg      sync.WaitGroup
}

// Listen opens a server on a network ("tcp" or "unix") and address.
func Listen(network, address string, cfg Config) (*Server, error) {
	if network == "unix" {
		if err := removeStaleSocket(address); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	if network == "unix" {
		if err := os.Chmod(address, 0o600); err != nil {
			_ = l.Close()
			return nil, err
		}
	}
	s := &Server{cfg: cfg, listener: l, peers: map[*Peer]struct{}{}, pending: map[net.Conn]struct{}{}}
	s.wg.Add(1)
	go s.accept()
	return s, nil
}

// removeStaleSocket unlinks what a former kernel left at path, but nothing that isn't a socket.
func removeStaleSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	return os.Remove(path)
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Peers returns the peers that are connected now, the oldest first.
func (s *Server) Peers() []*Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	peers := make([]*Peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	sortByAge(peers)
	return peers
}

// Find returns the newest peer with an identity, or nil.
func (s *Server) Find(identity string) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *Peer
	for p := range s.peers {
		if p.identity == identity && (found == nil || p.age > found.age) {
			found = p
		}
	}
	return found
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			s.mu.Lock()
			closed := s.closed
			s.mu.Unlock()
			if closed {
				return
			}
			s.cfg.Log("accepting a connection: %v", err)
			time.Sleep(50 * time.Millisecond) // out of file descriptors, as a rule: let some go
			continue
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = conn.Close()
			continue
		}
		s.pending[conn] = struct{}{}
		s.wg.Add(1)
		s.mu.Unlock()
		go s.serve(conn)
	}
}

// serve takes one connection from its handshake to its end.
func (s *Server) serve(conn net.Conn) {
	defer s.wg.Done()
	identity, r, err := handshake(conn, s.cfg.Type)

	s.mu.Lock()
	delete(s.pending, conn)
	if err != nil || s.closed {
		quiet := s.closed || errors.Is(err, io.EOF) // who only knocked
		s.mu.Unlock()
		if !quiet {
			s.cfg.Log("connection from %v refused: %v", conn.RemoteAddr(), err)
		}
		_ = conn.Close()
		return
	}
	p := newPeer(s, conn, r, identity)
	s.peers[p] = struct{}{}
	s.mu.Unlock()

	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		p.write()
	}()
	if err := p.read(s.cfg); err != nil {
		s.cfg.Log("connection from %v closed: %v", conn.RemoteAddr(), err)
	}
	p.drop()

	s.mu.Lock()
	delete(s.peers, p)
	s.mu.Unlock()
	if s.cfg.OnGone != nil {
		s.cfg.OnGone(p)
	}
}

// WaitRoom returns when no peer has more than limit bytes queued. A peer that takes nothing for the
// time of stall while it is waited for is disconnected: it then knows that it missed something, and
// may connect again.
func (s *Server) WaitRoom(limit int, stall time.Duration) {
	for _, p := range s.Peers() {
		p.WaitRoom(limit, stall)
	}
}

// Close stops listening, gives every peer up to linger to take what is queued for it, and closes
// the connections.
func (s *Server) Close(linger time.Duration) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	peers := make([]*Peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	for conn := range s.pending {
		_ = conn.Close()
	}
	s.mu.Unlock()

	_ = s.listener.Close()
	deadline := time.Now().Add(linger)
	for _, p := range peers {
		p.finish(deadline)
	}
	s.wg.Wait()
}
