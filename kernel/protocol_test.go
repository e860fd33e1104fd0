package kernel_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/rustygradients/rg/kernel/internal/wire"
	"github.com/rustygradients/rg/kernel/kerneltest"
)

// TestBadMessages checks that what isn't a signed message of the protocol is dropped with a word in
// the log, and that the kernel goes on.
func TestBadMessages(t *testing.T) {
	k := start(t)
	cell := kerneltest.Execute{Code: "result must not run"}.Content(false)
	frames := func(change func(f [][]byte) [][]byte) [][]byte {
		return change(k.Frames("execute_request", cell))
	}
	forger := wire.NewSigner("another key")
	owner := wire.NewSigner(k.Conn.Key)
	sign := func(s *wire.Signer, f [][]byte) [][]byte {
		f[1] = s.Sign(f[2:6])
		return f
	}
	for _, c := range []struct {
		name, log string
		frames    [][]byte
	}{
		{"one empty frame", "no <IDS|MSG>", [][]byte{{}}},
		{"no delimiter", "no <IDS|MSG>", [][]byte{[]byte("a"), []byte("b")}},
		{"too few frames", "fewer than five", frames(func(f [][]byte) [][]byte { return f[:4] })},
		{"no signature", "wrong signature", frames(func(f [][]byte) [][]byte { f[1] = nil; return f })},
		{"another key", "wrong signature", frames(func(f [][]byte) [][]byte { return sign(forger, f) })},
		{"changed content", "wrong signature", frames(func(f [][]byte) [][]byte { f[5] = append(f[5], ' '); return f })},
		{"broken JSON", "is not JSON", frames(func(f [][]byte) [][]byte { f[5] = []byte("{"); return sign(owner, f) })},
		{"a header without a type", "lacks", frames(func(f [][]byte) [][]byte { f[2] = []byte("{}"); return sign(owner, f) })},
		{"a type that no client sends", "ignored", frames(func(f [][]byte) [][]byte {
			f[2] = []byte(`{"msg_id":"1","msg_type":"nonsense"}`)
			return sign(owner, f)
		})},
	} {
		for _, channel := range []string{"shell", "control", "stdin"} {
			before := strings.Count(k.Log.String(), c.log)
			if c.frames == nil {
				t.Fatal(c.name)
			}
			k.SendFrames(channel, unique(owner, c.frames))
			eventually(t, c.name+" on "+channel+" is logged", func() bool {
				return strings.Count(k.Log.String(), c.log) > before
			})
		}
	}
	check(t, "the next cell", run(t, k, "result alive").Result(), "alive")
}

// unique changes rightly signed frames so that they are no replay.
func unique(s *wire.Signer, frames [][]byte) [][]byte {
	if len(frames) < 6 || string(frames[1]) != string(s.Sign(frames[2:6])) {
		return frames
	}
	out := append([][]byte(nil), frames...)
	out[4] = []byte(`{"n":"` + time.Now().Format(time.RFC3339Nano) + `"}`)
	out[1] = s.Sign(out[2:6])
	return out
}

func TestReplayIsDropped(t *testing.T) {
	k := start(t)
	frames := k.Frames("execute_request", kerneltest.Execute{Code: "result 1"}.Content(false))
	k.SendFrames("shell", frames)
	k.SendFrames("shell", frames)
	k.SendFrames("control", frames)
	eventually(t, "two replays are logged", func() bool { return strings.Count(k.Log.String(), "replayed") == 2 })
	check(t, "cells that ran", run(t, k, "result 2").Field("execution_count"), "2")
}

func TestHeartbeat(t *testing.T) {
	k := start(t)
	for range 3 {
		d, err := k.Ping()
		if must(t, d, err) > time.Minute {
			t.Errorf("a heartbeat took %v", d)
		}
	}
}

func TestConnect(t *testing.T) {
	k := start(t)
	r, err := k.Call("connect_request", map[string]any{})
	var got kerneltest.Ports
	if err := must(t, r, err).Decode(&got); err != nil {
		t.Fatal(err)
	}
	check(t, "ports", got, kerneltest.PortsOf(k.Conn))
}

func TestIPC(t *testing.T) {
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	conn.Transport, conn.IP = "ipc", filepath.Join(t.TempDir(), "k")
	k := kerneltest.StartOn(t, front(t), conn)
	check(t, "result", run(t, k, "result 1").Result(), "1")
	d, err := k.Ping()
	must(t, d, err)
}

func TestTwoClients(t *testing.T) {
	k := start(t)
	other, err := kerneltest.Dial(k.Conn)
	must(t, other, err)
	defer other.Close()
	k.Answer = func(string, bool) string { return "first" }
	other.Answer = func(string, bool) string { return "second" }
	a := k.StartCell(kerneltest.Execute{Code: "input ?"})
	b := other.StartCell(kerneltest.Execute{Code: "input ?"})
	r, err := k.Response("shell", a)
	check(t, "answer of the first client", must(t, r, err).Result(), "first")
	r, err = other.Response("shell", b)
	check(t, "answer of the second client", must(t, r, err).Result(), "second")
}

// TestSubscriptions checks that a subscriber gets what it asked for and nothing else.
func TestSubscriptions(t *testing.T) {
	k := start(t)
	sub := zmq4.NewSub(context.Background())
	defer sub.Close()
	if err := sub.Dial(k.Conn.Endpoint(k.Conn.IOPubPort)); err != nil {
		t.Fatal(err)
	}
	signer := wire.NewSigner(k.Conn.Key)
	next := func() *wire.Message {
		t.Helper()
		raw, err := sub.Recv()
		m, err2 := wire.Parse(must(t, raw, err).Frames, signer)
		return must(t, m, err2)
	}
	if err := sub.SetOption(zmq4.OptionSubscribe, "nothing"); err != nil {
		t.Fatal(err)
	}
	check(t, "welcome", string(next().Content), `{"subscription":"nothing"}`)
	run(t, k, "display not for this subscriber")
	if err := sub.SetOption(zmq4.OptionSubscribe, "kernel."); err != nil {
		t.Fatal(err)
	}
	check(t, "welcome", string(next().Content), `{"subscription":"kernel."}`)
	r := run(t, k, "display x")
	for _, want := range r.Outputs {
		check(t, "message", next().Header.ID, want.Header.ID)
	}
}

func TestWithoutKey(t *testing.T) {
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	conn.Key = ""
	k := kerneltest.StartOn(t, front(t), conn)
	check(t, "result", run(t, k, "result 1").Result(), "1")
}
