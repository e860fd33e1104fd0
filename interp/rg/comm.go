package rg

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
)

// Comm is a line between cells and the front end: to a widget's JavaScript, for instance. Both ends send
// messages until one of them closes it. In a compiled program there is no other end, and messages go
// nowhere.
//
//	rg.RegisterComm("echo", func(c *rg.Comm, _ rg.CommMessage) {
//		c.OnMessage(func(m rg.CommMessage) { c.Send(m.Data, m.Buffers...) })
//	})
type Comm struct {
	id, target string

	mu        sync.Mutex
	onMessage func(CommMessage)
	onClose   func(CommMessage)
	closed    bool
}

// CommMessage is what came over a comm. Buffers are binary data that travel as they are.
type CommMessage struct {
	Data     json.RawMessage
	Metadata json.RawMessage
	Buffers  [][]byte
}

var commTable struct {
	sync.Mutex
	targets map[string]func(*Comm, CommMessage)
	open    map[string]*Comm
}

// RegisterComm makes open answer comms that front ends open at a target, in place of what did so
// before; nil makes the target unknown. The handlers of a comm take turns with cells, and an interrupt
// ends them as it ends a cell. When the session's process had to be started again, comms that were open
// are opened anew, without data, at the first message after the target is registered again.
func RegisterComm(target string, open func(c *Comm, m CommMessage)) {
	commTable.Lock()
	defer commTable.Unlock()
	if open == nil {
		delete(commTable.targets, target)
		return
	}
	if commTable.targets == nil {
		commTable.targets = map[string]func(*Comm, CommMessage){}
	}
	commTable.targets[target] = open
}

// OpenComm opens a comm to a target of the front end. Data is what encoding/json makes of it.
func OpenComm(target string, data any, buffers ...[]byte) *Comm {
	c := &Comm{id: rand.Text(), target: target}
	raw := encode("OpenComm", data)
	c.note()
	current().SendComm("comm_open", c.id, target, raw, buffers)
	return c
}

// note enters an open comm in the table.
func (c *Comm) note() {
	commTable.Lock()
	defer commTable.Unlock()
	if commTable.open == nil {
		commTable.open = map[string]*Comm{}
	}
	commTable.open[c.id] = c
}

// encode returns the JSON of what a cell sends.
func encode(op string, data any) json.RawMessage {
	if data == nil {
		return json.RawMessage("{}")
	}
	raw, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Errorf("rg.%s: %T can't be sent: %w", op, data, err))
	}
	return raw
}

// ID identifies the comm, the same at both ends.
func (c *Comm) ID() string { return c.id }

// Target is the name at which the comm was opened.
func (c *Comm) Target() string { return c.target }

// OnMessage makes f receive the messages from the front end.
func (c *Comm) OnMessage(f func(CommMessage)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onMessage = f
}

// OnClose makes f hear that the front end has closed the comm.
func (c *Comm) OnClose(f func(CommMessage)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// Send sends a message. Data is what encoding/json makes of it. After Close nothing is sent.
func (c *Comm) Send(data any, buffers ...[]byte) {
	raw := encode("Comm.Send", data)
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if !closed {
		current().SendComm("comm_msg", c.id, "", raw, buffers)
	}
}

// Close closes the comm at both ends. Closing it again does nothing.
func (c *Comm) Close() {
	if c.end() {
		current().SendComm("comm_close", c.id, "", json.RawMessage("{}"), nil)
	}
}

// end marks the comm as closed; it reports false if it was.
func (c *Comm) end() bool {
	commTable.Lock()
	delete(commTable.open, c.id)
	commTable.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.closed
	c.closed = true
	return !was
}

// Receive hands a comm_open, comm_msg or comm_close of a front end to its handler, and reports whether
// there is one. It is for engines; cells have no use for it.
func Receive(kind, id, target string, m CommMessage) bool {
	commTable.Lock()
	c, open := commTable.open[id], commTable.targets[target]
	commTable.Unlock()
	if c == nil && open != nil && kind != "comm_close" {
		c = &Comm{id: id, target: target}
		c.note()
		if kind == "comm_open" {
			open(c, m)
			return true
		}
		open(c, CommMessage{}) // by a process that is no more
	}
	if c == nil {
		return false
	}
	c.mu.Lock()
	onMessage, onClose := c.onMessage, c.onClose
	c.mu.Unlock()
	switch {
	case kind == "comm_msg" && onMessage != nil:
		onMessage(m)
	case kind == "comm_close" && c.end() && onClose != nil:
		onClose(m)
	}
	return true
}

// ForgetComms forgets all targets and comms. It is for engines, when a session begins.
func ForgetComms() {
	commTable.Lock()
	defer commTable.Unlock()
	clear(commTable.targets)
	clear(commTable.open)
}
