package report

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/rustygradients/rg/internal/report/mathml"
)

var (
	kindMath      = ast.NewNodeKind("Math")
	kindMathBlock = ast.NewNodeKind("MathBlock")
)

// mathNode is a formula within a line: $…$, or $$…$$ there.
type mathNode struct {
	ast.BaseInline
	tex     string
	display bool
}

func (n *mathNode) Kind() ast.NodeKind { return kindMath }

func (n *mathNode) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// mathBlockNode is a formula with lines of its own: $$ … $$ or \begin{…} … \end{…}.
type mathBlockNode struct {
	ast.BaseBlock
	end    string // what closes it
	closed bool
}

func (n *mathBlockNode) Kind() ast.NodeKind { return kindMathBlock }

func (n *mathBlockNode) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

func (n *mathBlockNode) IsRaw() bool { return true }

func newReader(src []byte) text.Reader { return text.NewReader(src) }

// mathInline finds $…$ as Jupyter and Pandoc do: no space inside the dollars, no digit after them,
// so that "$5 and $6" stays money.
type mathInline struct{}

func (mathInline) Trigger() []byte { return []byte{'$'} }

func (mathInline) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if bytes.HasPrefix(line, []byte("$$")) {
		end := bytes.Index(line[2:], []byte("$$"))
		if end <= 0 {
			return nil
		}
		block.Advance(end + 4)
		return &mathNode{tex: string(line[2 : end+2]), display: true}
	}
	if len(line) < 3 || line[1] == ' ' || line[1] == '\t' || line[1] == '\n' {
		return nil
	}
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] != '$':
		case i == 1 || line[i-1] == ' ' || line[i-1] == '\t':
			return nil
		case i+1 < len(line) && '0' <= line[i+1] && line[i+1] <= '9':
			return nil
		default:
			block.Advance(i + 1)
			return &mathNode{tex: string(line[1:i])}
		}
	}
	return nil
}

type mathBlock struct{}

func (mathBlock) Trigger() []byte { return []byte{'$', '\\'} }

func (mathBlock) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	trimmed := bytes.TrimSpace(line)
	n := &mathBlockNode{}
	switch {
	case bytes.HasPrefix(trimmed, []byte("$$")):
		n.end = "$$"
		rest := trimmed[2:]
		if i := bytes.Index(rest, []byte("$$")); i >= 0 {
			if i == 0 || len(bytes.TrimSpace(rest[i+2:])) > 0 {
				return nil, parser.NoChildren // "$$$$", or text after it: a line like any other
			}
			n.closed = true
		}
	case bytes.HasPrefix(trimmed, []byte(`\begin{`)):
		name, _, ok := bytes.Cut(trimmed[len(`\begin{`):], []byte("}"))
		if !ok {
			return nil, parser.NoChildren
		}
		n.end = `\end{` + string(name) + "}"
		n.closed = bytes.Contains(trimmed, []byte(n.end))
	default:
		return nil, parser.NoChildren
	}
	n.Lines().Append(seg)
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (mathBlock) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*mathBlockNode)
	if n.closed {
		return parser.Close
	}
	line, seg := reader.PeekLine()
	n.Lines().Append(seg)
	n.closed = bytes.HasSuffix(bytes.TrimSpace(line), []byte(n.end))
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (mathBlock) Close(ast.Node, text.Reader, parser.Context) {}

func (mathBlock) CanInterruptParagraph() bool { return true }

func (mathBlock) CanAcceptIndentedLine() bool { return false }

func (m *markdown) math(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *mathNode:
		_, _ = w.WriteString(mathHTML(n.tex, n.display))
	case *mathBlockNode:
		tex := strings.TrimSpace(linesText(n, src))
		if n.end == "$$" {
			tex = strings.TrimSuffix(strings.TrimPrefix(tex, "$$"), "$$")
		}
		_, _ = w.WriteString(`<div class="formula">` + mathHTML(tex, true) + "</div>\n")
	}
	return ast.WalkSkipChildren, nil
}

// mathHTML is MathML where the formula is understood, and its legible source where it is not.
func mathHTML(tex string, display bool) string {
	if m, err := mathml.FromTeX(tex, display); err == nil {
		return m
	}
	return `<code class="tex">` + html.EscapeString(strings.TrimSpace(tex)) + "</code>"
}
