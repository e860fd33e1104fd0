package install

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Defaults of a Spec.
const (
	DefaultName        = "rg"
	DefaultDisplayName = "Go (rg)"
)

// ProtocolVersion is the version of the Jupyter messaging protocol that kernel.json announces. Not
// 5.6: that stands for the registration handshake.
const ProtocolVersion = "5.5"

//go:embed logos
var logos embed.FS

// Spec says how the kernel appears and starts. The zero value is the usual one.
type Spec struct {
	Name        string            // folder and kernel name; DefaultName if empty
	DisplayName string            // shown to people; DefaultDisplayName if empty
	Command     string            // path of rgkernel; the running executable if empty
	Copy        Copy              // whether the kernelspec gets a copy of the program, and starts that
	Env         map[string]string // set for the kernel when it starts
}

// kernelJSON is the file's content.
type kernelJSON struct {
	Argv            []string          `json:"argv"`
	DisplayName     string            `json:"display_name"`
	Language        string            `json:"language"`
	InterruptMode   string            `json:"interrupt_mode"`
	ProtocolVersion string            `json:"kernel_protocol_version"`
	Env             map[string]string `json:"env,omitempty"`
	Metadata        map[string]any    `json:"metadata"`
}

// startArgs follow the command in argv; they also tell our kernelspecs from others.
var startArgs = []string{"kernel", "-f", "{connection_file}"}

// resourceDir is what Jupyter replaces by the kernelspec's folder. A wheel's kernelspec names its program by it, since
// where that will lie isn't known when the wheel is made.
const resourceDir = "{resource_dir}"

// validName is what Jupyter takes for a kernel name.
var validName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// complete fills in the defaults and checks what was given.
func (s Spec) complete() (Spec, error) {
	var err error
	if s.Name, err = checkName(s.Name); err != nil {
		return s, err
	}
	if s.DisplayName == "" {
		s.DisplayName = DefaultDisplayName
	}
	for key := range s.Env {
		if key == "" || strings.ContainsAny(key, "=\x00") {
			return s, fmt.Errorf("environment variable name %q is not valid", key)
		}
	}
	if s.Command == "" {
		exe, err := os.Executable()
		if err != nil {
			return s, fmt.Errorf("can't tell where this program is: %w", err)
		}
		s.Command = exe
		if s.Copy == CopyTemporary && Temporary(exe) {
			s.Copy = CopyAlways
		}
	}
	s.Command, err = filepath.Abs(s.Command)
	return s, err
}

// ErrName is the error of a kernelspec's name that Jupyter would not take.
var ErrName = errors.New("use letters, digits, - . and _ only")

func checkName(name string) (string, error) {
	if name == "" {
		name = DefaultName
	}
	if !validName.MatchString(name) || strings.Trim(name, ".") == "" {
		return "", fmt.Errorf("kernel name %q: %w", name, ErrName)
	}
	return strings.ToLower(name), nil // as Jupyter does
}

func (s Spec) json() ([]byte, error) {
	text, err := json.MarshalIndent(kernelJSON{
		Argv:            append([]string{s.Command}, startArgs...),
		DisplayName:     s.DisplayName,
		Language:        "go",
		InterruptMode:   "message",
		ProtocolVersion: ProtocolVersion,
		Env:             s.Env,
		Metadata:        map[string]any{"debugger": false},
	}, "", " ")
	return append(text, '\n'), err
}
