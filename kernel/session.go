package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/google/uuid"

	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/history"
	"github.com/rustygradients/rg/kernel/internal/wire"
	"github.com/rustygradients/rg/kernel/internal/zmtp"
)

const (
	// maxMessage bounds what a client may send; comms carry pictures.
	maxMessage = 256 << 20

	// maxAsides is how many requests are answered at a time beside the queues. A client that sends more
	// than that is not read on until one is done.
	maxAsides = 256
)

// session is the front: everything that outlives a worker.
type session struct {
	ctx    context.Context
	conn   Connection
	opts   Options
	logf   func(format string, args ...any)
	id     string
	signer *wire.Signer

	shell, control, stdin, heartbeat *zmtp.Server
	iopub                            iopub

	workers *supervisor
	shells  shells
	turns   turns
	history *history.Store
	comms   comms
	inputs  inputs
	count   atomic.Int64  // execution_count
	asides  chan struct{} // holds one for each request of shell that is answered beside the queues
	usage   usage

	stop     chan struct{} // closed by shutdown_request
	stopOnce sync.Once
}

// request is a message that wants an answer, and where the answer goes.
type request struct {
	*wire.Message
	from *zmtp.Peer
}

func newSession(ctx context.Context, conn Connection, opts Options, logf func(string, ...any)) *session {
	s := &session{
		ctx:    ctx,
		conn:   conn,
		opts:   opts,
		logf:   logf,
		id:     uuid.NewString(),
		signer: wire.NewSigner(conn.Key),
		shells: shells{main: newShell(), subs: map[string]*shell{}},
		asides: make(chan struct{}, maxAsides),
		stop:   make(chan struct{}),
	}
	s.history = history.Open(opts.History, logf)
	s.turns.requests = map[uint64]*request{}
	s.comms.open = map[string]string{}
	s.inputs.gone = make(chan struct{})
	s.iopub = iopub{signer: s.signer, logf: logf, session: s.id, topic: map[*zmtp.Peer]map[string]int{}}
	s.workers = newSupervisor(func() (*link, error) {
		return startLink(opts.WorkerCommand, opts.WorkerEnv, "", s)
	}, s.reportDeath, logf)
	return s
}

// listen opens the five sockets; IOPub before those that ask for something to be published.
func (s *session) listen() error {
	for _, socket := range []struct {
		name   string
		port   int
		server **zmtp.Server
		cfg    zmtp.Config
	}{
		{"heartbeat", s.conn.HeartbeatPort, &s.heartbeat, zmtp.Config{Type: zmq4.Router, OnMessage: echo}},
		{"iopub", s.conn.IOPubPort, &s.iopub.server, zmtp.Config{Type: zmq4.XPub, OnMessage: s.iopub.subscription, OnGone: s.iopub.gone}},
		{"shell", s.conn.ShellPort, &s.shell, zmtp.Config{Type: zmq4.Router, OnMessage: s.receive}},
		{"control", s.conn.ControlPort, &s.control, zmtp.Config{Type: zmq4.Router, OnMessage: s.receive}},
		{"stdin", s.conn.StdinPort, &s.stdin, zmtp.Config{Type: zmq4.Router, OnMessage: s.receiveInput, OnGone: s.inputs.leave}},
	} {
		socket.cfg.MaxMessage = maxMessage
		socket.cfg.Log = func(format string, args ...any) { s.logf(socket.name+": "+format, args...) }
		network, address := s.conn.address(socket.port)
		server, err := zmtp.Listen(network, address, socket.cfg)
		if err != nil {
			s.closeSockets(0)
			return fmt.Errorf("opening the %s socket: %w", socket.name, err)
		}
		*socket.server = server
	}
	return nil
}

// echo answers a heartbeat, whatever it looks like.
func echo(p *zmtp.Peer, frames [][]byte) { p.Send(zmtp.Encode(frames...)) }

// close ends the worker, lets what was asked before end, and closes the sockets.
func (s *session) close() {
	shells := s.shells.all()
	for _, sh := range shells {
		s.endShell(sh)
	}
	s.workers.close()
	patience := time.After(linger)
	for _, sh := range shells {
		select {
		case <-sh.finished:
		case <-patience:
		}
	}
	s.history.Close()
	s.iopub.flush()
	s.closeSockets(linger)
}

