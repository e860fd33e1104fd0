package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// rangeFunc is a range-over-func loop being lowered: its body becomes a function that yields to the
// iterator, and leaves by a state that says what to do after the iterator returns.
type rangeFunc struct {
	state   string
	after   []string       // what to do after the iterator has returned
	codes   map[string]int // what is to be done → state
	depth   int            // number of branch scopes outside the loop
	results []string       // where a return statement puts the function's results
}

// States of a range-over-func loop; codes of ways out follow.
const (
	rangeReady = iota
	rangeDone
	rangeBusy
	rangeFirstCode
)

func (f *function) isRangeFunc(s *ast.RangeStmt) bool {
	t := f.typeOf(s.X)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func (f *function) rangeFuncStmt(s *ast.RangeStmt, label string, sig *types.Signature) {
	yield := sig.Params().At(0).Type().Underlying().(*types.Signature)
	rf := &rangeFunc{state: f.temp("state"), codes: map[string]int{}, depth: len(f.branch)}
	f.line("var %s int", rf.state)
	f.rangeResults(rf)

	x := f.temp("seq")
	f.line("var %s %s = %s", x, f.l.typ(f.typeOf(s.X)), f.expr(s.X))
	var params, args []string
	var types_ []types.Type
	for i := range yield.Params().Len() {
		a := f.temp("y")
		t := yield.Params().At(i).Type()
		params = append(params, a+" "+f.l.typ(t))
		args = append(args, a)
		types_ = append(types_, t)
	}
	for len(args) < 2 {
		args, types_ = append(args, ""), append(types_, nil)
	}
	f.rangers = append(f.rangers, rf)
	f.pushBranch(branchScope{brk: true, cont: true, label: label, rf: rf})
	lines := f.capture(func() {
		f.line("if %s != %d { rt.RangePanic(%s) }", rf.state, rangeReady, rf.state)
		f.line("if %s { rt.Stop() }", stopVar)
		f.line("%s = %d", rf.state, rangeBusy)
		f.rangeAssign(s, args[0], types_[0], args[1], types_[1])
		f.stmts(s.Body.List)
		f.line("%s = %d", rf.state, rangeReady)
		f.line("return true")
	})
	f.popBranch()
	f.rangers = f.rangers[:len(f.rangers)-1]
	f.line("%s(func(%s) bool {%s%d*/", x, strings.Join(params, ", "), openMark, f.recN+1)
	for _, l := range lines {
		f.line("%s", l)
	}
	f.line("%s})", closeMark)
	f.line("if %s == %d { rt.RangePanic(%s) }", rf.state, rangeBusy, rf.state)
	f.line("if %s == %d { %s = %d }", rf.state, rangeReady, rf.state, rangeDone)
	for _, a := range rf.after {
		f.line("%s", a)
	}
}

// rangeResults declares where a return in the loop's body leaves the results.
func (f *function) rangeResults(rf *rangeFunc) {
	if n := len(f.rangers); n > 0 {
		rf.results = f.rangers[n-1].results
		return
	}
	if len(f.results) > 0 {
		rf.results = f.results
		return
	}
	for v := range f.sig.Results().Variables() {
		r := f.temp("ret")
		f.line("var %s %s", r, f.l.typ(v.Type()))
		rf.results = append(rf.results, r)
	}
}

// leave writes the way out of the innermost loop body to what must happen after the iterator has
// returned.
func (f *function) leave(rf *rangeFunc, key string, after func()) {
	c, ok := rf.codes[key]
	if !ok {
		c = rangeFirstCode + len(rf.codes)
		rf.codes[key] = c
		// What comes after belongs to the code around the loop.
		saved, branch := f.rangers, f.branch
		for i, r := range f.rangers {
			if r == rf {
				f.rangers = f.rangers[:i]
				break
			}
		}
		f.branch = f.branch[:rf.depth]
		lines := f.capture(after)
		f.rangers, f.branch = saved, branch
		rf.after = append(rf.after, fmt.Sprintf("if %s == %d {", rf.state, c))
		rf.after = append(rf.after, lines...)
		rf.after = append(rf.after, "}")
	}
	f.line("%s = %d", rf.state, c)
	f.line("return false")
}

// rangeReturn lowers a return statement in the body of a range-over-func loop.
func (f *function) rangeReturn(s *ast.ReturnStmt) {
	rf := f.rangers[len(f.rangers)-1]
	if len(s.Results) > 0 {
		f.boundsChecks(s.Results...)
		vals := f.resultValues(s.Results)
		if len(vals) == 1 {
			f.line("%s = %s", rf.results[0], vals[0])
		} else {
			tmps := make([]string, len(vals))
			for i, v := range vals {
				tmps[i] = f.temp("v")
				f.line("var %s %s = %s", tmps[i], f.l.typ(f.sig.Results().At(i).Type()), v)
			}
			for i := range tmps {
				f.line("%s = %s", rf.results[i], tmps[i])
			}
		}
	}
	f.returnThrough(rf)
}

func (f *function) returnThrough(rf *rangeFunc) {
	f.leave(rf, "return", func() {
		if n := len(f.rangers); n > 0 {
			f.returnThrough(f.rangers[n-1])
			return
		}
		if len(f.results) > 0 || len(rf.results) == 0 {
			f.line("%s", f.returnLine())
			return
		}
		f.line("return %s", strings.Join(rf.results, ", "))
	})
}

// leavesRangeFunc reports whether a branch to scope i leaves the innermost range-over-func body.
func (f *function) leavesRangeFunc(i int) bool {
	n := len(f.rangers)
	return n > 0 && i < f.rangers[n-1].depth
}

// rangeBranch lowers break and continue that concern a range-over-func loop.
func (f *function) rangeBranch(s *ast.BranchStmt, i int) {
	b := f.branch[i]
	rf := f.rangers[len(f.rangers)-1]
	if b.rf == rf {
		if s.Tok == token.CONTINUE {
			f.line("%s = %d", rf.state, rangeReady)
			f.line("return true")
			return
		}
		f.line("%s = %d", rf.state, rangeDone)
		f.line("return false")
		return
	}
	f.leave(rf, fmt.Sprintf("%s %d", s.Tok, i), func() { f.branchTo(s, i) })
}

// branchTo writes the branch from the code around a loop that has been left.
func (f *function) branchTo(s *ast.BranchStmt, i int) {
	b := f.branch[i]
	if n := len(f.rangers); n > 0 && (b.rf == f.rangers[n-1] || i < f.rangers[n-1].depth) {
		f.rangeBranch(s, i)
		return
	}
	if s.Tok == token.CONTINUE {
		for _, c := range b.onContinue {
			f.line("%s", c)
		}
	}
	if b.label != "" {
		f.line("%s %s", s.Tok, b.label)
		return
	}
	f.line("%s", s.Tok)
}
