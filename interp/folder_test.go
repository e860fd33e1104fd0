package interp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// write puts the files of an archive into a folder.
func write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const mylib = `
-- mylib/a.go --
// Package mylib is a library beside a notebook.
package mylib

import (
	"fmt"
	"strings"

	"./deep"
)

type Point struct{ X, Y int }

func (p Point) String() string { return fmt.Sprintf("<%d %d>", p.X, p.Y) }
func (p *Point) Move(dx int)   { p.X += dx; moves++ }

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }
func (s *Stack[T]) Pop() T {
	x := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x
}

var Table = build()

func build() map[string]int { return map[string]int{"one": first, "two": deep.Two} }

var first = 1

func init() { Table["init"] = len(Table) }

const Size = 3

func Shout(s string) string { return strings.ToUpper(hidden(s)) }
-- mylib/b.go --
package mylib

var moves int

func Moves() int { return moves }

func hidden(s string) string { return s + "!" }

func Fail(i int) int {
	s := []int{1, 2}
	return s[i]
}

type Shape interface{ Area() float64 }

func Total(list ...Shape) (sum float64) {
	for _, s := range list {
		sum += s.Area()
	}
	return sum
}
-- mylib/a_test.go --
package mylib

import "testing"

func TestNothing(t *testing.T) { undefined() }
-- mylib/other_windows.go --
package mylib

func Shout() {}
-- mylib/deep/deep.go --
package deep

const Two = 2
`

func TestFolder(t *testing.T) {
	for _, engine := range testedEngines() {
		t.Run(engine, func(t *testing.T) { testFolder(t, engine) })
	}
}

func testFolder(t *testing.T, engineName string) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, dir, mylib)
	screen := newConsole(t)
	e, err := New(Options{Engine: engineName})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	cell := func(code, want string) {
		t.Helper()
		n++
		if got := transcript(t, e, screen, n, code); strings.TrimSuffix(got, "\n") != want {
			t.Errorf("In [%d]\n%s\ngot\n%s\nwant\n%s", n, code, got, want)
		}
	}
	cell("import \"./mylib\"\nmylib.Shout(\"hi\")", "out: HI!")
	cell("p := mylib.Point{1, 2}\np.Move(3)\np", "out: <4 2>")
	cell("import \"fmt\"\nfmt.Printf(\"%T %v %d %d\\n\", p, mylib.Table, mylib.Moves(), [mylib.Size]int{})", "mylib.Point map[init:2 one:1 two:2] 1 [0 0 0]")
	cell("s := mylib.Stack[string]{}\ns.Push(\"a\")\ns.Push(\"b\")\ns.Pop()", "out: b")
	cell("mylib.hidden(\"x\")", `CompileError
  In [5]:1:7: name hidden not exported by package mylib
      1 | mylib.hidden("x")
        |       ^`)
	cell("type Square float64\nfunc (s Square) Area() float64 { return float64(s * s) }\nmylib.Total(Square(2), Square(3))", "out: 13")
	cell("mylib.Fail(7)", `Panic
  panic: runtime error: index out of range [7] with length 2
  
  mylib/b.go:11:2 in mylib.Fail
     11 | 	return s[i]
        | 	^
  
  In [7]:1:1
      1 | mylib.Fail(7)
        | ^`)
	cell("func loud(s string) string { return mylib.Shout(s) + \"?\" }\nloud(\"a\")", "out: A!?")
	cell("import lib \"./mylib\"\nlib.Point{} == mylib.Point{}", "out: true")

	// A function changes: its callers have the new one, values live on, the variables begin anew.
	write(t, dir, "-- mylib/b.go --\npackage mylib\n\nvar moves = 10\n\nfunc Moves() int { return moves }\n\nfunc hidden(s string) string { return s + \"?!\" }\n\nfunc More() int { return 5 }\n")
	cell("loud(\"a\")", "stderr: stale: In [1], In [2], In [3], In [4], In [6], In [7], In [8], In [9] (%rerun stale runs what is stale again)\nout: A?!?")
	cell("p.Move(1)\nfmt.Println(p, mylib.Moves(), mylib.More())\nvar q mylib.Point = p\nq == p", "<5 2> 11 5\nout: true")
	cell("s.Push(\"c\")\ns.Pop() + s.Pop()", "out: ca")

	// A type changes: variables keep values of the former one.
	write(t, dir, "-- mylib/deep/deep.go --\npackage deep\n\nconst Two = 22\n")
	cell("mylib.Table[\"two\"]", "stderr: stale: In [1], In [2], In [3], In [4], In [6], In [7], In [8], In [9], and 3 more (%rerun stale runs what is stale again)\nout: 22")
	text, err := os.ReadFile("mylib/a.go")
	if err != nil {
		t.Fatal(err)
	}
	three := strings.Replace(string(text), "type Point struct{ X, Y int }", "type Point struct{ X, Y, Z int }", 1)
	write(t, dir, "-- mylib/a.go --\n"+three)
	cell("p", "stderr: note: p, q keep their values of the former type mylib.Point\nstderr: stale: In [1], In [2], In [3], In [4], In [6], In [7], In [8], In [9], and 4 more (%rerun stale runs what is stale again)\nout: <5 2>")
	cell("p.Move(1)\np.X", "out: 6")
	write(t, dir, "-- mylib/a.go --\n"+strings.Replace(three, "X, Y, Z int", "X, Y, Z, W int", 1))
	cell("r := p.X + len(fmt.Sprint(mylib.Point{W: 1}))\nr", "out: 11")
	write(t, dir, "-- mylib/a.go --\n"+three+"\n")
	cell("p := mylib.Point{1, 2, 3}\np.Z", "stderr: stale: In [1], In [3], In [4], In [6], In [7], In [8], In [9], In [10], and 6 more (%rerun stale runs what is stale again)\nout: 3")

	// A mistake is told once, and the former version stays.
	write(t, dir, "-- mylib/b.go --\npackage mylib\n\nfunc Moves() int { return nope }\n")
	cell("p.Z", "stderr: note: ./mylib has changed, and its former version stays, for the new one has a mistake: mylib/b.go:3:27: undefined: nope\nout: 3")
	cell("p.Z", "out: 3")

	// A session that begins again has the folder again, from its beginning.
	write(t, dir, mylib)
	state := e.State()
	if e, err = New(Options{Engine: engineName}); err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(state); err != nil {
		t.Fatal(err)
	}
	cell("fmt.Println(loud(\"b\"), mylib.Table)", "B!? map[init:2 one:1 two:2]")
}

