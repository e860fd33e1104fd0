package kernel_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/kerneltest"
)

func TestReadConnection(t *testing.T) {
	good, err := kerneltest.NewConnection()
	must(t, good, err)
	for _, c := range []struct {
		name   string
		change func(c map[string]any)
		want   string // in the error; empty: none
	}{
		{"as Jupyter writes it", func(c map[string]any) { c["kernel_name"] = "rg" }, ""},
		{"defaults", func(c map[string]any) { delete(c, "transport"); delete(c, "ip"); delete(c, "signature_scheme") }, ""},
		{"ipc", func(c map[string]any) { c["transport"], c["ip"] = "ipc", "/run/k" }, ""},
		{"no key on loopback", func(c map[string]any) { c["key"] = "" }, ""},
		{"no key on IPv6 loopback", func(c map[string]any) { c["key"], c["ip"] = "", "::1" }, ""},
		{"a key for all the world", func(c map[string]any) { c["ip"] = "0.0.0.0" }, ""},
		{"no key for all the world", func(c map[string]any) { c["key"], c["ip"] = "", "0.0.0.0" }, "key is empty"},
		{"no key for every interface", func(c map[string]any) { c["key"], c["ip"] = "", "*" }, "key is empty"},
		{"no key on a network", func(c map[string]any) { c["key"], c["ip"] = "", "192.168.1.7" }, "key is empty"},
		{"no key on a name", func(c map[string]any) { c["key"], c["ip"] = "", "example.org" }, "key is empty"},
		{"encryption", func(c map[string]any) { c["curve_publickey"] = "x" }, `does not encrypt`},
		{"another scheme", func(c map[string]any) { c["signature_scheme"] = "hmac-md5" }, `"hmac-md5" is not supported; supported is "hmac-sha256"`},
		{"another transport", func(c map[string]any) { c["transport"] = "udp" }, `"udp" is not supported`},
		{"ipc without a path", func(c map[string]any) { c["transport"], c["ip"] = "ipc", "" }, "ip is missing"},
		{"a port missing", func(c map[string]any) { delete(c, "stdin_port") }, "stdin_port is missing"},
		{"a port out of range", func(c map[string]any) { c["hb_port"] = 70000 }, "hb_port is missing or out of range: 70000"},
		{"a port of the wrong type", func(c map[string]any) { c["hb_port"] = "7" }, "hb_port"},
	} {
		data, err := json.Marshal(good)
		must(t, data, err)
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		c.change(fields)
		data, err = json.Marshal(fields)
		must(t, data, err)
		_, err = readConnection(t, string(data))
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	for _, text := range []string{"", "{", "[]", "not JSON"} {
		if _, err := readConnection(t, text); err == nil || !strings.Contains(err.Error(), "is not a JSON object") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := kernel.ReadConnection(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a missing file: %v", err)
	}
}

func readConnection(t *testing.T, text string) (kernel.Connection, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kernel.ReadConnection(file)
}

// TestCannotStart checks that a kernel that can't start says why and exits with status 1.
func TestCannotStart(t *testing.T) {
	conn, err := kerneltest.NewConnection()
	must(t, conn, err)
	conn.SignatureScheme = "hmac-sha1"
	file, err := kerneltest.WriteConnection(t.TempDir(), conn)
	must(t, file, err)
	running := start(t)
	taken, err := kerneltest.WriteConnection(t.TempDir(), running.Conn)
	must(t, taken, err)
	for _, c := range []struct{ name, file, want string }{
		{"unknown scheme", file, `supported is "hmac-sha256"`},
		{"no file", filepath.Join(t.TempDir(), "none.json"), "does not exist"},
		{"ports in use", taken, "opening the heartbeat socket"},
	} {
		cmd := front(t)
		cmd.Args = append(cmd.Args, c.file)
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v, output %q, want %q", c.name, err, out, c.want)
		}
	}
}
