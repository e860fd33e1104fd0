package repl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/rustygradients/rg/internal/atomicfile"
)

// remembered is how many cells a history keeps.
const remembered = 10_000

// DefaultHistory is the file of a person's history: in the folder for the state of programs, or "" where none can be
// told.
func DefaultHistory() string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "rg", "repl.jsonl")
	}
	if runtime.GOOS != "windows" && runtime.GOOS != "darwin" {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, ".local", "state", "rg", "repl.jsonl")
		}
		return ""
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "rg", "repl.jsonl")
	}
	return ""
}

// history implements the editor's source of earlier input. Several sessions may append to one file.
type history struct {
	path  string
	cells []string
}

// openHistory reads what there is. A file that can't be read is left alone, and nothing is kept.
func openHistory(path string) *history {
	h := &history{}
	if path == "" {
		return h
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return h
	}
	h.path = path
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, max(len(text)+1, 64<<10))
	for lines.Scan() {
		var cell string
		if json.Unmarshal(lines.Bytes(), &cell) == nil && cell != "" { // a line cut short by a full disk is no reason to stop
			h.cells = append(h.cells, cell)
		}
	}
	if len(h.cells) > 2*remembered {
		h.cells = h.cells[len(h.cells)-remembered:]
		var b bytes.Buffer
		for _, c := range h.cells {
			b.Write(encoded(c))
		}
		_ = atomicfile.Write(path, b.Bytes()) // else it stays long
	}
	return h
}

func encoded(cell string) []byte {
	line, _ := json.Marshal(cell) // a string can always be written
	return append(line, '\n')
}

// setting finds what %env sets, which may be a key.
var setting = regexp.MustCompile(`(?m)^([ \t]*%env[ \t]+[^\s=]+)[ \t]*[=\s].*$`)

// forget takes out of a cell what no history keeps.
func forget(cell string) string { return setting.ReplaceAllString(cell, "$1=…") }

// Write implements the editor's interface: it adds a cell.
func (h *history) Write(cell string) (int, error) {
	cell = forget(strings.TrimRight(cell, "\n "))
	if cell == "" || len(h.cells) > 0 && h.cells[len(h.cells)-1] == cell {
		return len(h.cells), nil
	}
	h.cells = append(h.cells, cell)
	if h.path == "" {
		return len(h.cells), nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return len(h.cells), err
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return len(h.cells), err
	}
	_, err = f.Write(encoded(cell))
	return len(h.cells), errors.Join(err, f.Close())
}

// GetLine implements the editor's interface.
func (h *history) GetLine(pos int) (string, error) {
	if pos < 0 || pos >= len(h.cells) {
		return "", fmt.Errorf("the history has no entry %d", pos)
	}
	return h.cells[pos], nil
}

// Len implements the editor's interface.
func (h *history) Len() int { return len(h.cells) }

// Dump implements the editor's interface.
func (h *history) Dump() any { return h.cells }