// TestFolderErrors: what can be wrong with a folder is said where it is wrong.
func TestFolderErrors(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, dir, `
-- go.mod --
module example.com/project // where the notebook is

go 1.26
-- root.go --
package project

import "example.com/project/util"

const Root = "root" + util.Name
-- util/util.go --
package util

const Name = " util"
-- a/a.go --
package a

import _ "example.com/project/b"
-- b/b.go --
package b

import _ "../a"
-- self/self.go --
package self

import "example.com/project/self"

var X = self.X
-- round/x.go --
package round

import (
	"fmt"

	"example.com/project/round/one"
)

var X = fmt.Sprint(one.X)
-- round/one/one.go --
package one

import "example.com/project/round/two"

var X = two.X
-- round/two/first.go --
package two
-- round/two/two.go --
package two

import "example.com/project/round/one"

var X = one.X
-- wrong/wrong.go --
package wrong

func F() int {
	return "x"
}
-- syntax/s.go --
package syntax

func F( {
-- prog/main.go --
package main

func main() {}
-- two/a.go --
package a
-- two/b.go --
package b
-- c/c.go --
package c

import "C"
-- empty/x.txt --
`)
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ code, want string }{
		{"import \"./a\"", "b/b.go:3:10: package example.com/project/a\n\timports example.com/project/b from a.go\n\timports example.com/project/a from b.go: import cycle not allowed\n    3 | import _ \"../a\""},
		{"import \"./self\"", "self/self.go:3:8: package example.com/project/self\n\timports example.com/project/self from self.go: import cycle not allowed"},
		{"import \"./round\"", "round/two/two.go:3:8: package example.com/project/round/one\n\timports example.com/project/round/two from one.go\n\timports example.com/project/round/one from two.go: import cycle not allowed"},
		{"import \"./wrong\"", "wrong/wrong.go:4:9: cannot use \"x\" (untyped string constant) as int value in return statement\n    4 | \treturn \"x\"\n      | \t       ^"},
		{"import \"./syntax\"", "syntax/s.go:3:9: syntax error: expected ')', found '{'"},
		{"import \"./prog\"", "is a program (package main), not an importable package"},
		{"import \"./two\"", "found packages a and b in"},
		{"import \"./c\"", "c/c.go:3:8: cgo is not available"},
		{"import \"./empty\"", "there are no Go files in"},
		{"import \"./nowhere\"", "there is no folder"},
		{"import \"wrong\"", "import \"./wrong\""},
	} {
		_, err := execute(t, e, 1+i, c.code)
		if err == nil || !strings.Contains(plain(err.Traceback), c.want) {
			t.Errorf("%s: got\n%v\nwant\n%s", c.code, err, c.want)
		}
	}
	out, shown := execute(t, e, 20, "import (\n\t\"example.com/project\"\n\tu \"./util\"\n\t\"example.com/project/util\"\n)\nproject.Root + u.Name + util.Name")
	if shown != nil || out.result[0].Plain() != "root util util util" {
		t.Error(out, shown)
	}
}
