package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/wire"
)

// dispatch sends a message on its way: what changes the session's values waits in the queue,
// everything else is answered at once in a goroutine of its own.
func (s *session) dispatch(r *request) {
	switch r.Header.Type {
	case "comm_open", "comm_close":
		s.comms.note(r.Content, r.Header.Type)
		fallthrough
	case "comm_msg":
		if sh := s.shells.find(r.Header.Subshell); sh != nil {
			sh.queue.push(r)
		} else {
			s.logf("%s dropped: %v", r.Header.Type, noSubshell(r.Header.Subshell))
		}
	case "execute_request":
		if sh := s.shells.find(r.Header.Subshell); sh == nil {
			s.refuse(r, noSubshell(r.Header.Subshell))
		} else if !sh.queue.push(r) {
			s.abort(r)
		}
	default:
		if !strings.HasSuffix(r.Header.Type, "_request") {
			s.logf("message of type %q ignored", r.Header.Type)
			return
		}
		if r.from.Server() == s.control {
			go s.aside(r) // never waits
			return
		}
		s.asides <- struct{}{}
		go func() {
			defer func() { <-s.asides }()
			s.aside(r)
		}()
	}
}

// aside answers a request beside the queue, between busy and idle.
func (s *session) aside(r *request) {
	s.busy(r)
	defer s.idleAside(r)
	answer, known := s.handlers()[r.Header.Type]
	if !known {
		answer = func(context.Context, *request) (any, error) {
			return nil, fmt.Errorf("requests of type %q are not known to this kernel", r.Header.Type)
		}
	}
	content, err := answer(s.ctx, r)
	if err != nil {
		content = failure(err)
	}
	s.reply(r, strings.TrimSuffix(r.Header.Type, "_request")+"_reply", content, nil)
	if r.Header.Type == "shutdown_request" {
		s.iopub.status("shutdown_reply", r.RawHeader, content) // for the other front ends
	}
}

// handlers returns who answers what, beside the queue.
func (s *session) handlers() map[string]func(context.Context, *request) (any, error) {
	return map[string]func(context.Context, *request) (any, error){
		"kernel_info_request":     s.kernelInfo,
		"connect_request":         s.connect,
		"complete_request":        s.complete,
		"inspect_request":         s.inspect,
		"is_complete_request":     s.isComplete,
		"history_request":         s.historyReply,
		"comm_info_request":       s.commInfo,
		"interrupt_request":       s.interruptReply,
		"shutdown_request":        s.shutdownReply,
		"debug_request":           s.debug,
		"usage_request":           s.usageReply,
		"create_subshell_request": s.createSubshell,
		"delete_subshell_request": s.deleteSubshell,
		"list_subshell_request":   s.listSubshells,
	}
}

// busy publishes that work on a request begins.
func (s *session) busy(r *request) { s.iopub.status("status", r.RawHeader, executionState("busy")) }

// idle publishes that a request is finished. Front ends show the last status they see, so if a cell
// runs on, they hear that again.
func (s *session) idle(r *request) {
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	s.iopub.status("status", r.RawHeader, executionState("idle"))
	if n := len(s.turns.active); n > 0 {
		s.busy(s.turns.active[n-1].request)
	}
}

// idleAside publishes that an answer beside the queue is finished.
func (s *session) idleAside(r *request) {
	s.idle(r)
	if r.Header.Type == "shutdown_request" {
		s.stopOnce.Do(func() { close(s.stop) })
	}
}

type executionStatus struct {
	State string `json:"execution_state"`
}

func executionState(state string) executionStatus { return executionStatus{state} }

// errorContent is the part that all error replies and the error message have in common.
type errorContent struct {
	Status    string   `json:"status,omitempty"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func newErrorContent(e *engine.Error) errorContent {
	c := errorContent{Status: "error", Name: e.Name, Value: e.Value, Traceback: e.Traceback}
	if len(c.Traceback) == 0 {
		c.Traceback = []string{e.Error()}
	}
	return c
}

// failure is the content of a reply to a request that can't be served.
func failure(err error) errorContent {
	return newErrorContent(&engine.Error{Name: "RequestError", Value: err.Error()})
}

// decode reads a request's content.
func decode(r *request, into any) error {
	err := json.Unmarshal(r.Content, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("the content of this %s is malformed: %s is a JSON %s", r.Header.Type, wrong.Field, wrong.Value)
	}
	return fmt.Errorf("the content of this %s is malformed: it is not a JSON object", r.Header.Type)
}

// kernelInfo doesn't wait for the worker: it is the first thing that a front end asks.
func (s *session) kernelInfo(context.Context, *request) (any, error) {
	return map[string]any{
		"status":                 "ok",
		"protocol_version":       wire.ProtocolVersion,
		"implementation":         s.opts.Implementation,
		"implementation_version": s.opts.Version,
		"language_info":          s.opts.Language,
		"banner":                 s.opts.Banner,
		"help_links":             s.opts.HelpLinks,
		"debugger":               false,
		"supported_features":     []string{"kernel subshells"},
	}, nil
}

func (s *session) connect(context.Context, *request) (any, error) {
	content := map[string]any{"status": "ok"}
	for _, p := range s.conn.ports() {
		content[p.name] = p.port
	}
	return content, nil
}

func (s *session) interruptReply(context.Context, *request) (any, error) {
	s.interrupt()
	return map[string]string{"status": "ok"}, nil
}

func (s *session) shutdownReply(_ context.Context, r *request) (any, error) {
	var q struct {
		Restart bool `json:"restart"`
	}
	if err := decode(r, &q); err != nil {
		s.logf("%v", err) // it still means that the kernel is to end
	}
	return map[string]any{"status": "ok", "restart": q.Restart}, nil
}

func (s *session) commInfo(_ context.Context, r *request) (any, error) {
	var q struct {
		Target string `json:"target_name"`
	}
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	return map[string]any{"status": "ok", "comms": s.comms.list(q.Target)}, nil
}
