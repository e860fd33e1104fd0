package engine

import (
	"context"
	"encoding/json"

	"github.com/rustygradients/rg/viz/display"
)

// Engine runs the cells of one session.
type Engine interface {
	// Info says which language the cells are written in.
	Info() LanguageInfo

	// Execute runs one cell to its end. It returns nil, or an *Error that says what a person should
	// see. Cancelling ctx interrupts the cell: Execute then returns soon with an *Error named
	// Interrupted, and everything defined before stays usable.
	Execute(ctx context.Context, cell Cell, out Output) error

	// Complete proposes what may stand at pos, an offset into code in Unicode code points.
	Complete(ctx context.Context, code string, pos int) Completion

	// Inspect describes the name at pos (code points). Detail 0 gives signature and documentation,
	// detail 1 adds source. The bool says whether there was anything to describe.
	Inspect(ctx context.Context, code string, pos, detail int) (display.Bundle, bool)

	// IsComplete tells a line-oriented front end whether code is ready to run: status is one of
	// "complete", "incomplete", "invalid", "unknown"; indent is what the next line should begin with.
	IsComplete(code string) (status, indent string)

	// Evaluate computes user expressions, each on its own: the values are bundles or errors.
	Evaluate(exprs map[string]string) map[string]Evaluation

	// Comm hands over a comm message from a front end. It waits its turn with cells.
	Comm(ctx context.Context, msg CommMessage, out Output) error

	// Debug answers a Debug Adapter Protocol request. Engines without a debugger return ErrUnsupported.
	Debug(ctx context.Context, req json.RawMessage) (json.RawMessage, error)
}

// Restorer is implemented by an engine whose declarations can outlive its process.
type Restorer interface {
	// State returns what a fresh engine needs to be told, and what it will be missing.
	State() State

	// Restore declares a former session's imports, types and functions again. Nothing runs.
	Restore(State) error
}

// State is what is known of a session from outside: source that can be declared again without
// running anything, and the names of variables, whose values die with the process.
type State struct {
	Declarations []string `json:"declarations,omitempty"`
	Variables    []string `json:"variables,omitempty"`
	Dir          string   `json:"dir,omitempty"` // the current folder, where it is not the one that the process began in
}

// Cell is one piece of code to run.
type Cell struct {
	ID     string // of the cell in its notebook, where the front end tells; it outlives Number
	Number int    // the n of "In [n]", named in tracebacks
	Code   string // source text as typed
	Silent bool   // show no result: Output.Result is not called

	// Args are the os.Args of a program; nil in a notebook, whose cells say their own.
	Args []string
}

// Output is where a running cell shows things. Its methods may be called from any goroutine and
// return once the item's place in the order is fixed.
type Output interface {
	Stream(name, text string) // name is "stdout" or "stderr"
	Display(display.Bundle)
	Update(display.Bundle) // replaces what carries the same display ID
	Result(display.Bundle) // the value of the cell's last expression
	Clear(wait bool)       // wait: only when the next output arrives
	Page(display.Bundle)   // shown in the front end's pager, at the end of the cell
	Rewrite(code string)   // takes the place of the cell's text, at the end of the cell
	Comm(CommMessage)

	// ReadLine asks the person at the front end for a line; hide is for passwords. It fails with
	// ErrNoInput where the front end can't answer, and when the cell is interrupted.
	ReadLine(prompt string, hide bool) (string, error)
}

// LanguageInfo is the language_info of a kernel_info_reply.
type LanguageInfo struct {
	Name           string `json:"name"`
	Version        string `json:"version"`
	MIMEType       string `json:"mimetype"`
	FileExtension  string `json:"file_extension"`
	PygmentsLexer  string `json:"pygments_lexer,omitempty"`
	CodeMirrorMode string `json:"codemirror_mode,omitempty"`
	NBConvert      string `json:"nbconvert_exporter,omitempty"`
}

// Completion is the answer to a completion request. Start and End are code points: the text
// between them is what a match replaces.
type Completion struct {
	Start, End int
	Matches    []Match
}

// Match is one proposal. Kind is one of the words that front ends have icons for: "function",
// "method", "variable", "constant", "type", "field", "package", "keyword".
type Match struct {
	Text      string
	Kind      string
	Signature string
}

// Evaluation is the outcome of one user expression.
type Evaluation struct {
	Bundle display.Bundle
	Err    *Error
}

// CommMessage is one comm_open, comm_msg or comm_close, in either direction.
type CommMessage struct {
	Type       string          `json:"type"` // "comm_open", "comm_msg" or "comm_close"
	ID         string          `json:"id"`
	TargetName string          `json:"target_name,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Buffers    [][]byte        `json:"-"`
}
