//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// The collector takes a frame for what it is, a block of memory, and keeps all that it points to:
// variables that are not read again, and those of calls that are long over, in frames that wait for
// the next call. So a goroutine forgets these at its first call of compiled code after each
// collection, and the next one sees what compiled code would have shown it.

// lifetime is a slot with pointers and the part of the source, from one position to another, outside
// of which nobody reads it.
type lifetime struct {
	slot
	from, to token.Pos
	call     token.Pos // of a statement that reads it for the last time, before the call that it is
}

// collections counts the collector's rounds, from one.
var collections atomic.Uint32

// eager makes every call of compiled code forget, for tests.
var eager atomic.Bool

func init() {
	collections.Store(1)
	countCollections()
}

// countCollections leaves an object for the collector to find, each time that it has found one.
func countCollections() {
	runtime.SetFinalizer(new([2]ptr), func(*[2]ptr) {
		collections.Add(1)
		countCollections()
	})
}

// forget drops what the goroutine's frames hold and no statement will read.
func (th *thread) forget() {
	if !eager.Load() {
		th.collections = collections.Load()
	}
	clear(th.free)
	th.registers = registers{}
	for fr := th.top; fr != nil; fr = fr.caller {
		fr.next = nil
		if fr.fn.layout == nil {
			continue
		}
		for i := range fr.fn.layout.lifetimes {
			l := &fr.fn.layout.lifetimes[i]
			if fr.pos < l.from || fr.pos >= l.to || fr.pos == l.call && fr != th.top {
				typedClear(l.typ, at(fr, l.off))
			}
		}
	}
}

// collect is runtime.GC for a cell.
func collect() {
	if th := currentThread(); th != nil {
		th.forget()
	}
	runtime.GC()
}

func freeMemory() {
	collect()
	debug.FreeOSMemory()
}

// lives notes that a slot is read in a part of the function only.
func (c *compiler) lives(s slot, from, to, call token.Pos) {
	if s.typ.PtrBytes > 0 && from.IsValid() && !c.jumps {
		l := c.fn.itsLayout()
		l.lifetimes = append(l.lifetimes, lifetime{s, from, to, call})
	}
}

// extent is the statement of a block that is being compiled, and the block. Positions are left in the
// frame for those statements only; for what is inside of them, such as what a loop does between
// iterations, the whole statement's will do.
type extent struct {
	list []ast.Stmt
	i    int
}

// here is the part of the source that a temporary lives in.
func (x extent) here() (from, to token.Pos) {
	if x.list == nil {
		return token.NoPos, token.NoPos
	}
	s := x.list[x.i]
	return s.Pos(), s.End()
}

// last is the last statement of the block that reads a variable.
func (c *compiler) last(v *types.Var) ast.Stmt {
	x := c.extent
	i := x.i
	for i+1 < len(x.list) && x.list[i+1].Pos() <= c.uses[v] {
		i++
	}
	return x.list[i]
}

// variableLives notes where a variable is read that the current statement declares.
func (c *compiler) variableLives(v *types.Var, s slot) {
	if c.extent.list == nil {
		return
	}
	from, _ := c.extent.here()
	last := c.last(v)
	c.lives(s, from, last.End(), c.soleCall(last))
}

// parameterLives is variableLives for a parameter.
func (c *compiler) parameterLives(v *types.Var, s slot, body *ast.BlockStmt) {
	if len(body.List) == 0 {
		return
	}
	c.extent = extent{list: body.List}
	c.variableLives(v, s)
	c.extent = extent{}
}

// soleCall is the position of a statement that is one call and nothing else: once it runs nobody
// reads what its arguments were computed from.
func (c *compiler) soleCall(s ast.Stmt) token.Pos {
	x, ok := s.(*ast.ExprStmt)
	if !ok || s == c.resultRec {
		return token.NoPos
	}
	call, ok := ast.Unparen(x.X).(*ast.CallExpr)
	if !ok || hasCall(call.Fun) {
		return token.NoPos
	}
	for _, a := range call.Args {
		if hasCall(a) {
			return token.NoPos
		}
	}
	return c.where(s)
}

// lastUses finds where each variable of a declaration is mentioned last.
func lastUses(info *types.Info, root ast.Node) map[*types.Var]token.Pos {
	last := map[*types.Var]token.Pos{}
	ast.Inspect(root, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := info.Uses[id].(*types.Var); ok {
				last[v] = max(last[v], id.Pos())
			}
		}
		return true
	})
	return last
}

// hasGoto says whether control may go back in a way that the source's order doesn't tell.
func hasGoto(body ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
			found = true
		}
		return true
	})
	return found
}
