package complete

import (
	"go/ast"
	"go/doc/comment"
	"go/format"
	"go/token"
	"go/types"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/viz/display"
)

// Inspect describes the name at pos, an offset into code in Unicode code points, or the function
// whose arguments pos lies in. Detail 1 adds the source of what the session declared. The bool says
// whether there was anything to describe.
func Inspect(env Env, code string, pos, detail int) (bundle display.Bundle, found bool) {
	// As in Complete: the type checker meets trees that no compiler has seen.
	defer func() {
		if r := recover(); r != nil {
			recovered(r)
			bundle, found = display.Bundle{}, false
		}
	}()
	at := byteOffset(code, pos)
	if b, ok := inspectMagic(&env, code, at); ok {
		return b, true
	}
	src := cell.Blank(code)
	start, end := wordAt(src, at)
	if !isName(src[start:end]) || !inPlainCode(src, start) {
		if start, end = calledAt(src, at); start == end {
			return display.Bundle{}, false
		}
	}
	if d, ok := describe(&env, src, start, end); ok {
		return d.bundle(&env, detail), true
	}
	return display.Bundle{}, false
}

// isName reports whether a word can be looked up.
func isName(word string) bool { return token.IsIdentifier(word) }

func inPlainCode(src string, at int) bool {
	what, _ := stateAt(lex(src[:at]), at)
	return what == inCode
}

// calledAt returns where the name stands of the function whose parentheses at lies in.
func calledAt(src string, at int) (start, end int) {
	if what, from := stateAt(lex(src[:at]), at); what == inComment {
		return 0, 0
	} else if what == inString {
		at = from // an argument may be a string
	}
	tokens := lex(src[:at])
	depth := 0
	for i := len(tokens) - 1; i > 0; i-- {
		switch tokens[i].tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth++
		case token.LBRACK, token.LBRACE:
			depth--
		case token.LPAREN:
			if depth--; depth < 0 && tokens[i-1].tok == token.IDENT {
				return tokens[i-1].pos, tokens[i-1].end
			}
		}
		if depth < 0 {
			return 0, 0
		}
	}
	return 0, 0
}

func inspectMagic(env *Env, code string, at int) (display.Bundle, bool) {
	start := strings.LastIndexByte(code[:at], '\n') + 1
	line, _, _ := strings.Cut(code[start:], "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	for _, m := range env.Magics {
		if m.Name == word {
			return bundle(m.Name, m.Help, m.Name+"\n\n"+m.Help), true
		}
	}
	return display.Bundle{}, false
}

// description is what is known of a name.
type description struct {
	obj    types.Object
	owner  string   // the type that a field or method was declared with
	via    string   // the type that it was selected from, where it was promoted
	source *checked // where obj was found
}

// describe finds out what a name means: in the cell as it stands, or, where that is too broken, in
// what stands before the name's end.
func describe(env *Env, src string, start, end int) (description, bool) {
	if s := whole(src, start); s != nil {
		if d, ok := describeCursor(env, s); ok {
			return d, true
		}
	}
	for s := range cuts(src[:end], start, src[start:end]) {
		if d, ok := describeCursor(env, s); ok {
			return d, true
		}
	}
	return description{}, false
}

func describeCursor(env *Env, s *source) (description, bool) {
	c := newChecked(env, s)
	obj := c.info.ObjectOf(c.cursor)
	if obj == nil {
		// The symbolic variable of a type switch has an object in each clause only.
		for _, implicit := range c.info.Implicits {
			if implicit.Pos() == c.cursor.Pos() {
				obj = implicit
				break
			}
		}
	}
	if obj == nil {
		obj = c.memberOfType()
	}
	if obj == nil {
		return description{}, false
	}
	if v, ok := obj.(*types.Var); ok && v.Type() == types.Typ[types.Invalid] {
		return description{}, false
	}
	d := description{obj: obj, source: c}
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv != nil {
			d.owner = typeName(recv.Type())
			if sel, ok := c.parent(1).(*ast.SelectorExpr); ok && c.info.Selections[sel] != nil {
				d.via = typeName(c.info.Selections[sel].Recv())
			}
		}
	case *types.Var:
		if obj.IsField() {
			d.owner = c.fieldOwner(obj)
		}
	}
	return d, true
}

