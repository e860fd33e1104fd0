package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/heap"
	"github.com/rustygradients/rg/viz/display"
)

// maxStack is where endless recursion ends. Go's own limit of 1 GiB takes seconds to reach and more
// memory than many machines have left.
const maxStack = 256 << 20

// stdinPoll is how often a running cell is asked whether it waits for standard input.
const stdinPoll = 20 * time.Millisecond

// Main serves the front that started this process until it ends the session. newEngine is called
// once. The error, if any, is for standard error and a non-zero exit status.
func Main(newEngine func() (engine.Engine, error)) error {
	conn, err := inherited()
	if err != nil {
		return err
	}
	debug.SetMaxStack(maxStack)
	defer heap.Ballast(heap.Heavy)()
	volunteer()
	eng, err := newEngine()
	if err != nil {
		return fmt.Errorf("the engine could not start: %w", err)
	}
	w := newWorker(conn, eng, os.Stdout, os.Stderr)
	log.SetOutput(logWriter{w})
	if w.stdin, err = newStdin(); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	watch, err := newMemoryWatch(w.endCells)
	if err != nil {
		return err
	}
	if watch != nil {
		go watch.run()
	}
	return w.serve()
}

type worker struct {
	eng            engine.Engine
	conn           io.ReadWriter
	stdout, stderr io.Writer
	stdin          *stdin // nil in tests

	writeMu sync.Mutex
	buf     []byte

	mu      sync.Mutex
	running map[uint64]turn // by number
	acks    map[uint64]chan struct{}
	lines   map[uint64]chan frame.Line
	nextID  atomic.Uint64

	current atomic.Pointer[output] // of the turn that began last
	result  atomic.Bool            // one was shown, and nobody knows yet whether it has its place

	stateMu sync.Mutex
	state   engine.State // as the front knows it
}

// turn is a frame whose turn it is: an Execute, Comm or Restore.
type turn struct {
	ctx    context.Context
	cancel context.CancelCauseFunc // an *engine.Error as the cause is what the cell then ends with
	f      frame.Frame
}

func newWorker(conn io.ReadWriter, eng engine.Engine, stdout, stderr io.Writer) *worker {
	w := &worker{
		eng:     eng,
		conn:    conn,
		stdout:  stdout,
		stderr:  stderr,
		running: map[uint64]turn{},
		acks:    map[uint64]chan struct{}{},
		lines:   map[uint64]chan frame.Line{},
	}
	display.SetPublisher(publisher{w})
	return w
}

// serve runs until the front ends the session or is gone.
func (w *worker) serve() error {
	if err := w.send(frame.Hello, 0, frame.Greeting{Info: w.eng.Info()}); err != nil {
		return fmt.Errorf("the engine's Info: %w", err)
	}
	r := bufio.NewReaderSize(w.conn, 64<<10)
	for {
		f, err := frame.Read(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading from the front: %w", err)
		}
		if f.Kind == frame.Shutdown {
			return nil
		}
		w.dispatch(f)
	}
}

// dispatch handles a frame without ever waiting for the engine.
func (w *worker) dispatch(f frame.Frame) {
	switch f.Kind {
	case frame.Execute, frame.Comm, frame.Restore:
		ctx, cancel := context.WithCancelCause(context.Background())
		t := turn{ctx, cancel, f}
		w.mu.Lock()
		if len(w.running) == 0 {
			w.result.Store(false) // the front has seen it, or it would not go on
		}
		w.running[f.ID] = t
		w.mu.Unlock()
		go w.run(t) // the front keeps the order: it sends none before its shell's last is done
	case frame.Interrupt:
		w.mu.Lock()
		if t, ok := w.running[f.ID]; ok {
			t.cancel(nil)
		}
		w.mu.Unlock()
	case frame.Ack:
		w.mu.Lock()
		if ack := w.acks[f.ID]; ack != nil {
			close(ack)
			delete(w.acks, f.ID)
		}
		w.mu.Unlock()
	case frame.InputReply:
		var line frame.Line
		if err := json.Unmarshal(f.Body, &line); err != nil {
			line.Error = err.Error()
		}
		w.mu.Lock()
		if ch := w.lines[f.ID]; ch != nil {
			ch <- line // has room for one, and there is only one
			delete(w.lines, f.ID)
		}
		w.mu.Unlock()
	case frame.Complete, frame.Inspect, frame.IsComplete, frame.Debug:
		go w.answer(f)
	}
}

