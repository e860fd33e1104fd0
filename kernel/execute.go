package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/wire"
)

const (
	// abortGrace is how long the reply to a failed cell waits for cells that the client had sent
	// before it could know of the failure, so that they are aborted as well.
	abortGrace = 5 * time.Millisecond

	// patience is how long a cell may go on after an interrupt before the person is told why.
	patience = 5 * time.Second
)

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code         *string           `json:"code"`
	Silent       bool              `json:"silent"`
	StoreHistory *bool             `json:"store_history"`
	Expressions  map[string]string `json:"user_expressions"`
	AllowStdin   *bool             `json:"allow_stdin"`
	StopOnError  *bool             `json:"stop_on_error"`
}

// executeReply is the content of an execute_reply that isn't aborted.
type executeReply struct {
	*errorContent
	Status         string         `json:"status"`
	ExecutionCount int            `json:"execution_count"`
	Expressions    map[string]any `json:"user_expressions"`
	Payload        []any          `json:"payload"`
}

// cellID is the identity of the cell in its notebook, which JupyterLab puts into the metadata of a
// request.
func cellID(metadata json.RawMessage) string {
	var m struct {
		ID string `json:"cellId"`
	}
	_ = json.Unmarshal(metadata, &m) // another shape has no cellId
	return m.ID
}

// execute runs a cell, from busy to idle, and aborts those that wait in its shell if it fails.
func (s *session) execute(sh *shell, r *request) {
	turn := s.turns.prepare(r)
	s.busy(r)
	aborted := s.runCell(sh, turn)
	s.turns.end(turn)
	s.idle(r)
	for _, a := range aborted {
		s.abort(a)
	}
	if size := len(r.Content); size > largeCell {
		r.Content = nil
		debug.FreeOSMemory()
	}
}

// largeCell is how many bytes of a cell's request are worth a collection, for each has been copied some ten times on its way: the
// front would hold them for minutes.
const largeCell = 4 << 20

// runCell runs a cell, replies, and returns the cells that its failure aborts.
func (s *session) runCell(sh *shell, turn *turn) (aborted []*request) {
	r := turn.request
	started := time.Now()
	var q executeRequest
	err := decode(r, &q)
	if err == nil && q.Code == nil {
		err = errors.New("this execute_request has no code")
	}
	if err != nil {
		s.replyFailure(r, err)
		return nil
	}

	code := *q.Code
	blank := strings.TrimSpace(code) == ""
	store := !q.Silent && isSet(q.StoreHistory) && !blank
	count := int(s.count.Load())
	if store {
		count = int(s.count.Add(1))
		s.history.Add(count, code)
	}
	if !q.Silent {
		s.iopub.status("execute_input", r.RawHeader, map[string]any{"code": code, "execution_count": count})
	}
	var outcome frame.Outcome
	if !blank || len(q.Expressions) > 0 {
		outcome = s.runTurn(turn, count, frame.Execute, frame.Cell{
			ID:          cellID(r.Metadata),
			Number:      count,
			Code:        code,
			Silent:      q.Silent,
			AllowStdin:  isSet(q.AllowStdin),
			Expressions: q.Expressions,
		})
	}
	shown := s.turns.shown(turn)
	if store && !shown.secret {
		s.history.SetOutput(count, shown.text)
	}
	reply := executeReply{
		Status:         "ok",
		ExecutionCount: count,
		Expressions:    expressions(outcome.Expressions),
		Payload:        orList(shown.payload),
	}
	if outcome.Error != nil {
		c := newErrorContent(outcome.Error)
		reply.errorContent, reply.Status = &c, "error"
		if !q.Silent {
			message := c
			message.Status = ""
			s.iopub.status("error", r.RawHeader, message)
		}
		if isSet(q.StopOnError) {
			time.Sleep(abortGrace)
			aborted = sh.queue.takeCells()
		}
	}
	s.iopub.flush()
	s.reply(r, "execute_reply", reply, marshal(map[string]any{
		"started":          wire.Date(started),
		"status":           reply.Status,
		"dependencies_met": true,
	}))
	return aborted
}

// isSet reads a flag whose default is true.
func isSet(flag *bool) bool { return flag == nil || *flag }

// abort answers a cell that doesn't run because one before it failed, or because the session ends.
func (s *session) abort(r *request) {
	s.busy(r)
	s.reply(r, "execute_reply", map[string]string{"status": "aborted"}, nil)
	s.idle(r)
}

// refuse answers a cell that can't have a turn.
func (s *session) refuse(r *request, err error) {
	s.busy(r)
	s.replyFailure(r, err)
	s.idle(r)
}

