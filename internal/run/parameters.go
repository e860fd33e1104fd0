package run

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/interp/cell"
)

// The tags of papermill: of the cell that holds a notebook's parameters, and of the one that replaces them.
const (
	tagParameters = "parameters"
	tagInjected   = "injected-parameters"
)

// Parameter is a value that a notebook is run with.
type Parameter struct{ Name, Value string }

// ParseParameter reads name=value.
func ParseParameter(s string) (Parameter, error) {
	name, value, ok := strings.Cut(s, "=")
	name = strings.TrimSpace(name)
	if !ok || !token.IsIdentifier(name) {
		return Parameter{}, fmt.Errorf("a parameter is written name=value, not %q", s)
	}
	return Parameter{name, value}, nil
}

// Inject puts a cell that sets the parameters behind the cell tagged "parameters", as papermill does; one that an
// earlier run put there is replaced. A value becomes one of the variable's type, as far as the cell's text
// tells that type. A notebook without such a cell gets its parameters at the top, typed by their looks.
func Inject(nb *notebook.Notebook, params []Parameter) error {
	if len(params) == 0 {
		return nil
	}
	nb.Cells = slices.DeleteFunc(nb.Cells, func(c *notebook.Cell) bool { return c.HasTag(tagInjected) })
	at := slices.IndexFunc(nb.Cells, func(c *notebook.Cell) bool { return c.Type == notebook.Code && c.HasTag(tagParameters) })
	lines := []string{"// Parameters"}
	if at < 0 {
		for _, p := range params {
			lines = append(lines, p.Name+" := "+guess(p.Value))
		}
	} else {
		defaults, err := declared(nb.Cells[at].Source)
		if err != nil {
			return fmt.Errorf("the cell of parameters: %w", err)
		}
		for _, p := range params {
			typ, ok := defaults[p.Name]
			if !ok {
				return fmt.Errorf("no parameter %s: there are %s", p.Name, strings.Join(slices.Sorted(maps.Keys(defaults)), ", "))
			}
			text, err := literal(typ, p.Value)
			if err != nil {
				return fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			lines = append(lines, p.Name+" = "+text)
		}
	}
	injected := &notebook.Cell{
		Type: notebook.Code, Source: strings.Join(lines, "\n"),
		Metadata: map[string]any{"tags": []any{tagInjected}},
	}
	nb.Cells = slices.Insert(nb.Cells, at+1, injected)
	return nil
}

// declared returns the variables that a cell defines, with the text of their types, "" where it doesn't tell.
func declared(src string) (map[string]string, error) {
	c, err := cell.Parse(cell.NewFileSet(), 1, src)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{}
	for _, s := range c.Stmts {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				continue
			}
			for i, x := range s.Lhs {
				if id, ok := x.(*ast.Ident); ok && len(s.Lhs) == len(s.Rhs) {
					vars[id.Name] = typeOf(s.Rhs[i])
				} else if ok {
					vars[id.Name] = ""
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, id := range v.Names {
					switch {
					case v.Type != nil:
						vars[id.Name] = exprText(v.Type)
					case len(v.Values) == len(v.Names):
						vars[id.Name] = typeOf(v.Values[i])
					default:
						vars[id.Name] = ""
					}
				}
			}
		}
	}
	return vars, nil
}

// typeOf tells an expression's type by its text, where that is plain.
func typeOf(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string", token.CHAR: "rune"}[x.Kind]
	case *ast.Ident:
		if x.Name == "true" || x.Name == "false" {
			return "bool"
		}
	case *ast.ParenExpr:
		return typeOf(x.X)
	case *ast.UnaryExpr:
		if x.Op == token.SUB || x.Op == token.ADD || x.Op == token.NOT {
			return typeOf(x.X)
		}
	case *ast.CompositeLit:
		return exprText(x.Type)
	case *ast.CallExpr:
		if id, ok := x.Fun.(*ast.Ident); ok && len(x.Args) == 1 && (parsers[id.Name] != nil) {
			return id.Name
		}
	case *ast.SelectorExpr:
		if isTime(x) {
			return "time.Duration"
		}
	case *ast.BinaryExpr:
		a, b := typeOf(x.X), typeOf(x.Y)
		switch {
		case a == "time.Duration" || b == "time.Duration":
			return "time.Duration"
		case a == b:
			return a
		case a == "float64" && b == "int" || a == "int" && b == "float64":
			return "float64"
		}
	}
	return ""
}

