package rg

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// SendComm notes what was sent.
func (f *fake) SendComm(kind, _, target string, data json.RawMessage, buffers [][]byte) {
	f.sent = append(f.sent, fmt.Sprint(kind, " ", target, " ", string(data), " ", buffers))
}

func TestComms(t *testing.T) {
	f := &fake{}
	defer SetHost(SetHost(f))
	defer ForgetComms()
	var got []string
	RegisterComm("echo", func(c *Comm, m CommMessage) {
		got = append(got, "open "+c.ID()+c.Target()+string(m.Data))
		c.OnMessage(func(m CommMessage) { c.Send(m.Data, m.Buffers...) })
		c.OnClose(func(CommMessage) { got = append(got, "closed") })
	})
	for _, m := range []struct {
		kind, id, target, data string
		known                  bool
	}{
		{"comm_open", "1", "echo", `{"a":1}`, true},
		{"comm_msg", "1", "echo", `{"b":2}`, true},
		{"comm_close", "1", "echo", `{}`, true},
		{"comm_close", "1", "echo", `{}`, false},
		{"comm_open", "2", "nope", `{}`, false},
		{"comm_msg", "2", "nope", `{}`, false},
		{"comm_msg", "9", "echo", `{"late":1}`, true}, // opened before this process was
	} {
		known := Receive(m.kind, m.id, m.target, CommMessage{Data: json.RawMessage(m.data), Buffers: [][]byte{{7}}})
		if known != m.known {
			t.Errorf("%+v: %v", m, known)
		}
	}
	if want := []string{`open 1echo{"a":1}`, "closed", "open 9echo"}; !reflect.DeepEqual(got, want) {
		t.Errorf("handlers: %q", got)
	}
	if want := []string{`comm_msg  {"b":2} [[7]]`, `comm_msg  {"late":1} [[7]]`}; !reflect.DeepEqual(f.sent, want) {
		t.Errorf("sent: %q", f.sent)
	}
}

func TestOpenComm(t *testing.T) {
	f := &fake{}
	defer SetHost(SetHost(f))
	defer ForgetComms()
	c := OpenComm("widget", map[string]int{"x": 1}, []byte{1})
	var got string
	c.OnMessage(func(m CommMessage) { got = string(m.Data) })
	if !Receive("comm_msg", c.ID(), "", CommMessage{Data: json.RawMessage(`"hi"`)}) || got != `"hi"` {
		t.Errorf("got %q", got)
	}
	c.Close()
	c.Close()
	c.Send(1)
	if want := []string{`comm_open widget {"x":1} [[1]]`, `comm_close  {} []`}; !reflect.DeepEqual(f.sent, want) {
		t.Errorf("sent: %q", f.sent)
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel was sent")
		}
	}()
	OpenComm("widget", make(chan int))
}
