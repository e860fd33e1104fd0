package kerneltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/google/uuid"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/internal/wire"
)

// Timeout is how long a Client waits for a message that must come. It is for what never comes: a machine may be slow.
const Timeout = 2 * time.Minute

// Message is a message from the kernel.
type Message = wire.Message

// Client is a front end: one connection to each of a kernel's sockets.
type Client struct {
	Session string

	// Answer is asked for the line when the kernel wants input. nil means that the client has
	// allow_stdin false.
	Answer func(prompt string, password bool) string

	signer *wire.Signer
	conn   kernel.Connection
	ctx    context.Context
	cancel context.CancelFunc

	shell, control, stdin, iopub socket // nil: not connected

	hold sync.Mutex // held while IOPub is not read

	Shell, Control, IOPub *Inbox
}

// Dial connects to the kernel of a connection and waits until IOPub is heard.
func Dial(conn kernel.Connection) (*Client, error) { return DialAs(conn, uuid.NewString()) }

// DialAs is Dial by the name of a session.
func DialAs(conn kernel.Connection, session string) (*Client, error) {
	c := newClient(conn, session)
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	id := zmq4.WithID(zmq4.SocketIdentity(c.Session))
	sub := zmq4.NewSub(c.ctx, quiet)
	for _, s := range []struct {
		to     *socket
		socket zmq4.Socket
		port   int
	}{
		{&c.shell, zmq4.NewDealer(c.ctx, id, quiet), conn.ShellPort},
		{&c.control, zmq4.NewDealer(c.ctx, id, quiet), conn.ControlPort},
		{&c.stdin, zmq4.NewDealer(c.ctx, id, quiet), conn.StdinPort},
		{&c.iopub, sub, conn.IOPubPort},
	} {
		*s.to = s.socket
		if err := s.socket.Dial(conn.Endpoint(s.port)); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, c.listen(func() error { return sub.SetOption(zmq4.OptionSubscribe, "") })
}

func newClient(conn kernel.Connection, session string) *Client {
	ctx, cancel := context.WithCancel(context.Background())
	return &Client{
		Session: session,
		signer:  wire.NewSigner(conn.Key),
		conn:    conn,
		ctx:     ctx,
		cancel:  cancel,
		Shell:   newInbox(),
		Control: newInbox(),
		IOPub:   newInbox(),
	}
}

// listen takes what comes, and returns when IOPub is heard.
func (c *Client) listen(subscribe func() error) error {
	go c.receive(c.shell, c.Shell.put)
	go c.receive(c.control, c.Control.put)
	go c.receive(c.iopub, func(m *Message) {
		c.hold.Lock()
		defer c.hold.Unlock()
		c.IOPub.put(m)
	})
	go c.receive(c.stdin, c.answerInput)
	err := subscribe()
	if err == nil {
		_, err = c.IOPub.Next(func(m *Message) bool { return m.Header.Type == "iopub_welcome" })
	}
	if err != nil {
		c.Close()
	}
	return err
}

// Close ends the connections.
func (c *Client) Close() {
	c.cancel()
	for _, s := range []socket{c.shell, c.control, c.stdin, c.iopub} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// Hold stops reading IOPub, as a busy front end does, until release is called.
func (c *Client) Hold() (release func()) {
	c.hold.Lock()
	return c.hold.Unlock
}

func (c *Client) receive(s socket, put func(*Message)) {
	for {
		raw, err := s.Recv()
		if err != nil {
			return
		}
		m, err := wire.Parse(raw.Frames, c.signer)
		if err != nil {
			panic(fmt.Sprintf("kerneltest: the kernel sent what is no message: %v", err))
		}
		put(m)
	}
}

// Request sends a request on shell or control and returns its msg_id.
func (c *Client) Request(channel, msgType string, content any, buffers ...[]byte) string {
	m := c.message(msgType, content, buffers...)
	c.Send(channel, m)
	return m.Header.ID
}

func (c *Client) message(msgType string, content any, buffers ...[]byte) *Message {
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	m := &Message{Header: wire.NewHeader(msgType, c.Session), Content: raw, Buffers: buffers}
	m.Header.Username = "kerneltest"
	return m
}

// Send sends a message as it is.
func (c *Client) Send(channel string, m *Message) {
	frames, err := wire.Encode(m, c.signer)
	if err != nil {
		panic(err)
	}
	c.SendFrames(channel, frames)
}

// Frames returns the signed frames of a request, for tests that spoil them.
func (c *Client) Frames(msgType string, content any) [][]byte {
	frames, err := wire.Encode(c.message(msgType, content), c.signer)
	if err != nil {
		panic(err)
	}
	return frames
}

// SendFrames sends frames as they are, on "shell", "control" or "stdin".
func (c *Client) SendFrames(channel string, frames [][]byte) {
	s := map[string]socket{"shell": c.shell, "control": c.control, "stdin": c.stdin}[channel]
	if err := s.Send(zmq4.NewMsgFrom(frames...)); err != nil && c.ctx.Err() == nil {
		panic(fmt.Sprintf("kerneltest: sending on %s: %v", channel, err))
	}
}

// Call sends a request on shell and returns its reply's content and all that IOPub had for it, up
// to idle.
func (c *Client) Call(msgType string, content any) (*Response, error) {
	return c.Response("shell", c.Request("shell", msgType, content))
}

// CallControl is Call on the control channel.
func (c *Client) CallControl(msgType string, content any) (*Response, error) {
	return c.Response("control", c.Request("control", msgType, content))
}

// Outputs collects what IOPub has for a request, anyone's, up to idle.
func (c *Client) Outputs(id string) (*Response, error) {
	r := &Response{ID: id}
	for {
		m, err := c.IOPub.Next(ofParent(id))
		if err != nil {
			return r, fmt.Errorf("waiting for idle: %w", err)
		}
		r.Outputs = append(r.Outputs, m)
		if m.Header.Type == "status" && field(m, "execution_state") == "idle" {
			return r, nil
		}
	}
}

// Response collects what belongs to a request: IOPub up to idle, and the reply.
func (c *Client) Response(channel, id string) (*Response, error) {
	r, err := c.Outputs(id)
	if err != nil {
		return r, err
	}
	inbox := c.Shell
	if channel == "control" {
		inbox = c.Control
	}
	m, err := inbox.Next(ofParent(id))
	if err != nil {
		return r, fmt.Errorf("waiting for the reply: %w", err)
	}
	r.Reply = m
	return r, nil
}

// Execute is the content of an execute_request. The zero values of its flags are the protocol's
// defaults.
type Execute struct {
	Code        string
	Silent      bool
	NoHistory   bool
	GoOn        bool // stop_on_error false
	Expressions map[string]string
	Subshell    string
}

// Content returns the content of the execute_request.
func (e Execute) Content(allowStdin bool) map[string]any {
	if e.Expressions == nil {
		e.Expressions = map[string]string{}
	}
	return map[string]any{
		"code":             e.Code,
		"silent":           e.Silent,
		"store_history":    !e.NoHistory,
		"user_expressions": e.Expressions,
		"allow_stdin":      allowStdin,
		"stop_on_error":    !e.GoOn,
	}
}

// StartCell sends an execute_request and returns its msg_id.
func (c *Client) StartCell(e Execute) string {
	m := c.message("execute_request", e.Content(c.Answer != nil))
	m.Header.Subshell = e.Subshell
	c.Send("shell", m)
	return m.Header.ID
}

// Execute runs a cell and waits for its end.
func (c *Client) Execute(e Execute) (*Response, error) {
	return c.Response("shell", c.StartCell(e))
}

// Run runs code with the defaults and waits for its end.
func (c *Client) Run(code string) (*Response, error) { return c.Execute(Execute{Code: code}) }

func (c *Client) answerInput(m *Message) {
	if m.Header.Type != "input_request" || c.Answer == nil {
		return
	}
	var p struct {
		Prompt   string `json:"prompt"`
		Password bool   `json:"password"`
	}
	_ = json.Unmarshal(m.Content, &p)
	go func() {
		line := c.Answer(p.Prompt, p.Password)
		if c.ctx.Err() != nil {
			return
		}
		reply := c.message("input_reply", map[string]string{"status": "ok", "value": line})
		reply.Parent = m.RawHeader
		c.Send("stdin", reply)
	}()
}

// Ping sends a heartbeat and returns how long its echo took.
func (c *Client) Ping() (time.Duration, error) {
	req := zmq4.NewReq(c.ctx, zmq4.WithLogger(log.New(io.Discard, "", 0)))
	defer req.Close()
	if err := req.Dial(c.conn.Endpoint(c.conn.HeartbeatPort)); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := req.Send(zmq4.NewMsgString("ping")); err != nil {
		return 0, err
	}
	m, err := req.Recv()
	if err != nil {
		return 0, err
	}
	if string(m.Bytes()) != "ping" {
		return 0, fmt.Errorf("heartbeat echoed %q", m.Bytes())
	}
	return time.Since(start), nil
}

// Inbox holds the messages of one socket until they are asked for.
type Inbox struct {
	mu    sync.Mutex
	items []*Message
	news  chan struct{}
}

func newInbox() *Inbox { return &Inbox{news: make(chan struct{})} }

func (b *Inbox) put(m *Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, m)
	close(b.news)
	b.news = make(chan struct{})
}

// errTimeout is returned when a message that must come doesn't.
var errTimeout = errors.New("kerneltest: no such message within " + Timeout.String())

// Next removes and returns the first message that fits, and waits for it up to Timeout.
func (b *Inbox) Next(fits func(*Message) bool) (*Message, error) {
	deadline := time.NewTimer(Timeout)
	defer deadline.Stop()
	seen := 0
	for {
		b.mu.Lock()
		for i := seen; i < len(b.items); i++ {
			if m := b.items[i]; fits(m) {
				if i == 0 {
					b.items[0] = nil
					b.items = b.items[1:]
				} else {
					b.items = append(b.items[:i], b.items[i+1:]...)
				}
				b.mu.Unlock()
				return m, nil
			}
		}
		seen = len(b.items)
		news := b.news
		b.mu.Unlock()
		select {
		case <-news:
		case <-deadline.C:
			return nil, errTimeout
		}
	}
}

// Drain removes and returns what has arrived.
func (b *Inbox) Drain() []*Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items
}

func ofParent(id string) func(*Message) bool {
	return func(m *Message) bool { return m.ParentHeader().ID == id }
}
