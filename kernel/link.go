package kernel

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
)

const (
	heldFor    = time.Second            // when what looks like a runtime's last words is looked into
	killDelay  = 500 * time.Millisecond // how long a worker may take to end by itself
	deathDelay = time.Second            // how long a dead worker's socket may stay open
	maxEarly   = 64 << 10               // bytes kept of what a worker prints before it is ready
)

// errGone is what a call returns when the worker has died.
var errGone = errors.New("the worker has died")

// nextTurn numbers calls. Numbers are never used twice, also not by another worker.
var nextTurn atomic.Uint64

// receiver is told what a worker shows. All calls for one worker come one after the other, in the
// order in which the worker made the output.
type receiver interface {
	stream(turn uint64, name string, text []byte)
	show(out frame.Output, buffers [][]byte)
	input(l *link, id uint64, p frame.Prompt)
	forget(id uint64)
}

// link is one worker process as the front sees it.
type link struct {
	cmd  *exec.Cmd
	conn io.ReadWriteCloser
	to   receiver
	info engine.LanguageInfo // valid once ready is closed

	ready chan struct{} // closed when the worker said hello
	gone  chan struct{} // closed when it is dead and all it said has been passed on
	death death         // valid once gone is closed

	// order is held while output is passed on, so that what the worker printed before it sent a
	// frame is passed on before the frame.
	order  sync.Mutex
	stdout stream
	stderr stream
	words  lastWords
	turn   uint64 // to which text belongs
	early  []byte // what it printed before it was ready

	told  bool         // it has said what its session is
	state engine.State // what that is

	mu      sync.Mutex
	cond    *sync.Cond // outgoing or ended changed
	pending []frame.Frame
	calls   map[uint64]chan frame.Frame
	claims  int  // how many wait for this worker and will report its death
	reaped  bool // the process is no more, and its number may be another's
	ended   bool
}

// stream is one of the worker's standard streams.
type stream struct {
	name string
	*capture
	rest []byte // the beginning of a character whose end has not come
}

// death is what is known of a worker's end.
type death struct {
	status string // of the process: "exit status 2", "signal: killed"
	report string // the Go runtime's last words, if any
	early  string // what it printed before it was ready
}

// startLink starts a worker in the folder dir, by default that of this process.
func startLink(argv, env []string, dir string, to receiver) (*link, error) {
	l := &link{
		to:    to,
		ready: make(chan struct{}),
		gone:  make(chan struct{}),
		calls: map[uint64]chan frame.Frame{},
	}
	l.cond = sync.NewCond(&l.mu)
	l.cmd = exec.Command(argv[0], argv[1:]...)
	l.cmd.Env = append(os.Environ(), env...)
	l.cmd.Dir = dir

	conn, release, err := connect(l.cmd)
	if err != nil {
		return nil, err
	}
	defer release()
	l.conn = conn
	var ends [2]*os.File // for the child
	for i, s := range []*stream{&l.stdout, &l.stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		defer w.Close()
		widen(w)
		ends[i] = w
		if s.capture, err = newCapture(r); err != nil {
			return nil, err
		}
	}
	l.stdout.name, l.stderr.name = "stdout", "stderr"
	l.cmd.Stdout, l.cmd.Stderr = ends[0], ends[1]

	started := make(chan error)
	go l.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	return l, nil
}

// live sees the process from its start to its end. The parent-death signal is bound to the thread
// that started the process, so this goroutine keeps its thread.
func (l *link) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := l.cmd.Start()
	started <- err
	if err != nil {
		_ = l.conn.Close()
		l.stdout.close()
		l.stderr.close()
		return
	}
	var readers sync.WaitGroup
	readers.Go(l.read)
	go l.write()
	go l.stdout.follow(func() bool { return l.pump(&l.stdout) })
	go l.stderr.follow(func() bool { return l.pump(&l.stderr) })

	err = l.cmd.Wait()
	status := l.cmd.ProcessState.String()
	if err != nil {
		status = err.Error()
	}
	kill(l.cmd.Process) // programs that its cells left running
	l.mu.Lock()
	l.reaped = true
	l.mu.Unlock()

	// What it sent before its end is still to be read.
	over := time.AfterFunc(deathDelay, func() { _ = l.conn.Close() })
	readers.Wait()
	over.Stop()
	_ = l.conn.Close()

	l.order.Lock()
	l.drain()
	l.flushRest()
	l.death = death{status: status, report: string(l.words.held), early: string(l.early)}
	l.order.Unlock()
	l.stdout.close()
	l.stderr.close()

	l.mu.Lock()
	l.ended = true
	l.cond.Broadcast()
	l.mu.Unlock()
	close(l.gone)
}

