package zmtp

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"
)

// maxQueue bounds what may wait for one peer. Who is that far behind is disconnected.
const maxQueue = 1 << 30

// writeBatch is how many bytes of queued messages go out in one write.
const writeBatch = 256 << 10

// goodbye is how long a peer that has been sent everything may take to close its side.
const goodbye = 200 * time.Millisecond

var ages atomic.Uint64

// Peer is one connection of a Server.
type Peer struct {
	server   *Server
	conn     net.Conn
	r        *bufio.Reader
	identity string
	age      uint64

	mu       sync.Mutex
	cond     *sync.Cond // queue, finishing or dead changed
	queue    [][]byte
	queued   int       // bytes in queue or being written
	progress time.Time // of the last write
	closing  bool      // write what is queued, then end
	dead     bool
}

func newPeer(s *Server, conn net.Conn, r *bufio.Reader, identity string) *Peer {
	if identity == "" {
		// As libzmq does: a zero byte, which no peer may claim, and something unique.
		identity = "\x00" + rand.Text()
	}
	p := &Peer{server: s, conn: conn, r: r, identity: identity, age: ages.Add(1)}
	p.cond = sync.NewCond(&p.mu)
	return p
}

func sortByAge(peers []*Peer) {
	slices.SortFunc(peers, func(a, b *Peer) int { return cmp.Compare(a.age, b.age) })
}

// Server returns the server that the peer is connected to.
func (p *Peer) Server() *Server { return p.server }

// Identity returns what the peer calls itself, or a made-up name if it doesn't say.
func (p *Peer) Identity() string { return p.identity }

// Successor returns a later connection of the same client, or nil.
func (p *Peer) Successor() *Peer {
	if next := p.server.Find(p.identity); next != p {
		return next
	}
	return nil
}

// Send queues an encoded message and returns at once. It reports whether the peer is still there.
func (p *Peer) Send(encoded []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead || p.closing {
		return false
	}
	if p.queued+len(encoded) > maxQueue {
		p.dropLocked()
		return false
	}
	p.queue = append(p.queue, encoded)
	p.queued += len(encoded)
	p.cond.Broadcast()
	return true
}

// WaitRoom is Server.WaitRoom for one peer.
func (p *Peer) WaitRoom(limit int, stall time.Duration) {
	if !p.waitRoom(limit, stall) {
		p.server.cfg.Log("%v took no messages for %v and is disconnected", p.conn.RemoteAddr(), stall)
		p.drop()
	}
}

// waitRoom waits until at most limit bytes are queued or the peer is gone; false means that the
// peer took nothing for the time of stall.
func (p *Peer) waitRoom(limit int, stall time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := time.Now()
	for p.queued > limit && !p.dead && !p.closing {
		if p.progress.After(since) {
			since = p.progress
		}
		left := time.Until(since.Add(stall))
		if left <= 0 {
			return false
		}
		wake := time.AfterFunc(left, p.cond.Broadcast)
		p.cond.Wait()
		wake.Stop()
	}
	return true
}

// write sends what is queued until the peer is gone.
func (p *Peer) write() {
	var batch []byte
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && !p.dead && !p.closing {
			p.cond.Wait()
		}
		if p.dead {
			p.mu.Unlock()
			return
		}
		if len(p.queue) == 0 { // closing
			p.mu.Unlock()
			// The peer reads to the end of what was sent and then closes its side; closing ours
			// with unread bytes in it would throw away what is still on the way.
			if c, ok := p.conn.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
			_ = p.conn.SetReadDeadline(time.Now().Add(goodbye))
			return
		}
		var next []byte
		next, batch = p.take(batch)
		p.mu.Unlock()

		for len(next) > 0 {
			n, err := p.conn.Write(next[:min(len(next), writeBatch)])
			p.mu.Lock()
			p.queued -= n
			p.progress = time.Now()
			p.cond.Broadcast()
			p.mu.Unlock()
			if err != nil {
				p.drop()
				return
			}
			next = next[n:]
		}
	}
}

// take removes the next message from the queue, or several small ones joined in batch. The caller
// holds p.mu.
func (p *Peer) take(batch []byte) (next, reuse []byte) {
	if len(p.queue) == 1 || len(p.queue[0]) >= writeBatch {
		next = p.queue[0]
		p.queue = shift(p.queue, 1)
		return next, batch
	}
	batch = batch[:0]
	n := 0
	for n < len(p.queue) && len(batch)+len(p.queue[n]) <= writeBatch {
		batch = append(batch, p.queue[n]...)
		n++
	}
	p.queue = shift(p.queue, n)
	return batch, batch
}

// shift drops the first n elements and lets their memory go.
func shift(queue [][]byte, n int) [][]byte {
	clear(queue[:n])
	if n == len(queue) {
		return queue[:0]
	}
	return queue[n:]
}

// read hands on messages until the connection ends. The error says what the peer did wrong; nil
// means that it just left.
func (p *Peer) read(cfg Config) error {
	for {
		frames, command, err := readMessage(p.r, cfg.MaxMessage)
		if err != nil {
			var netErr net.Error
			if errors.Is(err, io.EOF) || errors.As(err, &netErr) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		if command {
			frames = p.command(frames[0])
			if frames == nil {
				continue
			}
		}
		cfg.OnMessage(p, frames)
	}
}

// command answers a ZMTP command, or turns a subscription into the message that older peers send.
func (p *Peer) command(body []byte) [][]byte {
	name, data, ok := parseCommand(body)
	if !ok {
		return nil
	}
	switch name {
	case zmq4.CmdPing:
		if len(data) >= 2 {
			p.Send(encodeCommand(zmq4.CmdPong, data[2:])) // a PING is a TTL and a context to return
		}
	case zmq4.CmdSubscribe:
		return [][]byte{append([]byte{1}, data...)}
	case zmq4.CmdCancel:
		return [][]byte{append([]byte{0}, data...)}
	}
	return nil
}

// finish lets the writer end after what is queued and bounds how long that and the peer's own
// goodbye may take.
func (p *Peer) finish(deadline time.Time) {
	p.mu.Lock()
	p.closing = true
	p.cond.Broadcast()
	p.mu.Unlock()
	_ = p.conn.SetDeadline(deadline)
}

func (p *Peer) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropLocked()
}

func (p *Peer) dropLocked() {
	if p.dead {
		return
	}
	p.dead = true
	p.queue, p.queued = nil, 0
	p.cond.Broadcast()
	_ = p.conn.Close()
}
