package kernel

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/wire"
	"github.com/rustygradients/rg/kernel/internal/zmtp"
)

// stdinWait is how long a front end that runs a cell may take to connect its stdin channel.
const stdinWait = 5 * time.Second

var (
	errNoStdin   = errors.New("the front end that runs this cell has no stdin channel")
	errStdinLeft = errors.New("the front end went away before it answered")
)

// inputs are the questions that wait for a person, at most one of them asked.
type inputs struct {
	asking sync.Mutex // held while one is asked

	mu      sync.Mutex
	waiting map[uint64]chan struct{} // by the worker's number; closed when no one wants it any more
	asked   *question
	gone    chan struct{} // closed and replaced when a client leaves
}

type question struct {
	to     *zmtp.Peer
	id     string // msg_id of the input_request
	answer chan string
}

// input asks the person at the front end that runs a cell for a line. It doesn't wait for it.
func (s *session) input(l *link, id uint64, p frame.Prompt) {
	s.iopub.flush()
	if p.Hide {
		s.turns.secret(p.Cell)
	}
	unwanted := make(chan struct{})
	s.inputs.mu.Lock()
	if s.inputs.waiting == nil {
		s.inputs.waiting = map[uint64]chan struct{}{}
	}
	s.inputs.waiting[id] = unwanted
	s.inputs.mu.Unlock()
	go func() {
		s.inputs.asking.Lock()
		defer s.inputs.asking.Unlock()
		text, err := s.askLine(l, p, unwanted)
		s.inputs.mu.Lock()
		delete(s.inputs.waiting, id)
		s.inputs.asked = nil
		s.inputs.mu.Unlock()
		line := frame.Line{Text: text}
		if err != nil {
			line.Error = err.Error()
		}
		l.send(frame.Frame{Kind: frame.InputReply, ID: id, Body: marshal(line)})
	}()
}

func (s *session) askLine(l *link, p frame.Prompt, unwanted <-chan struct{}) (string, error) {
	r := s.turns.request(p.Cell)
	if r == nil {
		return "", errNoStdin
	}
	q := &question{answer: make(chan string, 1)}
	for deadline := time.Now().Add(stdinWait); ; time.Sleep(10 * time.Millisecond) {
		if q.to = s.stdinPeer(r); q.to != nil {
			break
		}
		if time.Now().After(deadline) {
			return "", errNoStdin
		}
		select {
		case <-unwanted:
			return "", nil
		case <-l.gone:
			return "", errGone
		default:
		}
	}
	s.inputs.mu.Lock()
	left := s.inputs.gone
	content := marshal(map[string]any{"prompt": p.Prompt, "password": p.Hide})
	header := s.sendTo(q.to, r.Identities, "input_request", r.RawHeader, content, nil)
	q.id = header.ID
	s.inputs.asked = q
	s.inputs.mu.Unlock()
	for {
		select {
		case text := <-q.answer:
			return text, nil
		case <-unwanted:
			return "", nil
		case <-l.gone:
			return "", errGone
		case <-s.ctx.Done():
			return "", errClosing
		case <-left:
			if s.stdinPeer(r) != q.to {
				return "", errStdinLeft
			}
			s.inputs.mu.Lock()
			left = s.inputs.gone
			s.inputs.mu.Unlock()
		}
	}
}

// stdinPeer returns the stdin connection of the client that sent r: clients give all their sockets
// the same identity. Of several, the newest is alive.
func (s *session) stdinPeer(r *request) *zmtp.Peer { return s.stdin.Find(r.from.Identity()) }

// forget drops a question that the worker no longer asks.
func (s *session) forget(id uint64) {
	s.inputs.mu.Lock()
	defer s.inputs.mu.Unlock()
	if unwanted := s.inputs.waiting[id]; unwanted != nil {
		close(unwanted)
		delete(s.inputs.waiting, id)
	}
}

// receiveInput takes the answers.
func (s *session) receiveInput(p *zmtp.Peer, frames [][]byte) {
	m, err := wire.Parse(frames, s.signer)
	if err != nil {
		s.logf("stdin: message dropped: %v", err)
		return
	}
	if m.Header.Type != "input_reply" {
		s.logf("stdin: message of type %q ignored", m.Header.Type)
		return
	}
	var c struct {
		Value string `json:"value"`
	}
	if err := decode(&request{Message: m}, &c); err != nil {
		s.logf("stdin: %v", err)
		return
	}
	s.inputs.mu.Lock()
	defer s.inputs.mu.Unlock()
	q := s.inputs.asked
	if q == nil || q.to != p || s.isStale(m, q) {
		s.logf("stdin: an answer that no one waits for is dropped")
		return
	}
	s.inputs.asked = nil
	q.answer <- strings.TrimSuffix(c.Value, "\n")
}

// isStale reports whether an answer is to an earlier question. Many clients don't say which question
// they answer; their answer is to the present one.
func (s *session) isStale(m *wire.Message, q *question) bool {
	parent := m.ParentHeader()
	return parent.ID != "" && parent.ID != q.id && parent.Session == s.id
}

// leave is told that a client's stdin connection has ended.
func (i *inputs) leave(*zmtp.Peer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	close(i.gone)
	i.gone = make(chan struct{})
}