// pump passes on what one stream has; it reports false at the stream's end.
func (l *link) pump(s *stream) bool {
	l.order.Lock()
	defer l.order.Unlock()
	return s.drain(func(text []byte) { l.text(s, text) })
}

// drain passes on all that the worker has printed. The caller holds l.order.
func (l *link) drain() {
	for _, s := range []*stream{&l.stdout, &l.stderr} {
		s.drain(func(text []byte) { l.text(s, text) })
	}
}

// text passes on text without cutting a character in two. The caller holds l.order.
func (l *link) text(s *stream, text []byte) {
	if s == &l.stderr {
		held := len(l.words.held) > 0
		text = l.words.pass(text)
		if !held && len(l.words.held) > 0 {
			time.AfterFunc(heldFor, l.releaseWords)
		}
	}
	if len(s.rest) > 0 {
		text = append(s.rest, text...)
		s.rest = nil
	}
	n := wholeRunes(text)
	if !l.isReady() {
		l.early = append(l.early, text[:min(n, maxEarly-len(l.early))]...)
	} else {
		l.to.stream(l.turn, s.name, text[:n])
	}
	if n < len(text) {
		s.rest = append([]byte(nil), text[n:]...)
	}
}

func (l *link) isReady() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

// releaseWords shows text that looked like last words, of a worker that lives on: it answers, and a runtime that is
// dying, however long it takes over its report, has stopped everything else.
func (l *link) releaseWords() {
	answer, err := l.call(frame.IsComplete, nextTurn.Add(1), frame.Query{})
	if err != nil {
		return
	}
	select {
	case <-answer:
	case <-l.gone:
		return
	}
	l.order.Lock()
	defer l.order.Unlock()
	l.to.stream(l.turn, "stderr", l.words.release())
}

// flushRest shows what waits for the end of a character or of the worker. The caller holds l.order.
func (l *link) flushRest() {
	for _, s := range []*stream{&l.stdout, &l.stderr} {
		l.to.stream(l.turn, s.name, s.rest)
		s.rest = nil
	}
}

// wholeRunes returns how much of text doesn't end inside a character.
func wholeRunes(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		at := len(text) - back
		if utf8.RuneStart(text[at]) {
			if utf8.FullRune(text[at:]) {
				return len(text)
			}
			return at
		}
	}
	return len(text)
}

// read takes what the worker says until it ends.
func (l *link) read() {
	r := bufio.NewReaderSize(l.conn, 64<<10)
	for {
		f, err := frame.Read(r)
		if err != nil {
			if errors.Is(err, io.EOF) {
				time.AfterFunc(killDelay, l.end) // a cell may have closed the socket
			} else {
				l.end()
			}
			return
		}
		l.receive(f)
	}
}

