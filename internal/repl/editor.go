package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/reeflective/readline"

	"github.com/rustygradients/rg/kernel/engine"
)

// errCancelled says that Ctrl-C threw away what was typed.
var errCancelled = errors.New("cancelled")

// completeLimit bounds the wait for completions.
const completeLimit = 2 * time.Second

// editor reads cells from a terminal.
type editor struct {
	shell *readline.Shell
	eng   engine.Engine
}

// newEditor returns an editor whose prompt counts cells by number.
func newEditor(eng engine.Engine, historyFile string, number func() int) *editor {
	e := &editor{shell: readline.NewShell(), eng: eng}
	e.shell.Prompt.Primary(func() string { return fmt.Sprintf("In [%d]: ", number()) })
	// The editor would ask the terminal where its cursor is, and take a key that was typed meanwhile for the answer.
	if err := e.shell.Config.Set("cursor-position-probe", false); err != nil {
		panic("repl: " + err.Error()) // the editor has no such option any more
	}
	e.shell.AcceptMultiline = e.complete
	e.shell.Completer = e.completions
	e.shell.History.Delete() // the one in memory, under a name of its own
	e.shell.History.Add("cells", openHistory(historyFile))
	return e
}

func (e *editor) read() (string, error) {
	code, err := e.shell.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errCancelled
	}
	return code, err
}

// complete says whether Enter runs the cell. An empty line after an empty line runs it in any case: its error says
// what is missing.
func (e *editor) complete(line []rune) bool {
	code := string(line)
	if strings.HasSuffix(code, "\n\n") {
		return true
	}
	if _, _, ok := question(code); ok {
		return true
	}
	status, _ := e.eng.IsComplete(code)
	return status != "incomplete"
}

// completions asks the engine. The editor completes words between blanks, the engine a part of one: what stands
// before that part goes in front of each value.
func (e *editor) completions(line []rune, cursor int) readline.Completions {
	ctx, cancel := context.WithTimeout(context.Background(), completeLimit)
	defer cancel()
	c := e.eng.Complete(ctx, string(line), cursor)
	from := cursor
	for from > 0 && !unicode.IsSpace(line[from-1]) {
		from--
	}
	start := max(from, min(c.Start, cursor))
	before := string(line[from:start])
	values := make([]readline.Completion, 0, len(c.Matches))
	for _, m := range c.Matches {
		values = append(values, readline.Completion{Value: before + m.Text, Display: m.Text, Description: description(m), Tag: m.Kind})
	}
	out := readline.CompleteRaw(values)
	out.PREFIX = string(line[from:cursor])
	return out.NoSpace('*').NoSort()
}

// description is one line about a match.
func description(m engine.Match) string {
	text, _, _ := strings.Cut(m.Signature, "\n")
	if r := []rune(text); len(r) > 70 {
		text = string(r[:69]) + "…"
	}
	return text
}
