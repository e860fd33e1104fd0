package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
)

var errClosing = errors.New("the kernel is shutting down")

// maxLogged bounds how much of a runtime's last words goes to the log.
const maxLogged = 16 << 10

// helloTimeout is how long a worker may take to start.
const helloTimeout = 60 * time.Second

// supervisor keeps a worker running: when one dies, it starts another and tells it what the session
// had declared.
type supervisor struct {
	start    func() (*link, error)
	orphaned func(*link) // a worker died while no cell would say so
	logf     func(format string, args ...any)

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change of what follows
	current  *link
	failed   error        // why there is no worker; who sees it, asks for another attempt
	state    engine.State // what the next worker is told
	gone     []string     // the variables of workers that have died, until someone tells
	restored error        // what the current worker could not take over

	quit chan struct{} // closed to end
	done chan struct{} // closed at the end
}

func newSupervisor(start func() (*link, error), orphaned func(*link), logf func(string, ...any)) *supervisor {
	return &supervisor{
		start:    start,
		orphaned: orphaned,
		logf:     logf,
		changed:  make(chan struct{}),
		quit:     make(chan struct{}),
		done:     make(chan struct{}),
	}
}

// run keeps a worker running until close.
func (v *supervisor) run() {
	defer close(v.done)
	up := false // a worker has been
	for v.waitWanted() {
		l, err := v.bringUp()
		if err != nil {
			if up && !v.closing() {
				v.logf("%v", err) // of the first one, Main says so
			}
			v.set(func() { v.failed = err })
			continue
		}
		up = true
		v.set(func() { v.current = l })
		if v.closing() {
			l.shutdown()
		}
		<-l.gone
		v.set(func() {
			v.current = nil
			if l.told {
				v.state = l.state
				v.gone = append(v.gone, l.state.Variables...)
			}
		})
		if v.closing() {
			return
		}
		v.logf("the worker has died: %s", l.death.status)
		if r := l.death.report; r != "" {
			v.logf("%s", r[:min(len(r), maxLogged)])
		}
		if !l.isClaimed() {
			go v.orphaned(l)
		}
	}
}

// waitWanted returns when a worker should be started, or false when none should any more.
func (v *supervisor) waitWanted() bool {
	for {
		v.mu.Lock()
		failed, changed := v.failed, v.changed
		v.mu.Unlock()
		if v.closing() {
			return false
		}
		if failed == nil {
			return true
		}
		select {
		case <-changed:
		case <-v.quit:
		}
	}
}

// bringUp starts a worker and waits until it can be used.
func (v *supervisor) bringUp() (*link, error) {
	l, err := v.start()
	if err != nil {
		return nil, err
	}
	hello := time.NewTimer(helloTimeout)
	defer hello.Stop()
	select {
	case <-l.ready:
	case <-l.gone:
		said := strings.TrimSpace(l.death.early + l.death.report)
		return nil, fmt.Errorf("the worker ended before it was ready: %s\n%s", l.death.status, said)
	case <-hello.C:
		l.end()
		return nil, fmt.Errorf("the worker was not ready within %v", helloTimeout)
	case <-v.quit:
		l.shutdown()
		return nil, errClosing
	}
	v.mu.Lock()
	state := v.state
	v.mu.Unlock()
	if len(l.early) > 0 {
		v.logf("the worker printed as it started:\n%s", l.early)
	}
	v.restored = nil
	if len(state.Declarations) > 0 || state.Dir != "" {
		v.restored = restore(l, state)
	}
	return l, nil
}

func restore(l *link, state engine.State) error {
	ch, err := l.call(frame.Restore, nextTurn.Add(1), state)
	if err != nil {
		return err
	}
	select {
	case f := <-ch:
		var outcome frame.Outcome
		if err := json.Unmarshal(f.Body, &outcome); err != nil {
			return err
		}
		if outcome.Error != nil {
			return outcome.Error
		}
		return nil
	case <-l.gone:
		return errGone
	case <-time.After(helloTimeout):
		l.end()
		return fmt.Errorf("the declarations were not taken over within %v", helloTimeout)
	}
}

// worker returns the running worker and waits for it while it starts.
func (v *supervisor) worker(ctx context.Context) (*link, error) {
	for {
		v.mu.Lock()
		current, failed, changed := v.current, v.failed, v.changed
		v.mu.Unlock()
		switch {
		case v.closing():
			return nil, errClosing
		case current != nil:
			select {
			case <-current.gone: // the supervisor will notice in a moment
			default:
				return current, nil
			}
		case failed != nil:
			v.set(func() { v.failed = nil }) // the next one to ask finds another attempt
			return nil, failed
		}
		select {
		case <-changed:
		case <-v.quit:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// close ends the worker for good.
func (v *supervisor) close() {
	close(v.quit)
	v.mu.Lock()
	l := v.current
	v.mu.Unlock()
	if l != nil {
		l.shutdown()
	}
	<-v.done
}

func (v *supervisor) closing() bool {
	select {
	case <-v.quit:
		return true
	default:
		return false
	}
}

func (v *supervisor) set(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
	close(v.changed)
	v.changed = make(chan struct{})
}

// obituary is the error that a person sees when a worker has died: what it died of, and what of the
// session is left. number is that of the cell that ran, or 0.
func (v *supervisor) obituary(ctx context.Context, l *link, number int) *engine.Error {
	message, trace := epitaph(l.death.report)
	if message == "" {
		message = "the worker process ended: " + l.death.status
	}
	e := &engine.Error{Name: engine.NameWorkerDied, Value: message}
	lines := []string{engine.NameWorkerDied + ": " + message}
	if number > 0 {
		lines = append(lines, fmt.Sprintf("while In [%d] ran", number))
	}
	lines = append(lines, trace...)
	lines = append(lines, "")
	e.Traceback = append(lines, v.aftermath(ctx)...)
	return e
}

// aftermath waits for the next worker and says what of the session it has.
func (v *supervisor) aftermath(ctx context.Context) []string {
	if _, err := v.worker(ctx); err != nil {
		return []string{"A fresh worker could not be started: " + err.Error() + ".", "The next cell tries again; otherwise restart the kernel."}
	}
	v.mu.Lock()
	restored, declared, gone := v.restored, len(v.state.Declarations), v.gone
	v.gone = nil
	v.mu.Unlock()

	var lines []string
	switch {
	case declared == 0:
		lines = append(lines, "A fresh worker is running.")
	case restored != nil:
		lines = append(lines, "A fresh worker is running, but it could not take over the declarations of earlier cells: "+
			restored.Error(), "Run the cells with imports, types and functions again.")
	default:
		lines = append(lines, "A fresh worker is running; imports, types and functions of earlier cells are declared again.")
	}
	if len(gone) > 0 {
		lines = append(lines, "These variables are gone: "+strings.Join(gone, ", ")+". Run the cells that set them again.")
	}
	return lines
}