// run takes a turn, from its beginning to the answer.
func (w *worker) run(t turn) {
	var outcome frame.Outcome
	err := guard(func() error { return w.take(t, &outcome) })
	outcome.Error = describe(t.ctx, err)

	w.mu.Lock()
	t.cancel(nil)
	delete(w.running, t.f.ID)
	w.mu.Unlock()

	w.stateMu.Lock() // the front hears of states in the order in which they were
	defer w.stateMu.Unlock()
	w.sendState()
	if err := w.send(frame.Done, t.f.ID, outcome); err != nil {
		_ = w.send(frame.Done, t.f.ID, frame.Outcome{Error: describe(t.ctx, err)})
	}
}

// endCells interrupts the turns that run; they end with an error that says why. It reports whether there
// was one that had not been told to end before.
func (w *worker) endCells(why *engine.Error) (told bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.running {
		if t.ctx.Err() == nil {
			t.cancel(why)
			told = true
		}
	}
	return told
}

// take runs one turn.
func (w *worker) take(t turn, outcome *frame.Outcome) error {
	switch t.f.Kind {
	case frame.Execute:
		var cell frame.Cell
		if err := json.Unmarshal(t.f.Body, &cell); err != nil {
			return err
		}
		out := w.begin(t, cell.AllowStdin)
		defer w.serveStdin(t, out)()
		err := w.eng.Execute(t.ctx, engine.Cell{ID: cell.ID, Number: cell.Number, Code: cell.Code, Silent: cell.Silent}, out)
		if err == nil && len(cell.Expressions) > 0 {
			outcome.Expressions = evaluations(w.eng.Evaluate(cell.Expressions))
		}
		return err
	case frame.Comm:
		var msg engine.CommMessage
		if err := json.Unmarshal(t.f.Body, &msg); err != nil {
			return err
		}
		msg.Buffers = t.f.Buffers
		return w.eng.Comm(t.ctx, msg, w.begin(t, false))
	default: // Restore
		var state engine.State
		if err := json.Unmarshal(t.f.Body, &state); err != nil {
			return err
		}
		if r, ok := w.eng.(engine.Restorer); ok {
			return r.Restore(state)
		}
		return engine.ErrUnsupported
	}
}

// serveStdin lets the person at the front end answer what a cell reads from os.Stdin, until the returned
// function is called.
func (w *worker) serveStdin(t turn, out *output) (stop func()) {
	if w.stdin == nil {
		return func() {}
	}
	reader := *out
	ctx, cancel := context.WithCancel(t.ctx)
	reader.ctx = ctx
	ended := make(chan struct{})
	w.stdin.enter()
	begin := time.AfterFunc(stdinPoll, func() { // most cells have ended before
		defer close(ended)
		if err := w.stdin.serve(ctx, func() (string, error) { return reader.ReadLine("", false) }); err != nil {
			t.cancel(describe(ctx, err))
		}
	})
	return func() {
		cancel()
		if !begin.Stop() {
			<-ended
		}
		w.stdin.leave()
	}
}

func (w *worker) begin(t turn, allowStdin bool) *output {
	out := &output{w: w, ctx: t.ctx, cell: t.f.ID, allowStdin: allowStdin}
	w.current.Store(out)
	return out
}

// sendState tells the front how that has changed what a successor would need. The caller holds stateMu.
func (w *worker) sendState() {
	r, ok := w.eng.(engine.Restorer)
	if !ok {
		return
	}
	state := r.State()
	if c, changed := frame.Diff(w.state, state); changed && w.send(frame.State, 0, c) == nil {
		w.state = state
	}
}