func (s *session) closeSockets(linger time.Duration) {
	var wg sync.WaitGroup
	for _, server := range []*zmtp.Server{s.shell, s.control, s.stdin, s.heartbeat, s.iopub.server} {
		if server != nil {
			wg.Go(func() { server.Close(linger) })
		}
	}
	wg.Wait()
}

// receive takes what arrives on shell and control. It waits only while its client has sent more than
// the kernel takes at a time.
func (s *session) receive(p *zmtp.Peer, frames [][]byte) {
	m, err := wire.Parse(frames, s.signer)
	if err != nil {
		s.logf("message dropped: %v", err)
		return
	}
	if p.Server() == s.shell {
		s.waitForReaders(p) // control has no such client
	}
	s.dispatch(&request{Message: m, from: p})
}

// waitForReaders returns when those who hear of a request can keep up: whoever doesn't take answers is given
// no more of them.
func (s *session) waitForReaders(p *zmtp.Peer) {
	p.WaitRoom(subscriberLag, stallTimeout)
	s.iopub.server.WaitRoom(subscriberLag, stallTimeout)
}

// reply answers a request.
func (s *session) reply(r *request, msgType string, content any, metadata json.RawMessage) {
	s.sendTo(r.from, r.Identities, msgType, r.RawHeader, marshal(content), metadata)
}

// sendTo sends a message to one peer and returns the message's header.
func (s *session) sendTo(p *zmtp.Peer, ids [][]byte, msgType string, parent, content, metadata json.RawMessage) wire.Header {
	m := &wire.Message{
		Identities: ids,
		Header:     wire.NewHeader(msgType, s.id),
		Parent:     parent,
		Metadata:   metadata,
		Content:    content,
	}
	frames, err := wire.Encode(m, s.signer)
	if err != nil {
		s.logf("sending %s: %v", msgType, err)
		return m.Header
	}
	encoded := zmtp.Encode(frames...)
	if p.Send(encoded) {
		return m.Header
	}
	// It may have lost its connection and made another.
	if again := p.Successor(); again == nil || !again.Send(encoded) {
		s.logf("%s was not sent: the client is gone", msgType)
	}
	return m.Header
}

// stream publishes what a worker printed.
func (s *session) stream(turn uint64, name string, text []byte) {
	s.iopub.stream(s.turns.parent(turn), name, text)
}

// show publishes what a cell shows.
func (s *session) show(out frame.Output, buffers [][]byte) {
	parent := s.turns.parent(out.Cell)
	switch out.Type {
	case frame.Display:
		s.iopub.output("display_data", parent, displayContent(out.Bundle))
	case frame.Update:
		s.iopub.output("update_display_data", parent, displayContent(out.Bundle))
	case frame.Result:
		content := displayContent(out.Bundle)
		content["execution_count"] = s.turns.result(out.Cell, out.Bundle.Plain(), int(s.count.Load()))
		s.iopub.output("execute_result", parent, content)
	case frame.Clear:
		s.iopub.output("clear_output", parent, map[string]bool{"wait": out.Wait})
	case frame.Page:
		s.turns.page(out.Cell, out.Bundle)
	case frame.Rewrite:
		s.turns.rewrite(out.Cell, out.Text)
	case frame.CommMessage:
		if out.Comm != nil {
			s.publishComm(parent, *out.Comm, buffers)
		}
	}
}

func displayContent(b *frame.Bundle) map[string]any {
	if b == nil {
		b = &frame.Bundle{}
	}
	content := map[string]any{"data": orObject(b.Data), "metadata": orObject(b.Metadata), "transient": map[string]string{}}
	if b.ID != "" {
		content["transient"] = map[string]string{"display_id": b.ID}
	}
	return content
}

func orObject(m map[string]json.RawMessage) map[string]json.RawMessage {
	if m == nil {
		return map[string]json.RawMessage{}
	}
	return m
}
