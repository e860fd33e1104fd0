package kernel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
)

// signatureScheme is the only one that the kernel speaks, and the only one that front ends use.
const signatureScheme = "hmac-sha256"

// Connection is what a connection file says: where to listen and how to sign.
type Connection struct {
	Transport       string `json:"transport"`
	IP              string `json:"ip"`
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HeartbeatPort   int    `json:"hb_port"`
	SignatureScheme string `json:"signature_scheme"`
	Key             string `json:"key"`
	CurvePublicKey  string `json:"curve_publickey,omitempty"` // wanted by a manager that requires encryption
}

// ReadConnection reads a connection file and checks that the kernel can serve it.
func ReadConnection(path string) (Connection, error) {
	var c Connection
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("connection file %s does not exist; Jupyter writes it before it starts a kernel", path)
	}
	if err != nil {
		return c, fmt.Errorf("connection file: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("connection file %s is not a JSON object of the expected form: %w", path, err)
	}
	if c.Transport == "" {
		c.Transport = "tcp"
	}
	if c.IP == "" && c.Transport == "tcp" {
		c.IP = "127.0.0.1"
	}
	if c.SignatureScheme == "" {
		c.SignatureScheme = signatureScheme
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

func (c Connection) check() error {
	switch c.Transport {
	case "tcp", "ipc":
	default:
		return fmt.Errorf("transport %q is not supported; supported are \"tcp\" and \"ipc\"", c.Transport)
	}
	if c.SignatureScheme != signatureScheme {
		return fmt.Errorf("signature_scheme %q is not supported; supported is %q", c.SignatureScheme, signatureScheme)
	}
	if c.CurvePublicKey != "" {
		return errors.New("curve_publickey: the kernel does not encrypt what it sends; " +
			"start it with KernelManager.transport_encryption=disabled, and use the transport ipc or 127.0.0.1")
	}
	if c.IP == "" {
		return errors.New("ip is missing; with the transport ipc it is the path that the sockets' names begin with")
	}
	for _, p := range c.ports() {
		if p.port < 1 || p.port > 65535 {
			return fmt.Errorf("%s is missing or out of range: %d", p.name, p.port)
		}
	}
	if c.Key == "" && c.Transport == "tcp" && !loopback(c.IP) {
		return fmt.Errorf("the key is empty and ip %q can be reached from other machines: "+
			"anyone there could run code; set a key or listen on 127.0.0.1", c.IP)
	}
	return nil
}

type namedPort struct {
	name string
	port int
}

func (c Connection) ports() []namedPort {
	return []namedPort{
		{"shell_port", c.ShellPort},
		{"iopub_port", c.IOPubPort},
		{"stdin_port", c.StdinPort},
		{"control_port", c.ControlPort},
		{"hb_port", c.HeartbeatPort},
	}
}

// address returns the network and address to listen on for a port.
func (c Connection) address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", c.IP + "-" + strconv.Itoa(port)
	}
	ip := c.IP
	if ip == "*" {
		ip = ""
	}
	return "tcp", net.JoinHostPort(ip, strconv.Itoa(port))
}

// Endpoint returns the ZeroMQ endpoint of a port, as a client dials it.
func (c Connection) Endpoint(port int) string {
	network, address := c.address(port)
	if network == "unix" {
		return "ipc://" + address
	}
	return "tcp://" + address
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
