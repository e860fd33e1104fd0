package check

import (
	"cmp"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// MaxErrors is how many mistakes of a cell are told at once.
const MaxErrors = 10

// Error is one mistake in a cell.
type Error struct {
	Pos  token.Position // cell, line and column
	Msg  string         // the Go compiler's words
	Hint string         // what to do, where that can be told; else ""
}

func (e *Error) Error() string {
	s := e.Pos.String() + ": " + e.Msg
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Errors are the mistakes of a cell, in the order of the text.
type Errors struct {
	List []*Error // at most MaxErrors
	More int      // how many there were beyond that
}

func (e *Errors) Error() string {
	var b strings.Builder
	for i, one := range e.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// NewErrors puts mistakes in order, drops repetitions and limits their number. It returns nil where
// there are none.
func NewErrors(list []*Error) *Errors {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	list = slices.CompactFunc(list, func(a, b *Error) bool { return a.Pos == b.Pos && a.Msg == b.Msg })
	errs := &Errors{List: list}
	if len(list) > MaxErrors {
		errs.List, errs.More = list[:MaxErrors], len(list)-MaxErrors
	}
	return errs
}

// syntaxHints say what is meant by what is written in cells but isn't Go.
var syntaxHints = map[string]string{
	"syntax error: expected 1 expression":            "several values are shown by fmt.Println(a, b) or []any{a, b}",
	"syntax error: unexpected %, expected statement": outside,
	"syntax error: unexpected %, expected }":         outside,
	"more than one character in rune literal":        "strings are written in double quotes",
}

const outside = "a magic begins its line, outside of functions and loops"

// SyntaxErrors turns what cell.Parse returns into Errors.
func SyntaxErrors(err error) *Errors {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return NewErrors([]*Error{{Msg: err.Error()}})
	}
	var out []*Error
	for _, e := range list {
		out = append(out, &Error{Pos: e.Pos, Msg: e.Msg, Hint: syntaxHints[e.Msg]})
	}
	return NewErrors(out)
}

// Explain turns errors of go/types into Errors, with hints.
func (c *Checked) Explain(fset *token.FileSet, errs []types.Error, hint func(name string) string) []*Error {
	var out []*Error
	for _, e := range errs {
		msg := strings.Replace(sayAgain(Plain(e.Msg)), " in assignment to _ identifier", "", 1) // of a result's stand-in
		if strings.HasPrefix(msg, "\t") {                                                       // a second place that belongs to the error before
			if n := len(out); n > 0 {
				p := fset.Position(e.Pos)
				out[n-1].Msg += fmt.Sprintf("\n\t%s: %s", p, strings.TrimSpace(msg))
			}
			continue
		}
		out = append(out, &Error{Pos: fset.Position(e.Pos), Msg: msg, Hint: c.hint(e, hint)})
	}
	return out
}

// words are where go/types and the Go compiler differ, which finds labels and prints expressions by other means.
var words = []struct {
	theirs *regexp.Regexp
	its    string
}{
	{regexp.MustCompile(`^label (\S+) declared and not used$`), "label $1 defined and not used"},
	{regexp.MustCompile(`^label (\S+) not declared$`), "label $1 not defined"},
	{regexp.MustCompile(`^label (\S+) already declared$`), "label $1 already defined"},
	{regexp.MustCompile(`^invalid break label (\S+)$`), "break label not defined: $1"},
	{regexp.MustCompile(`^break not in for, switch, or select statement$`), "break is not in a loop, switch, or select"},
	{regexp.MustCompile(`^continue not in for statement$`), "continue is not in a loop"},
	{regexp.MustCompile(`\((func\(.*\).*) literal\)`), "$1 {…}"},
}

// sayAgain puts a message of go/types into the compiler's words.
func sayAgain(msg string) string {
	for _, w := range words {
		msg = w.theirs.ReplaceAllString(msg, w.its)
	}
	return msg
}