func (l *link) receive(f frame.Frame) {
	l.order.Lock()
	defer l.order.Unlock()
	l.drain()
	switch f.Kind {
	case frame.Hello:
		var g frame.Greeting
		_ = json.Unmarshal(f.Body, &g) // an empty one will do
		if !l.isReady() {
			l.info = g.Info
			close(l.ready)
		}
	case frame.Show:
		l.to.stream(l.turn, "stderr", l.words.release())
		var out frame.Output
		switch err := json.Unmarshal(f.Body, &out); {
		case err != nil:
		case out.Type == frame.Text:
			l.to.stream(out.Cell, cmp.Or(out.Stream, "stderr"), []byte(out.Text))
		default:
			l.to.show(out, f.Buffers)
		}
		if f.ID != 0 {
			l.send(frame.Frame{Kind: frame.Ack, ID: f.ID})
		}
	case frame.Input:
		l.to.stream(l.turn, "stderr", l.words.release())
		l.flushRest()
		var p frame.Prompt
		if json.Unmarshal(f.Body, &p) == nil {
			l.to.input(l, f.ID, p)
		}
	case frame.Forget:
		l.to.forget(f.ID)
	case frame.State:
		var c frame.Change
		if json.Unmarshal(f.Body, &c) == nil {
			if state, err := c.Apply(l.state); err == nil {
				l.told, l.state = true, state
			}
		}
	case frame.Done, frame.Answer:
		if f.Kind == frame.Done {
			l.to.stream(l.turn, "stderr", l.words.release())
			l.flushRest()
		}
		l.mu.Lock()
		ch := l.calls[f.ID]
		delete(l.calls, f.ID)
		l.mu.Unlock()
		if ch != nil {
			ch <- f // has room for it
		}
	}
}

// begin makes text from now on belong to a turn.
func (l *link) begin(turn uint64) {
	l.order.Lock()
	defer l.order.Unlock()
	l.drain()
	l.flushRest()
	l.turn = turn
}

// call asks the worker and returns a channel that will hold the answer.
func (l *link) call(kind frame.Kind, id uint64, v any, buffers ...[]byte) (<-chan frame.Frame, error) {
	f, err := frame.New(kind, id, v, buffers...)
	if err != nil {
		return nil, err
	}
	ch := make(chan frame.Frame, 1)
	l.mu.Lock()
	l.calls[id] = ch
	l.mu.Unlock()
	l.send(f)
	return ch, nil
}

// ask calls the worker and decodes its answer into reply.
func (l *link) ask(ctx context.Context, kind frame.Kind, v, reply any) error {
	ch, err := l.call(kind, nextTurn.Add(1), v)
	if err != nil {
		return err
	}
	select {
	case f := <-ch:
		var failure frame.Failure
		if json.Unmarshal(f.Body, &failure) == nil && failure.Message != "" {
			return errors.New(failure.Message)
		}
		return json.Unmarshal(f.Body, reply)
	case <-l.gone:
		return errGone
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send queues a frame; it never waits for the worker.
func (l *link) send(f frame.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, f)
	l.cond.Broadcast()
}

func (l *link) write() {
	var buf []byte
	for {
		l.mu.Lock()
		for len(l.pending) == 0 && !l.ended {
			l.cond.Wait()
		}
		frames := l.pending
		l.pending = nil
		ended := l.ended
		l.mu.Unlock()
		if ended {
			return
		}
		buf = buf[:0]
		for _, f := range frames {
			var err error
			if buf, err = frame.Append(buf, f); err != nil {
				l.fail(f.ID, err)
			}
		}
		if _, err := l.conn.Write(buf); err != nil {
			return // the worker is going; live will say so
		}
	}
}

// fail answers a call that can't be made.
func (l *link) fail(id uint64, err error) {
	l.mu.Lock()
	ch := l.calls[id]
	delete(l.calls, id)
	l.mu.Unlock()
	if ch != nil {
		ch <- frame.Frame{ID: id, Body: marshal(frame.Outcome{Error: &engine.Error{Name: "Error", Value: err.Error()}})}
	}
}

// claim says that the caller will report this worker's death, should it die; it fails if the worker
// is dead already.
func (l *link) claim() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.claims++
	return true
}

func (l *link) unclaim() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims--
}

// isClaimed reports whether someone will report the death of this worker, which has ended.
func (l *link) isClaimed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.claims > 0
}

// shutdown ends the worker, kindly at first, and returns when it is gone.
func (l *link) shutdown() {
	l.send(frame.Frame{Kind: frame.Shutdown})
	select {
	case <-l.gone:
		return
	case <-time.After(killDelay):
	}
	l.end()
	<-l.gone
}

// end kills the worker.
func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.reaped {
		kill(l.cmd.Process)
	}
}
