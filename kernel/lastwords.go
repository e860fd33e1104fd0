package kernel

import (
	"bytes"
	"regexp"
	"strings"
)

// maxHeld bounds what is held back of a worker's standard error.
const maxHeld = 4 << 20

// dumpStarts are the beginnings of lines with which the Go runtime starts to report its own death.
var dumpStarts = [][]byte{
	[]byte("fatal error: "),
	[]byte("panic: "),
	[]byte("runtime: "),
	[]byte("SIG"), // SIGSEGV: segmentation violation
	[]byte("unexpected fault address "),
}

// lastWords holds back from standard error what looks like the Go runtime's report of a fatal error,
// until it is known whether the worker died of it: the report then becomes the error's traceback,
// and nothing else is shown. What turns out to be a cell's own text is let go.
type lastWords struct {
	held    []byte
	midLine bool // what was let through last didn't end a line
}

// pass takes text and returns how much of what it has may be shown now.
func (w *lastWords) pass(text []byte) []byte {
	if len(w.held) > 0 {
		w.held = append(w.held, text...)
		if len(w.held) > maxHeld {
			return w.release()
		}
		return nil
	}
	start := dumpStart(text, w.midLine)
	if start < 0 {
		w.note(text)
		return text
	}
	w.held = append(w.held, text[start:]...)
	w.note(text[:start])
	return text[:start]
}

// release lets go of what is held back: the worker lives.
func (w *lastWords) release() []byte {
	text := w.held
	w.held = nil
	w.note(text)
	return text
}

func (w *lastWords) note(text []byte) {
	if len(text) > 0 {
		w.midLine = text[len(text)-1] != '\n'
	}
}

// dumpStart returns where in text a line begins that may begin a report, or -1.
func dumpStart(text []byte, midLine bool) int {
	for at := 0; at < len(text); {
		if at > 0 || !midLine {
			for _, s := range dumpStarts {
				if line := text[at:]; bytes.HasPrefix(line, s) || len(line) < len(s) && bytes.HasPrefix(s, line) {
					return at
				}
			}
		}
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return -1
		}
		at += end + 1
	}
	return -1
}

const (
	maxDumpLines = 4 // of the stack shown to a person; the log has more
	maxDumpScan  = 4000
)

var (
	cellLine   = regexp.MustCompile(`In \[\d+\]`)
	addresses  = regexp.MustCompile(`\([^()]*\)$| \+0x[0-9a-f]+$`)
	runtimePkg = regexp.MustCompile(`^(runtime[./]|internal/|reflect\.|panic\()`)
	// machinery is what runs the cell: other people's modules, the engine and this package.
	machinery = regexp.MustCompile(`@v\d|/rg/(interp|kernel)/`)
)

// epitaph makes of a runtime's report the line that says what happened and the lines that help to
// find where. Both are empty if the report says nothing.
func epitaph(report string) (message string, trace []string) {
	lines := strings.Split(report, "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") ||
			message == "" && strings.HasPrefix(line, "SIG") {
			message = strings.TrimSpace(line)
			break
		}
	}
	if message == "" {
		return "", nil
	}
	for _, line := range lines {
		// What the cell can do nothing about is only named: its size, say.
		if strings.HasPrefix(line, "runtime: goroutine stack exceeds") {
			trace = append(trace, strings.TrimPrefix(line, "runtime: "))
		}
	}
	return message, append(trace, stack(lines)...)
}

// stack returns the first goroutine's calls without those of the runtime and of what runs cells, and
// every line that names a cell. A call takes two lines of a report: the function, and after a tab its place.
func stack(lines []string) []string {
	var out []string
	inStack, hidden := false, 0
	lines = lines[:min(len(lines), maxDumpScan)]
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "goroutine ") && strings.HasSuffix(line, ":"):
			inStack = len(out) == 0
			continue
		case line == "":
			inStack = false
			continue
		}
		call := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t")
		if call {
			i++
			place := addresses.ReplaceAllString(strings.TrimSpace(lines[i]), "")
			line = addresses.ReplaceAllString(line, "") + "  " + place
		}
		switch {
		case cellLine.MatchString(line):
		case !inStack || !call || runtimePkg.MatchString(line) || machinery.MatchString(line):
			continue
		case len(out) >= maxDumpLines:
			hidden++
			continue
		}
		if len(out) < 2*maxDumpLines {
			out = append(out, "  "+strings.TrimSpace(line))
		}
	}
	if hidden > 0 {
		out = append(out, "  …")
	}
	return out
}
