package kernel

import (
	"encoding/json"
	"sync"

	"github.com/rustygradients/rg/kernel/engine"
)

// comms are the comms that are open, by ID, with the name of their target.
type comms struct {
	mu   sync.Mutex
	open map[string]string
}

// commContent is the content of comm_open, comm_msg and comm_close.
type commContent struct {
	ID         string          `json:"comm_id"`
	TargetName string          `json:"target_name,omitempty"`
	Data       json.RawMessage `json:"data"`
}

// note keeps the table up to date with a message from either side.
func (c *comms) note(content json.RawMessage, msgType string) {
	var m commContent
	if json.Unmarshal(content, &m) != nil || m.ID == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch msgType {
	case "comm_open":
		c.open[m.ID] = m.TargetName
	case "comm_close":
		delete(c.open, m.ID)
	}
}

// list returns the open comms, of one target or of all.
func (c *comms) list(target string) map[string]map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]map[string]string{}
	for id, name := range c.open {
		if target == "" || target == name {
			found[id] = map[string]string{"target_name": name}
		}
	}
	return found
}

// publishComm sends a comm message of the worker to the front ends.
func (s *session) publishComm(parent json.RawMessage, msg engine.CommMessage, buffers [][]byte) {
	switch msg.Type {
	case "comm_open", "comm_msg", "comm_close":
	default:
		s.logf("comm message of type %q not sent: it is not one of the protocol's", msg.Type)
		return
	}
	content := commContent{ID: msg.ID, TargetName: msg.TargetName, Data: msg.Data}
	if len(content.Data) == 0 {
		content.Data = json.RawMessage("{}")
	}
	s.comms.note(marshal(content), msg.Type)
	s.iopub.outputWith(msg.Type, parent, msg.Metadata, content, buffers)
}

// target returns the name of the target at which a comm was opened, or "".
func (c *comms) target(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[id]
}

// commMessage is what the worker is told. It hears of the target with each message: it may not be the
// one that saw the comm opened.
func (s *session) commMessage(r *request) (engine.CommMessage, error) {
	var c commContent
	if err := decode(r, &c); err != nil {
		return engine.CommMessage{}, err
	}
	if r.Header.Type == "comm_msg" {
		c.TargetName = s.comms.target(c.ID)
	}
	return engine.CommMessage{
		Type:       r.Header.Type,
		ID:         c.ID,
		TargetName: c.TargetName,
		Data:       c.Data,
		Metadata:   r.Metadata,
		Buffers:    r.Buffers,
	}, nil
}
