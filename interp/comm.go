package interp

import (
	"context"
	"encoding/json"

	"github.com/rustygradients/rg/interp/rg"
	"github.com/rustygradients/rg/kernel/engine"
)

// Comm implements engine.Engine: it hands a message to what cells have registered by rg.RegisterComm.
// A comm to a target that isn't there is closed at once, as the protocol asks for.
func (e *Engine) Comm(ctx context.Context, msg engine.CommMessage, out engine.Output) error {
	e.turn.Lock()
	defer e.turn.Unlock()
	r := &run{ctx: ctx, engine: e, session: e.session, executor: e.executor, out: out}
	defer e.open(r)()
	known := true
	err := r.call(ctx, func() {
		known = rg.Receive(msg.Type, msg.ID, msg.TargetName, rg.CommMessage{Data: msg.Data, Metadata: msg.Metadata, Buffers: msg.Buffers})
	})
	if err != nil {
		return r.explain(err)
	}
	if !known && msg.Type == "comm_open" {
		out.Comm(engine.CommMessage{Type: "comm_close", ID: msg.ID})
	}
	return nil
}

// SendComm implements rg.Host.
func (r *run) SendComm(kind, id, target string, data json.RawMessage, buffers [][]byte) {
	r.out.Comm(engine.CommMessage{Type: kind, ID: id, TargetName: target, Data: data, Buffers: buffers})
}

// call calls back into cells, as a cell runs.
func (r *run) call(ctx context.Context, f func()) error {
	return r.beside(func() error { return r.executor.Call(ctx, f) })
}