func isTime(x *ast.SelectorExpr) bool {
	id, ok := x.X.(*ast.Ident)
	return ok && id.Name == "time" && slices.Contains([]string{"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"}, x.Sel.Name)
}

// exprText is the source of a type.
func exprText(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return exprText(x.X) + "." + x.Sel.Name
	case *ast.ArrayType:
		if x.Len == nil {
			return "[]" + exprText(x.Elt)
		}
	}
	return ""
}

// parsers turn a value into the text of a Go literal, by type.
var parsers = map[string]func(value string) (string, error){
	"string": func(v string) (string, error) { return strconv.Quote(v), nil },
	"bool": func(v string) (string, error) {
		b, err := strconv.ParseBool(v)
		return strconv.FormatBool(b), err
	},
	"int": integer(64), "int8": integer(8), "int16": integer(16), "int32": integer(32), "int64": integer(64), "rune": character,
	"uint": unsigned(64), "uint8": unsigned(8), "byte": unsigned(8), "uint16": unsigned(16), "uint32": unsigned(32), "uint64": unsigned(64),
	"float32": float(32), "float64": float(64),
	"time.Duration": func(v string) (string, error) {
		d, err := time.ParseDuration(v)
		return fmt.Sprintf("%d // %v", int64(d), d), err
	},
}

func integer(bits int) func(string) (string, error) {
	return func(v string) (string, error) {
		n, err := strconv.ParseInt(v, 0, bits)
		return strconv.FormatInt(n, 10), err
	}
}

func unsigned(bits int) func(string) (string, error) {
	return func(v string) (string, error) {
		n, err := strconv.ParseUint(v, 0, bits)
		return strconv.FormatUint(n, 10), err
	}
}

func character(v string) (string, error) {
	if r := []rune(v); len(r) == 1 && (r[0] < '0' || r[0] > '9') {
		return strconv.QuoteRune(r[0]), nil
	}
	return integer(32)(v)
}

func float(bits int) func(string) (string, error) {
	return func(v string) (string, error) {
		f, err := strconv.ParseFloat(v, bits)
		if err == nil && (math.IsInf(f, 0) || math.IsNaN(f)) {
			return "", fmt.Errorf("%s is no constant in Go", v)
		}
		text := strconv.FormatFloat(f, 'g', -1, bits)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text, err
	}
}

// literal is a value as a Go expression of a type. Of a type that isn't known, a Go expression stays what it is, and
// anything else is a string.
func literal(typ, value string) (string, error) {
	if parse := parsers[typ]; parse != nil {
		text, err := parse(value)
		if err != nil {
			return "", fmt.Errorf("it is of type %s, and %q is not", typ, value)
		}
		return text, nil
	}
	if elem, ok := strings.CutPrefix(typ, "[]"); ok && strings.HasPrefix(strings.TrimSpace(value), "[") && parsers[elem] != nil {
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(value), &list); err == nil {
			parts := make([]string, len(list))
			for i, raw := range list {
				item := string(raw)
				var s string
				if json.Unmarshal(raw, &s) == nil {
					item = s
				}
				text, err := literal(elem, item)
				if err != nil {
					return "", fmt.Errorf("element %d: %w", i, err)
				}
				parts[i], _, _ = strings.Cut(text, " //")
				if elem == "string" {
					parts[i] = text
				}
			}
			return typ + "{" + strings.Join(parts, ", ") + "}", nil
		}
	}
	if _, err := parser.ParseExpr(value); err == nil {
		return value, nil
	}
	if typ != "" && typ != "any" {
		return "", fmt.Errorf("it is of type %s, and %q is no Go expression", typ, value)
	}
	return strconv.Quote(value), nil
}

// guess is a value as what it looks like: a number, true or false, or a string.
func guess(value string) string {
	for _, typ := range []string{"int", "float64"} {
		if text, err := parsers[typ](value); err == nil {
			return text
		}
	}
	if value == "true" || value == "false" {
		return value
	}
	return strconv.Quote(value)
}
