package kernel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// maxSubshells bounds what create_subshell_request may cost.
const maxSubshells = 64

// shell is a line of cells and comm messages that take turns: the main one, or a subshell (JEP 91),
// whose cells run beside those of the main one where the engine can do that.
type shell struct {
	queue    queue
	finished chan struct{} // closed when the last one has had its turn
}

// shells are all lines of a session.
type shells struct {
	main *shell

	mu   sync.Mutex
	subs map[string]*shell
}

func newShell() *shell {
	sh := &shell{finished: make(chan struct{})}
	sh.queue.cond = sync.NewCond(&sh.queue.mu)
	return sh
}

// find returns the shell that a request's header names, or nil.
func (s *shells) find(id string) *shell {
	if id == "" {
		return s.main
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subs[id]
}

func (s *shells) all() []*shell {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []*shell{s.main}
	for _, sub := range s.subs {
		list = append(list, sub)
	}
	return list
}

// run gives the requests of a shell their turn, one by one, until its queue is closed.
func (s *session) runShell(sh *shell) {
	defer close(sh.finished)
	for {
		r := sh.queue.next()
		if r == nil {
			return
		}
		s.waitForReaders(r.from)
		if r.Header.Type == "execute_request" {
			s.execute(sh, r)
		} else {
			s.deliverComm(r)
		}
	}
}

// endShell aborts what waits in a shell; what runs goes on.
func (s *session) endShell(sh *shell) {
	for _, r := range sh.queue.close() {
		if r.Header.Type == "execute_request" {
			s.abort(r)
		}
	}
}

func (s *session) createSubshell(context.Context, *request) (any, error) {
	id := uuid.NewString()
	sh := newShell()
	s.shells.mu.Lock()
	defer s.shells.mu.Unlock()
	if len(s.shells.subs) >= maxSubshells {
		return nil, fmt.Errorf("there are %d subshells already, which is the most", maxSubshells)
	}
	s.shells.subs[id] = sh
	go s.runShell(sh)
	return map[string]any{"status": "ok", "subshell_id": id}, nil
}

func (s *session) deleteSubshell(_ context.Context, r *request) (any, error) {
	var q struct {
		ID string `json:"subshell_id"`
	}
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	s.shells.mu.Lock()
	sh := s.shells.subs[q.ID]
	delete(s.shells.subs, q.ID)
	s.shells.mu.Unlock()
	if sh == nil {
		return nil, noSubshell(q.ID)
	}
	s.endShell(sh)
	return map[string]any{"status": "ok"}, nil
}

func (s *session) listSubshells(context.Context, *request) (any, error) {
	s.shells.mu.Lock()
	defer s.shells.mu.Unlock()
	ids := make([]string, 0, len(s.shells.subs))
	for id := range s.shells.subs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return map[string]any{"status": "ok", "subshell_id": ids}, nil
}

func noSubshell(id string) error {
	if id == "" {
		return errors.New("this request has no subshell_id")
	}
	return fmt.Errorf("there is no subshell %q", id)
}