// memberOfType is the field or method at the cursor of a type that a pointer's methods are asked of too: T.M, as documentation
// has it.
func (c *checked) memberOfType() types.Object {
	sel, ok := c.parent(1).(*ast.SelectorExpr)
	if !ok || sel.Sel != c.cursor {
		return nil
	}
	tv, ok := c.info.Types[sel.X]
	if !ok || !tv.IsType() {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(tv.Type, true, c.pkg, sel.Sel.Name)
	return obj
}

// typeName returns the name of a named type or of what a pointer to one points to.
func typeName(t types.Type) string {
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// fieldOwner returns the name of the struct type that declares the field at the cursor.
func (c *checked) fieldOwner(field *types.Var) string {
	switch p := c.parent(1).(type) {
	case *ast.SelectorExpr:
		sel, ok := c.info.Selections[p]
		if !ok {
			return ""
		}
		t := sel.Recv()
		for _, i := range sel.Index()[:len(sel.Index())-1] {
			if ptr, ok := t.Underlying().(*types.Pointer); ok {
				t = ptr.Elem()
			}
			st, ok := t.Underlying().(*types.Struct)
			if !ok {
				return ""
			}
			t = st.Field(i).Type()
		}
		return typeName(t)
	case *ast.KeyValueExpr:
		if lit, ok := c.parent(2).(*ast.CompositeLit); ok {
			return typeName(c.info.TypeOf(lit))
		}
	}
	return ""
}

// bundle renders the description.
func (d description) bundle(env *Env, detail int) display.Bundle {
	head, text := d.head(), d.doc(env)
	if p, ok := d.obj.(*types.PkgName); ok {
		text = symbols.Doc(p.Imported().Path(), "", "")
	}
	source := ""
	if detail > 0 {
		source = d.text(env)
	}
	p := comment.Parser{LookupSym: d.exports}
	doc := p.Parse(text)
	unlink(doc.Content)
	pr := comment.Printer{HeadingLevel: 4, TextWidth: 80}
	plain := head
	if text != "" {
		plain += "\n\n" + strings.TrimSpace(string(pr.Text(doc)))
	}
	markdown := fence(head)
	if text != "" {
		markdown += "\n\n" + strings.TrimSpace(string(pr.Markdown(doc)))
	}
	if source != "" {
		plain += "\n\nSource:\n\n" + source
		markdown += "\n\n**Source**\n\n" + fence(source)
	}
	return display.Bundle{Data: map[string]any{display.MIMEText: plain, display.MIMEMarkdown: markdown}}
}

// exports says whether a comment means something of its own package by [Name] or [Recv.Name].
func (d description) exports(recv, name string) bool {
	pkg := d.obj.Pkg()
	if p, ok := d.obj.(*types.PkgName); ok {
		pkg = p.Imported()
	}
	if recv != "" {
		name = recv
	}
	return pkg != nil && pkg.Scope().Lookup(name) != nil
}

// unlink leaves of links to documentation their text: a front end has no pages that they lead to.
func unlink(blocks []comment.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case *comment.Paragraph:
			plainLinks(b.Text)
		case *comment.Heading:
			plainLinks(b.Text)
		case *comment.List:
			for _, item := range b.Items {
				unlink(item.Content)
			}
		}
	}
}

func plainLinks(text []comment.Text) {
	for i, t := range text {
		if link, ok := t.(*comment.DocLink); ok {
			var b strings.Builder
			for _, t := range link.Text {
				if s, ok := t.(comment.Plain); ok {
					b.WriteString(string(s))
				}
			}
			text[i] = comment.Plain(b.String())
		}
	}
}

func bundle(head, text, plain string) display.Bundle {
	return display.Bundle{Data: map[string]any{display.MIMEText: plain, display.MIMEMarkdown: fence(head) + "\n\n" + text}}
}

// fence puts code between fences that it doesn't contain.
func fence(code string) string {
	f := "```"
	for strings.Contains(code, f) {
		f += "`"
	}
	return f + "go\n" + code + "\n" + f
}

// head is the declaration in one line, or in a few where a type's fields or methods are worth it.
func (d description) head() string {
	switch obj := d.obj.(type) {
	case *types.PkgName:
		return "package " + obj.Imported().Name() + " // import \"" + obj.Imported().Path() + `"`
	case *types.Func:
		name := obj.Name()
		if recv := obj.Signature().Recv(); recv != nil {
			r := typeString(recv.Type())
			if recv.Name() != "" && recv.Name() != "_" {
				r = recv.Name() + " " + r
			}
			name = "(" + r + ") " + name
		} else if q := d.qualifier(); q != "" {
			name = q + name
		}
		return "func " + name + parameters(obj.Signature())
	case *types.Builtin:
		return "func " + obj.Name() + strings.TrimPrefix(builtinSignatures[obj.Name()], "func")
	case *types.Const:
		t := ""
		if b, ok := obj.Type().(*types.Basic); !ok || b.Info()&types.IsUntyped == 0 {
			t = " " + typeString(obj.Type())
		}
		return "const " + d.qualifier() + obj.Name() + t + " = " + obj.Val().ExactString()
	case *types.Var:
		if obj.IsField() {
			return "field " + obj.Name() + " " + typeString(obj.Type())
		}
		return "var " + d.qualifier() + obj.Name() + " " + typeString(obj.Type())
	case *types.TypeName:
		return d.typeHead(obj)
	case *types.Nil:
		return "var nil Type // Type must be a pointer, channel, func, interface, map, or slice type"
	}
	return d.obj.String()
}