// replyFailure answers an execute_request of which nothing ran.
func (s *session) replyFailure(r *request, err error) {
	c := failure(err)
	s.reply(r, "execute_reply", executeReply{
		errorContent:   &c,
		Status:         c.Status,
		ExecutionCount: int(s.count.Load()),
		Expressions:    expressions(nil),
		Payload:        orList(nil),
	}, nil)
}

// deliverComm hands a comm message to the engine.
func (s *session) deliverComm(r *request) {
	turn := s.turns.prepare(r)
	s.busy(r)
	defer s.idle(r)
	defer s.turns.end(turn)
	msg, err := s.commMessage(r)
	if err != nil {
		s.logf("%v", err)
		return
	}
	outcome := s.runTurn(turn, 0, frame.Comm, msg, msg.Buffers...)
	if outcome.Error == nil {
		return
	}
	s.iopub.stream(r.RawHeader, "stderr", []byte(strings.Join(newErrorContent(outcome.Error).Traceback, "\n")+"\n"))
	if msg.Type == "comm_open" {
		// The protocol's way to say that no one is at the other end.
		s.publishComm(r.RawHeader, engine.CommMessage{Type: "comm_close", ID: msg.ID}, nil)
	}
}

// runTurn has a worker do what waits its turn, and returns how it ended: also if the worker died of
// it. count is the number of the cell, or 0.
func (s *session) runTurn(turn *turn, count int, kind frame.Kind, body any, buffers ...[]byte) frame.Outcome {
	l, err := s.claimWorker()
	if err != nil {
		return frame.Outcome{Error: &engine.Error{Name: engine.NameWorkerDied, Value: "there is no worker: " + err.Error()}}
	}
	defer l.unclaim()
	number := nextTurn.Add(1)
	s.turns.begin(turn, number, count)
	l.begin(number)
	done, err := s.turns.start(turn, l, func() (<-chan frame.Frame, error) { return l.call(kind, number, body, buffers...) })
	if err != nil {
		return frame.Outcome{Error: &engine.Error{Name: "Error", Value: err.Error()}}
	}
	var f frame.Frame
	select {
	case f = <-done:
	case <-l.gone:
		select {
		case f = <-done: // its last act
		default:
			return frame.Outcome{Error: s.deathOf(l, count)}
		}
	}
	var outcome frame.Outcome
	if err := json.Unmarshal(f.Body, &outcome); err != nil {
		outcome.Error = &engine.Error{Name: "Error", Value: "the worker's answer is malformed: " + err.Error()}
	}
	return outcome
}

// claimWorker returns a worker that is alive, and whose death the caller will report.
func (s *session) claimWorker() (*link, error) {
	for {
		l, err := s.workers.worker(s.ctx)
		if err != nil {
			return nil, err
		}
		if l.claim() {
			return l, nil
		}
	}
}

// deathOf returns what a cell's reply says when the worker died under it.
func (s *session) deathOf(l *link, number int) *engine.Error {
	if s.workers.closing() {
		return &engine.Error{Name: engine.NameWorkerDied, Value: errClosing.Error()}
	}
	ctx, cancel := context.WithTimeout(s.ctx, helloTimeout)
	defer cancel()
	return s.workers.obituary(ctx, l, number)
}

// reportDeath tells of a worker that died while no cell ran.
func (s *session) reportDeath(l *link) {
	ctx, cancel := context.WithTimeout(s.ctx, helloTimeout)
	defer cancel()
	e := s.workers.obituary(ctx, l, 0)
	s.iopub.stream(s.turns.parent(0), "stderr", []byte(strings.Join(e.Traceback, "\n")+"\n"))
}

// interrupt asks the worker to end the running cells. What they defined before stays.
func (s *session) interrupt() {
	for _, turn := range s.turns.interrupt() {
		time.AfterFunc(patience, func() {
			if s.turns.warn(turn) {
				s.iopub.stream(turn.request.RawHeader, "stderr", fmt.Appendf(nil,
					"The cell has not ended %v after the interrupt: it is in compiled code that doesn't look for one. "+
						"It goes on; to end it, restart the kernel, which loses the values of variables.\n", patience))
			}
		})
	}
}

func expressions(values map[string]frame.Evaluation) map[string]any {
	out := make(map[string]any, len(values))
	for name, v := range values {
		if v.Error != nil {
			out[name] = newErrorContent(v.Error)
			continue
		}
		content := displayContent(v.Bundle)
		delete(content, "transient")
		content["status"] = "ok"
		out[name] = content
	}
	return out
}

// orList makes null a list.
func orList(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}
