package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"sync"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/viz/display"
)

// WorkerOptions configure a Worker. The zero value is usable.
type WorkerOptions struct {
	Command    []string  // argv that starts a worker; by default this executable with "worker"
	Env        []string  // added to the environment, as "KEY=value"
	Dir        string    // the folder in which cells run; by default this process's
	AllowStdin bool      // ask Output.ReadLine; otherwise a cell that reads gets engine.ErrNoInput
	Log        io.Writer // what there is to say beside the cells, by default nothing
}

// Worker is an engine.Engine in a worker process, driven without Jupyter: by the headless runner,
// doctor and tests. As under a front, all that the process prints reaches the Output of its cell,
// and a worker that dies is replaced: the cell ends with the error WorkerDied, and the next one
// finds the declarations that there were.
//
// A bundle's binary representations arrive as the base64 text that they travel as, and JSON ones as
// json.RawMessage.
type Worker struct {
	workers *supervisor
	info    engine.LanguageInfo
	stdin   bool

	turn sync.Mutex // held by what waits its turn

	mu     sync.Mutex
	outs   map[uint64]engine.Output
	order  []uint64
	latest engine.Output
	asking map[uint64]context.CancelFunc
}

var _ engine.Engine = (*Worker)(nil)

// StartWorker starts a worker and waits until it is ready.
func StartWorker(ctx context.Context, opts WorkerOptions) (*Worker, error) {
	if opts.Command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding the worker's executable: %w", err)
		}
		opts.Command = []string{self, "worker"}
	}
	if opts.Log == nil {
		opts.Log = io.Discard
	}
	w := &Worker{
		stdin:  opts.AllowStdin,
		outs:   map[uint64]engine.Output{},
		asking: map[uint64]context.CancelFunc{},
	}
	w.workers = newSupervisor(func() (*link, error) {
		return startLink(opts.Command, opts.Env, opts.Dir, w)
	}, w.orphaned, log.New(opts.Log, "rg: ", log.Ltime).Printf)
	go w.workers.run()
	l, err := w.workers.worker(ctx)
	if err != nil {
		w.Close()
		return nil, err
	}
	w.info = l.info
	return w, nil
}

// Close ends the worker, also if a cell runs.
func (w *Worker) Close() { w.workers.close() }

// Info says which language the cells are written in.
func (w *Worker) Info() engine.LanguageInfo { return w.info }

// Execute runs one cell. Cells and comm messages take turns.
func (w *Worker) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	return w.runTurn(ctx, frame.Execute, cell.Number, frame.Cell{
		Number: cell.Number, Code: cell.Code, Silent: cell.Silent, AllowStdin: w.stdin,
	}, out, nil)
}

// Comm hands over a comm message.
func (w *Worker) Comm(ctx context.Context, msg engine.CommMessage, out engine.Output) error {
	return w.runTurn(ctx, frame.Comm, 0, msg, out, msg.Buffers)
}

func (w *Worker) runTurn(ctx context.Context, kind frame.Kind, number int, body any, out engine.Output, buffers [][]byte) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	l, err := w.claim(ctx)
	if err != nil {
		return err
	}
	defer l.unclaim()
	turn := nextTurn.Add(1)
	w.begin(turn, out)
	l.begin(turn)
	done, err := l.call(kind, turn, body, buffers...)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { l.send(frame.Frame{Kind: frame.Interrupt, ID: turn}) })
	defer stop()
	var f frame.Frame
	select {
	case f = <-done:
	case <-l.gone:
		select {
		case f = <-done: // its last act
		default:
			if w.workers.closing() {
				return &engine.Error{Name: engine.NameWorkerDied, Value: errClosing.Error()}
			}
			patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), helloTimeout)
			defer cancel()
			return w.workers.obituary(patient, l, number)
		}
	}
	var outcome frame.Outcome
	if err := json.Unmarshal(f.Body, &outcome); err != nil {
		return fmt.Errorf("the worker's answer is malformed: %w", err)
	}
	if outcome.Error != nil {
		return outcome.Error
	}
	return nil
}

func (w *Worker) claim(ctx context.Context) (*link, error) {
	for {
		l, err := w.workers.worker(ctx)
		if err != nil {
			return nil, &engine.Error{Name: engine.NameWorkerDied, Value: "there is no worker: " + err.Error()}
		}
		if l.claim() {
			return l, nil
		}
	}
}

func (w *Worker) begin(turn uint64, out engine.Output) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outs[turn], w.latest = out, out
	w.order = append(w.order, turn)
	if len(w.order) > rememberedTurns {
		delete(w.outs, w.order[0])
		w.order = w.order[1:]
	}
}

// output returns where a turn shows things: what is of unknown origin goes to the latest.
func (w *Worker) output(turn uint64) engine.Output {
	w.mu.Lock()
	defer w.mu.Unlock()
	if out := w.outs[turn]; out != nil {
		return out
	}
	return w.latest
}

// orphaned is called when a worker died between cells.
func (w *Worker) orphaned(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), helloTimeout)
	defer cancel()
	if out := w.output(0); out != nil {
		for _, line := range w.workers.obituary(ctx, l, 0).Traceback {
			out.Stream("stderr", line+"\n")
		}
	}
}

func (w *Worker) ask(ctx context.Context, kind frame.Kind, question, answer any) error {
	l, err := w.workers.worker(ctx)
	if err != nil {
		return err
	}
	return l.ask(ctx, kind, question, answer)
}