// qualifier is the package that an object of another package is named with.
func (d description) qualifier() string {
	if d.obj.Pkg() == nil || d.obj.Parent() != d.obj.Pkg().Scope() {
		return ""
	}
	if q := short(d.obj.Pkg()); q != "" && d.obj.Pkg() != d.source.pkg {
		return q + "."
	}
	return ""
}

// typeHead writes a type with the fields and methods that can be seen from a cell.
func (d description) typeHead(tn *types.TypeName) string {
	var b strings.Builder
	b.WriteString("type " + d.qualifier() + tn.Name())
	if a, ok := tn.Type().(*types.Alias); ok && tn.IsAlias() {
		return b.String() + " = " + typeString(a.Rhs())
	}
	if n, ok := tn.Type().(*types.Named); ok && n.TypeParams().Len() > 0 {
		for i := range n.TypeParams().Len() {
			sep := ", "
			if i == 0 {
				sep = "["
			}
			p := n.TypeParams().At(i)
			b.WriteString(sep + p.Obj().Name() + " " + typeString(p.Constraint()))
		}
		b.WriteString("]")
	}
	b.WriteString(" ")
	visible := func(obj types.Object) bool {
		return obj.Exported() || obj.Pkg() == d.source.pkg || short(obj.Pkg()) == ""
	}
	switch u := tn.Type().Underlying().(type) {
	case *types.Struct:
		b.WriteString("struct {")
		hidden := false
		lines := ""
		for f := range u.Fields() {
			if !visible(f) {
				hidden = true
				continue
			}
			if lines += "\n\t" + f.Name() + " "; f.Embedded() {
				lines = strings.TrimSuffix(lines, f.Name()+" ")
			}
			lines += typeString(f.Type())
		}
		if hidden {
			lines += "\n\t// unexported fields"
		}
		if lines != "" {
			lines += "\n"
		}
		b.WriteString(lines + "}")
	case *types.Interface:
		lines := ""
		for m := range u.Methods() {
			lines += "\n\t" + m.Name() + parameters(m.Signature())
		}
		if u.IsMethodSet() {
			if lines != "" {
				lines += "\n"
			}
			b.WriteString("interface {" + lines + "}")
		} else {
			b.WriteString(typeString(u))
		}
	default:
		b.WriteString(typeString(u))
	}
	if src, err := format.Source([]byte(b.String())); err == nil && d.qualifier() == "" {
		return string(src)
	}
	return b.String()
}

// doc returns the comment of what is described.
func (d description) doc(env *Env) string {
	name, member := d.obj.Name(), ""
	if d.owner != "" {
		name, member = d.owner, name
	}
	pkg := d.obj.Pkg()
	if pkg == nil {
		if f, ok := d.obj.(*types.Func); ok && f.Name() == "Error" {
			return "" // the method of error
		}
		return symbols.Doc("builtin", name, member)
	}
	if pkg != d.source.pkg && short(pkg) != "" {
		if d.owner == "" && d.obj.Parent() != pkg.Scope() {
			return "" // a parameter, or a field of a type without a name
		}
		text := symbols.Doc(pkg.Path(), name, member)
		if text == "" && d.via != "" {
			// go/doc lists the methods of unexported embedded types with the type that embeds them.
			text = symbols.Doc(pkg.Path(), d.via, member)
		}
		return text
	}
	return leadingComment(d.text(env), member)
}

// text returns the source of a declaration of the session or of the cell itself.
func (d description) text(env *Env) string {
	pkg := d.obj.Pkg()
	if pkg == nil || pkg != d.source.pkg && short(pkg) != "" {
		return ""
	}
	name := d.obj.Name()
	if _, isField := d.obj.(*types.Var); d.owner != "" {
		if name = d.owner + "." + name; isField {
			name = d.owner
		}
	}
	if pkg == d.source.pkg {
		return d.source.declaration(d.obj)
	}
	if env.Source == nil || d.owner == "" && d.obj.Parent() != pkg.Scope() {
		return ""
	}
	return strings.TrimSpace(env.Source(name))
}

// declaration returns the text of the cell's own declaration of a package-level object or method.
func (c *checked) declaration(obj types.Object) string {
	for _, d := range c.file.Decls {
		if !d.Pos().IsValid() || obj.Pos() < d.Pos() || obj.Pos() > d.End() {
			continue
		}
		start := d.Pos()
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Pos() != obj.Pos() {
				return ""
			}
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		case *ast.GenDecl:
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		}
		f := c.fset.File(c.file.FileStart)
		return c.text[f.Offset(start):f.Offset(d.End())]
	}
	return ""
}
