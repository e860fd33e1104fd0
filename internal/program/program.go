// Package program runs a Go program on an engine, as rgkernel exec does.
//
// To an engine a program is one cell: its package clause is skipped, its declarations are checked
// together, its init functions and main run. The engine lives in this process, so that the program
// has the process's standard streams, arguments and environment; what it shows as rich output
// appears as text.
package program

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Program is the source of a main package in one file.
type Program struct {
	Path string
	Code string
}

// ReadFile reads a program and checks that it is one. Whether it compiles is found out by Run.
func ReadFile(path string) (*Program, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &Program{Path: path, Code: string(src)}
	return p, p.check()
}

func (p *Program) check() error {
	file, err := parser.ParseFile(token.NewFileSet(), p.Path, p.Code, parser.SkipObjectResolution)
	if err != nil {
		return nil // the engine explains syntax errors better
	}
	if file.Name.Name != "main" {
		return fmt.Errorf("%s is package %s, not a program; a program is package main", p.Path, file.Name.Name)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "main" {
			return nil
		}
	}
	return fmt.Errorf("%s has no func main", p.Path)
}

// ExitError is the status with which a program ended itself.
type ExitError int

func (e ExitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exitName is the error name by which the engine says that a cell called os.Exit.
const exitName = "Exit"

// Run runs the program. A program that calls os.Exit with another status than 0 gives an ExitError;
// what else goes wrong is explained on stderr.
func (p *Program) Run(ctx context.Context, eng engine.Engine, args []string, stdout, stderr io.Writer) error {
	os.Args = append([]string{p.Path}, args...)
	out := &console{stdout: stdout, stderr: stderr, stdin: bufio.NewReader(os.Stdin)}
	err := eng.Execute(ctx, engine.Cell{Number: 1, Code: p.Code, Silent: true, Args: os.Args}, out)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return run.ErrInterrupted
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		return err
	}
	var status int
	if n, _ := fmt.Sscanf(e.Value, "exit status %d", &status); e.Name == exitName && n == 1 {
		return ExitError(status)
	}
	name := filepath.Base(p.Path)
	inFile := strings.NewReplacer("In [1]", name)
	for _, line := range e.Traceback {
		fmt.Fprintln(stderr, inFile.Replace(run.Plain(stderr, line)))
	}
	return fmt.Errorf("%s: %s", name, inFile.Replace(e.Error()))
}

// console is the Output of a program: everything is text.
type console struct {
	stdout, stderr io.Writer
	stdin          *bufio.Reader
}

func (c *console) Stream(name, text string) {
	w := c.stdout
	if name == "stderr" {
		w = c.stderr
	}
	_, _ = io.WriteString(w, text) // as a print would: nothing to do about a closed pipe
}

func (c *console) Display(b display.Bundle) { c.Stream("stdout", b.Plain()+"\n") }
func (c *console) Result(b display.Bundle)  { c.Display(b) }
func (c *console) Page(b display.Bundle)    { c.Display(b) }
func (c *console) Rewrite(code string)      { c.Stream("stdout", code+"\n") }

// Updates and clearing would only scroll by; widgets have no one to talk to.

func (c *console) Update(display.Bundle)   {}
func (c *console) Clear(bool)              {}
func (c *console) Comm(engine.CommMessage) {}

// ReadLine reads a line of standard input. hide has no effect: a program that reads passwords in a
// terminal turns its echo off itself.
func (c *console) ReadLine(prompt string, _ bool) (string, error) {
	c.Stream("stdout", prompt)
	line, err := c.stdin.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
