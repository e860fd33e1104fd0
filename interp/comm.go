package interp

import (
	"context"

	"github.com/rustygradients/rg/kernel/engine"
)

// CommHandler receives the messages of comms that front ends opened at a target. It may answer
// through out.
type CommHandler func(ctx context.Context, msg engine.CommMessage, out engine.Output) error

// comms are the comms that are open, by ID.
type comms struct {
	targets map[string]CommHandler
	open    map[string]CommHandler
}

// Comm implements engine.Engine. A comm to a target that isn't there is closed at once, as the
// protocol asks for.
func (e *Engine) Comm(ctx context.Context, msg engine.CommMessage, out engine.Output) error {
	e.turn.Lock()
	defer e.turn.Unlock()
	r := &run{engine: e, session: e.session, executor: e.executor, out: out}
	defer r.openOutput()()
	c := &e.comms
	if msg.Type == "comm_open" {
		h, ok := c.targets[msg.TargetName]
		if !ok {
			out.Comm(engine.CommMessage{Type: "comm_close", ID: msg.ID})
			return nil
		}
		if c.open == nil {
			c.open = map[string]CommHandler{}
		}
		c.open[msg.ID] = h
	}
	h, ok := c.open[msg.ID]
	if !ok {
		return nil // a message to a comm that was closed meanwhile
	}
	if msg.Type == "comm_close" {
		delete(c.open, msg.ID)
	}
	return h(ctx, msg, out)
}
