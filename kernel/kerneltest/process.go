package kerneltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rustygradients/rg/kernel"
)

// NewConnection returns a connection on free loopback ports, with a key of its own.
func NewConnection() (kernel.Connection, error) {
	c := kernel.Connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: "hmac-sha256", Key: uuid.NewString()}
	// The listeners are open together, so that the ports differ.
	for _, port := range []*int{&c.ShellPort, &c.IOPubPort, &c.StdinPort, &c.ControlPort, &c.HeartbeatPort} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return c, err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return c, nil
}

// WriteConnection writes a connection file into dir and returns its path.
func WriteConnection(dir string, c kernel.Connection) (string, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "connection.json")
	return path, os.WriteFile(path, data, 0o600)
}

// Process is a running kernel and a client that is connected to it.
type Process struct {
	*Client
	Conn kernel.Connection
	Cmd  *exec.Cmd
	Log  *Buffer // the kernel's standard error

	exited chan struct{}
	err    error
}

// Start starts a kernel by cmd, whose last argument the connection file becomes, and connects to
// it. The kernel ends with the test.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	conn, err := NewConnection()
	if err != nil {
		t.Fatal(err)
	}
	return StartOn(t, cmd, conn)
}

// StartOn is Start with a connection of the caller's.
func StartOn(t testing.TB, cmd *exec.Cmd, conn kernel.Connection) *Process {
	t.Helper()
	file, err := WriteConnection(t.TempDir(), conn)
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{Conn: conn, Cmd: cmd, Log: &Buffer{}, exited: make(chan struct{})}
	cmd.Args = append(cmd.Args, file)
	cmd.Stderr = p.Log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		if p.Client != nil {
			p.Close()
		}
		_ = cmd.Process.Signal(os.Interrupt) // a no-op if it has ended
		_ = cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("the kernel's log:\n%s", p.Log)
		}
	})
	if p.Client, err = p.dial(); err != nil {
		t.Fatal(err)
	}
	return p
}

// dial connects once the kernel listens.
func (p *Process) dial() (*Client, error) {
	err := waitUntilUp(p.Conn, func() error {
		select {
		case <-p.exited:
			return fmt.Errorf("the kernel ended: %w\n%s", p.err, p.Log)
		default:
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return Dial(p.Conn)
}

// DialWhenUp is DialLight for a kernel that is about to start.
func DialWhenUp(conn kernel.Connection) (*Client, error) {
	if err := waitUntilUp(conn, func() error { return nil }); err != nil {
		return nil, err
	}
	return DialLight(conn)
}

// waitUntilUp waits until a kernel listens on all its sockets, or for an error of alive.
func waitUntilUp(conn kernel.Connection, alive func() error) error {
	deadline := time.Now().Add(Timeout)
	for _, port := range []int{conn.HeartbeatPort, conn.ShellPort, conn.ControlPort, conn.StdinPort, conn.IOPubPort} {
		network, address := "tcp", net.JoinHostPort(conn.IP, fmt.Sprint(port))
		if conn.Transport == "ipc" {
			network, address = "unix", fmt.Sprintf("%s-%d", conn.IP, port)
		}
		for {
			c, err := net.Dial(network, address)
			if err == nil {
				_ = c.Close()
				break
			}
			if err := alive(); err != nil {
				return err
			}
			if time.Now().After(deadline) {
				return err
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	return nil
}

// Wait waits for the kernel's end and returns its exit error.
func (p *Process) Wait(timeout time.Duration) error {
	select {
	case <-p.exited:
		return p.err
	case <-time.After(timeout):
		return fmt.Errorf("the kernel has not ended within %v", timeout)
	}
}

// Buffer is a bytes.Buffer for several goroutines.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Ports are the ports that a connect_reply names.
type Ports struct {
	Shell     int `json:"shell_port"`
	IOPub     int `json:"iopub_port"`
	Stdin     int `json:"stdin_port"`
	Control   int `json:"control_port"`
	Heartbeat int `json:"hb_port"`
}

// PortsOf returns the ports of a connection.
func PortsOf(c kernel.Connection) Ports {
	return Ports{Shell: c.ShellPort, IOPub: c.IOPubPort, Stdin: c.StdinPort, Control: c.ControlPort, Heartbeat: c.HeartbeatPort}
}
