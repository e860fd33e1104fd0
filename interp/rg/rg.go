package rg

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rustygradients/rg/viz/display"
)

// Host is the notebook that a cell runs in.
type Host interface {
	// ReadLine asks the person at the front end for a line; hide is for passwords.
	ReadLine(prompt string, hide bool) (string, error)

	// Magic runs a line that is a magic: "!ls", "%cd data".
	Magic(line string) error

	// Reset makes the session forget everything when the cell has ended.
	Reset()

	// SendComm sends a comm_open, comm_msg or comm_close to the front ends.
	SendComm(kind, id, target string, data json.RawMessage, buffers [][]byte)
}

type holder struct{ Host }

var host atomic.Pointer[holder]

// SetHost makes h the notebook of this process and returns the former one. nil restores the
// terminal. It is for engines; cells have no use for it.
func SetHost(h Host) Host {
	var next *holder
	if h != nil {
		next = &holder{h}
	}
	if old := host.Swap(next); old != nil {
		return old.Host
	}
	return nil
}

func current() Host {
	if h := host.Load(); h != nil {
		return h.Host
	}
	return terminal{}
}

// Input shows a prompt and returns the line that the person types, without its line end. It panics
// with the reason where no one can answer.
func Input(prompt string) string { return read(prompt, false) }

// Password is like Input, but what is typed isn't shown, and is in no history.
func Password(prompt string) string { return read(prompt, true) }

func read(prompt string, hide bool) string {
	line, err := current().ReadLine(prompt, hide)
	if err != nil {
		panic(err)
	}
	return line
}

// Display shows values below the cell, each in its richest form.
func Display(values ...any) { display.Show(values...) }

// Background runs f beside the cells. An interrupt doesn't end it, and a panic in it is reported and
// ends f alone.
func Background(f func()) {
	go func() {
		defer func() {
			if r := recover(); r != nil {
				fmt.Fprintf(os.Stderr, "panic in rg.Background: %v\n\n%s", r, debug.Stack())
			}
		}()
		f()
	}()
}

// Reset makes the session forget its variables, declarations and imports when the cell has ended. In
// a compiled program it does nothing.
func Reset() { current().Reset() }

// Magic runs a magic that can stand between statements: a line for the shell ("!ls data"), %cd or %env. A line
// like that in a cell is written as a call of it. It panics with the reason where that fails, a shell's command
// that ends with another status than 0 among them. Compiled programs have no magics.
func Magic(line string) {
	if err := current().Magic(line); err != nil {
		panic(err)
	}
}

// terminal is the host of compiled programs.
type terminal struct{}

var (
	stdinLock sync.Mutex
	stdin     = bufio.NewReader(os.Stdin)
)

func (terminal) ReadLine(prompt string, _ bool) (string, error) {
	stdinLock.Lock()
	defer stdinLock.Unlock()
	fmt.Print(prompt)
	line, err := stdin.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (terminal) Reset() {}

func (terminal) Magic(line string) error {
	return fmt.Errorf("rg.Magic(%q): a compiled program has no magics", line)
}
func (terminal) SendComm(string, string, string, json.RawMessage, [][]byte) {}