// Complete proposes what may stand at pos. It proposes nothing when the worker doesn't answer.
func (w *Worker) Complete(ctx context.Context, code string, pos int) engine.Completion {
	var c engine.Completion
	_ = w.ask(ctx, frame.Complete, frame.Query{Code: code, Pos: pos}, &c)
	return c
}

// Inspect describes the name at pos.
func (w *Worker) Inspect(ctx context.Context, code string, pos, detail int) (display.Bundle, bool) {
	var answer frame.Inspection
	err := w.ask(ctx, frame.Inspect, frame.Query{Code: code, Pos: pos, Detail: detail}, &answer)
	if err != nil || answer.Bundle == nil {
		return display.Bundle{}, false
	}
	return received(answer.Bundle), true
}

// IsComplete tells whether code is ready to run; "unknown" when the worker doesn't answer.
func (w *Worker) IsComplete(code string) (status, indent string) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	var answer frame.Completeness
	if err := w.ask(ctx, frame.IsComplete, frame.Query{Code: code}, &answer); err != nil {
		return "unknown", ""
	}
	return answer.Status, answer.Indent
}

// Evaluate computes user expressions, after the cells that wait.
func (w *Worker) Evaluate(exprs map[string]string) map[string]engine.Evaluation {
	values := make(map[string]engine.Evaluation, len(exprs))
	outcome, err := w.evaluate(exprs)
	for name := range exprs {
		v := outcome[name]
		switch {
		case err != nil:
			values[name] = engine.Evaluation{Err: &engine.Error{Name: "Error", Value: err.Error()}}
		case v.Error != nil:
			values[name] = engine.Evaluation{Err: v.Error}
		default:
			values[name] = engine.Evaluation{Bundle: received(v.Bundle)}
		}
	}
	return values
}

func (w *Worker) evaluate(exprs map[string]string) (map[string]frame.Evaluation, error) {
	w.turn.Lock()
	defer w.turn.Unlock()
	l, err := w.claim(context.Background())
	if err != nil {
		return nil, err
	}
	defer l.unclaim()
	done, err := l.call(frame.Execute, nextTurn.Add(1), frame.Cell{Silent: true, Expressions: exprs})
	if err != nil {
		return nil, err
	}
	var outcome frame.Outcome
	select {
	case f := <-done:
		err = json.Unmarshal(f.Body, &outcome)
	case <-l.gone:
		err = errGone
	}
	if err == nil && outcome.Error != nil {
		err = outcome.Error
	}
	return outcome.Expressions, err
}

// Debug answers a Debug Adapter Protocol request.
func (w *Worker) Debug(ctx context.Context, req json.RawMessage) (json.RawMessage, error) {
	var answer json.RawMessage
	err := w.ask(ctx, frame.Debug, req, &answer)
	return answer, err
}

// The methods of receiver.

func (w *Worker) stream(turn uint64, name string, text []byte) {
	if len(text) == 0 {
		return
	}
	if out := w.output(turn); out != nil {
		out.Stream(name, string(text))
	}
}

func (w *Worker) show(o frame.Output, buffers [][]byte) {
	out := w.output(o.Cell)
	if out == nil {
		return
	}
	switch o.Type {
	case frame.Display:
		out.Display(received(o.Bundle))
	case frame.Update:
		out.Update(received(o.Bundle))
	case frame.Result:
		out.Result(received(o.Bundle))
	case frame.Page:
		out.Page(received(o.Bundle))
	case frame.Rewrite:
		out.Rewrite(o.Text)
	case frame.Clear:
		out.Clear(o.Wait)
	case frame.CommMessage:
		if o.Comm != nil {
			msg := *o.Comm
			msg.Buffers = buffers
			out.Comm(msg)
		}
	}
}

func (w *Worker) input(l *link, id uint64, p frame.Prompt) {
	ctx, cancel := context.WithCancel(context.Background())
	w.mu.Lock()
	w.asking[id] = cancel
	w.mu.Unlock()
	out := w.output(p.Cell)
	go func() {
		var line frame.Line
		if out == nil {
			line.Error = engine.ErrNoInput.Error()
		} else if text, err := out.ReadLine(p.Prompt, p.Hide); err != nil {
			line.Error = err.Error()
		} else {
			line.Text = text
		}
		if ctx.Err() == nil { // the cell still waits
			l.send(frame.Frame{Kind: frame.InputReply, ID: id, Body: marshal(line)})
		}
		w.forget(id)
	}()
}

func (w *Worker) forget(id uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cancel := w.asking[id]; cancel != nil {
		cancel()
		delete(w.asking, id)
	}
}

// received turns a bundle from the socket into one to show.
func received(b *frame.Bundle) display.Bundle {
	if b == nil {
		return display.Bundle{Data: map[string]any{}}
	}
	out := display.Bundle{Data: make(map[string]any, len(b.Data)), ID: b.ID}
	for mime, raw := range b.Data {
		out.Data[mime] = value(raw)
	}
	if len(b.Metadata) > 0 {
		out.Metadata = make(map[string]any, len(b.Metadata))
		for key, raw := range b.Metadata {
			out.Metadata[key] = raw
		}
	}
	return out
}

// value is text where the JSON is a string, and the JSON itself where not.
func value(raw json.RawMessage) any {
	var s string
	if err := json.Unmarshal(raw, &s); err == nil {
		return s
	}
	return raw
}