// answer handles what may be asked beside a running cell.
func (w *worker) answer(f frame.Frame) {
	var reply any
	err := guard(func() error {
		ctx := context.Background()
		if f.Kind == frame.Debug {
			raw, err := w.eng.Debug(ctx, f.Body)
			reply = raw
			return err
		}
		var q frame.Query
		if err := json.Unmarshal(f.Body, &q); err != nil {
			return err
		}
		switch f.Kind {
		case frame.Complete:
			reply = w.eng.Complete(ctx, q.Code, q.Pos)
		case frame.Inspect:
			var answer frame.Inspection
			if b, found := w.eng.Inspect(ctx, q.Code, q.Pos, q.Detail); found {
				answer.Bundle = frame.NewBundle(b)
			}
			reply = answer
		case frame.IsComplete:
			status, indent := w.eng.IsComplete(q.Code)
			reply = frame.Completeness{Status: status, Indent: indent}
		}
		return nil
	})
	if err == nil {
		err = w.send(frame.Answer, f.ID, reply)
	}
	if err != nil {
		_ = w.send(frame.Answer, f.ID, frame.Failure{Message: err.Error()})
	}
}

// show hands an output to the front and returns when it has its place in the order.
func (w *worker) show(o frame.Output, buffers ...[]byte) {
	id := w.nextID.Add(1)
	ack := make(chan struct{})
	w.mu.Lock()
	w.acks[id] = ack
	w.mu.Unlock()
	if err := w.send(frame.Show, id, o, buffers...); err != nil {
		w.mu.Lock()
		delete(w.acks, id)
		w.mu.Unlock()
		fmt.Fprintf(w.stderr, "could not show a %s: %v\n", o.Type, err)
		return
	}
	<-ack
}

// showResult is show for what is a cell's last word as a rule. It doesn't wait: who prints after it does.
func (w *worker) showResult(o frame.Output) {
	if err := w.send(frame.Show, 0, o); err != nil {
		fmt.Fprintf(w.stderr, "could not show a result: %v\n", err)
		return
	}
	w.result.Store(true)
}

// settle returns when the last result has its place.
func (w *worker) settle() {
	if w.result.Swap(false) {
		w.show(frame.Output{Type: frame.Nothing})
	}
}

// send writes a frame. The error means that v can't be sent; if the front can't be reached, there
// is no one left to work for and the process ends.
func (w *worker) send(kind frame.Kind, id uint64, v any, buffers ...[]byte) error {
	f, err := frame.New(kind, id, v, buffers...)
	if err != nil {
		return err
	}
	w.writeMu.Lock()
	defer w.writeMu.Unlock()
	if w.buf, err = frame.Append(w.buf[:0], f); err != nil {
		return err
	}
	if _, err := w.conn.Write(w.buf); err != nil {
		fmt.Fprintln(os.Stderr, "rg worker: writing to the front:", err)
		os.Exit(1)
	}
	if cap(w.buf) > 1<<20 {
		w.buf = nil // don't keep the memory of one large picture
	}
	return nil
}

// guard runs f and turns its panic into an error: a fault of the engine ends the request, not the
// session.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &engine.Error{
				Name:      "EnginePanic",
				Value:     fmt.Sprint(p),
				Traceback: []string{fmt.Sprintf("EnginePanic: %v (a fault of the kernel, not of the cell)", p), string(debug.Stack())},
			}
		}
	}()
	return f()
}

// describe makes of an error what a front end shows.
func describe(ctx context.Context, err error) *engine.Error {
	if err == nil {
		return nil
	}
	var e, why *engine.Error
	if errors.As(err, &e) && e != nil {
		if e.Name == engine.NameInterrupted && errors.As(context.Cause(ctx), &why) {
			return why
		}
		return e
	}
	switch {
	case errors.Is(err, engine.ErrNoInput):
		return &engine.Error{Name: engine.NameNoInput, Value: err.Error()}
	case errors.As(context.Cause(ctx), &why):
		return why
	case ctx.Err() != nil:
		return &engine.Error{Name: engine.NameInterrupted, Value: "the cell was interrupted"}
	}
	return &engine.Error{Name: "Error", Value: err.Error()}
}

func evaluations(values map[string]engine.Evaluation) map[string]frame.Evaluation {
	out := make(map[string]frame.Evaluation, len(values))
	for name, v := range values {
		e := frame.Evaluation{Error: v.Err}
		if v.Err == nil {
			e.Bundle = frame.NewBundle(v.Bundle)
		}
		out[name] = e
	}
	return out
}
