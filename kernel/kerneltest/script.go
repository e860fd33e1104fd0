package kerneltest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/kerneltest/cfault"
	"github.com/rustygradients/rg/viz/display"
)

// Script is an engine whose cells are commands, one a line, that show what an engine and its worker
// can do, the fatal things included. See Execute for the commands.
type Script struct {
	mu    sync.Mutex
	funcs []string // declared by "func NAME": these outlive the worker
	vars  map[string]string
	comms []string
}

// NewScript returns an engine without variables.
func NewScript() (engine.Engine, error) {
	if os.Getenv("KERNELTEST_BROKEN") != "" {
		return nil, errors.New("told to be broken")
	}
	if d, err := time.ParseDuration(os.Getenv("KERNELTEST_SLOW")); err == nil {
		time.Sleep(d)
	}
	return &Script{vars: map[string]string{}}, nil
}

// ScriptInfo says that the language is called script.
var ScriptInfo = engine.LanguageInfo{Name: "script", Version: "1", MIMEType: "text/plain", FileExtension: ".txt"}

// Info returns ScriptInfo.
func (s *Script) Info() engine.LanguageInfo { return ScriptInfo }

// commands are what a line may begin with.
var commands = []string{
	"background", "blob", "child", "clear", "comm", "crash", "display", "displays", "environ", "eprint", "error", "func", "get", "hog",
	"huge", "input", "lines", "log", "page", "password", "pid", "print", "publish", "raw", "rawerr", "result", "scan", "set", "sleep", "spin", "update",
}

// Execute runs the lines of a cell until one fails.
func (s *Script) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	for n, line := range strings.Split(cell.Code, "\n") {
		name, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		if err := s.command(ctx, cell, out, name, arg); err != nil {
			var e *engine.Error
			if errors.As(err, &e) && len(e.Traceback) == 0 {
				e.Traceback = []string{fmt.Sprintf("In [%d]:%d", cell.Number, n+1), e.Error()}
			}
			return err
		}
	}
	return nil
}

func (s *Script) command(ctx context.Context, cell engine.Cell, out engine.Output, name, arg string) error {
	switch name {
	case "print":
		out.Stream("stdout", arg+"\n")
	case "eprint":
		out.Stream("stderr", arg+"\n")
	case "raw": // past Output, as a C library does
		fmt.Fprintln(os.Stdout, arg)
	case "rawerr":
		fmt.Fprintln(os.Stderr, arg)
	case "log":
		log.Println(arg)
	case "lines":
		n, _ := strconv.Atoi(arg)
		for i := range n {
			out.Stream("stdout", "line "+strconv.Itoa(i)+"\n")
		}
	case "blob": // as many megabytes, in lines of 1 KiB
		n, _ := strconv.Atoi(arg)
		line := strings.Repeat("x", 1023) + "\n"
		for range n << 10 {
			out.Stream("stdout", line)
		}
	case "display":
		out.Display(display.Text(arg))
	case "displays": // as many
		n, _ := strconv.Atoi(arg)
		for i := range n {
			out.Display(display.Text(strconv.Itoa(i)))
		}
	case "huge": // a picture of as many megabytes
		n, _ := strconv.Atoi(arg)
		out.Display(display.Bundle{Data: map[string]any{"image/png": make([]byte, n<<20)}})
	case "publish": // as a library does
		display.Show(arg)
	case "update": // ID TEXT: shows it, and replaces it
		id, text, _ := strings.Cut(arg, " ")
		b := display.Text("first")
		b.ID = id
		out.Display(b)
		b = display.Text(text)
		b.ID = id
		out.Update(b)
	case "clear":
		out.Clear(arg == "wait")
	case "page":
		out.Page(display.Text(arg))
	case "result":
		if !cell.Silent {
			out.Result(display.Text(arg))
		}
	case "set":
		k, v, _ := strings.Cut(arg, " ")
		s.mu.Lock()
		s.vars[k] = v
		s.mu.Unlock()
	case "get":
		s.mu.Lock()
		v, ok := s.vars[arg]
		s.mu.Unlock()
		if !ok {
			return &engine.Error{Name: "CompileError", Value: "undefined: " + arg}
		}
		out.Result(display.Text(v))
	case "func":
		s.mu.Lock()
		s.funcs = append(s.funcs, arg)
		s.mu.Unlock()
	case "error":
		return &engine.Error{Name: "Panic", Value: arg}
	case "sleep":
		d, _ := time.ParseDuration(arg)
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return &engine.Error{Name: engine.NameInterrupted, Value: "interrupted"}
		}
	case "spin": // in compiled code that doesn't look for an interrupt
		d, _ := time.ParseDuration(arg)
		time.Sleep(d)
	case "input", "password":
		line, err := out.ReadLine(arg, name == "password")
		if err != nil {
			return err
		}
		out.Result(display.Text(line))
	case "scan": // reads a line of os.Stdin, past the engine
		line := make(chan string, 1)
		go func() { // an interrupt leaves it to itself, as an engine does with what blocks
			text, _ := bufio.NewReader(os.Stdin).ReadString('\n')
			line <- strings.TrimSuffix(text, "\n")
		}()
		select {
		case text := <-line:
			out.Result(display.Text(text))
		case <-ctx.Done():
			return &engine.Error{Name: engine.NameInterrupted, Value: "interrupted"}
		}
	case "hog": // takes all the memory that there is; "hog deaf" doesn't look for an interrupt
		return hog(ctx, arg == "deaf")
	case "background":
		d, _ := time.ParseDuration(arg)
		go func() {
			time.Sleep(d)
			out.Display(display.Text("late"))
		}()
	case "comm": // TYPE ID
		typ, id, _ := strings.Cut(arg, " ")
		out.Comm(engine.CommMessage{Type: typ, ID: id, TargetName: "script", Data: json.RawMessage(`{"n":1}`), Buffers: [][]byte{{1, 2, 3}}})
	case "pid":
		out.Result(display.Text(strconv.Itoa(os.Getpid())))
	case "environ":
		out.Stream("stdout", strings.Join(append(os.Environ(), os.Args...), "\n"))
	case "child": // COMMAND: starts it and doesn't wait
		words := strings.Fields(arg)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return err
		}
		out.Result(display.Text(strconv.Itoa(cmd.Process.Pid)))
	case "crash":
		crash(arg)
	default:
		return &engine.Error{Name: "CompileError", Value: "undefined: " + name}
	}
	return nil
}

// hog takes memory until it is stopped.
func hog(ctx context.Context, deaf bool) error {
	var all [][]byte
	for deaf || ctx.Err() == nil {
		block := make([]byte, 4<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		all = append(all, block)
		time.Sleep(time.Millisecond)
	}
	return &engine.Error{Name: engine.NameInterrupted, Value: fmt.Sprint("interrupted with ", len(all))}
}

// crash ends the process in a way that no Go code can recover from.
func crash(how string) {
	switch how {
	case "map":
		m := map[int]int{}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := range 100_000_000 {
					m[i%8] = i
				}
			})
		}
		wg.Wait()
	case "mutex":
		var mu sync.Mutex
		mu.Unlock()
	case "stack":
		var depth atomic.Int64
		recurse(&depth)
	case "goroutine":
		go panic(errors.New("in a goroutine"))
		time.Sleep(10 * time.Second)
	case "later":
		go func() {
			time.Sleep(200 * time.Millisecond)
			panic("after the cell")
		}()
	case "kill", "segv", "abort":
		p, _ := os.FindProcess(os.Getpid())
		_ = p.Signal(map[string]os.Signal{"kill": os.Kill, "segv": syscall.SIGSEGV, "abort": syscall.SIGABRT}[how])
		time.Sleep(10 * time.Second)
	case "c": // in a C library
		cfault.Crash()
	case "deaf": // closes what it talks to the front by
		for fd := 3; fd < 64; fd++ {
			_ = os.NewFile(uintptr(fd), "").Close()
		}
		time.Sleep(10 * time.Second)
	default:
		status, _ := strconv.Atoi(how)
		os.Exit(status)
	}
}

//go:noinline
func recurse(depth *atomic.Int64) [1024]byte {
	depth.Add(1)
	a := recurse(depth) //nolint:staticcheck // without end: the point of it
	a[depth.Load()%1024]++
	return a
}

// Complete proposes the commands that begin as the word before pos does.
func (s *Script) Complete(_ context.Context, code string, pos int) engine.Completion {
	before := string([]rune(code)[:pos])
	word := before[strings.LastIndexAny(before, " \n")+1:]
	c := engine.Completion{Start: pos - len([]rune(word)), End: pos}
	for _, name := range commands {
		if strings.HasPrefix(name, word) {
			c.Matches = append(c.Matches, engine.Match{Text: name, Kind: "function"})
		}
	}
	return c
}

// Inspect describes a command.
func (s *Script) Inspect(_ context.Context, code string, pos, detail int) (display.Bundle, bool) {
	for _, name := range commands {
		if strings.HasPrefix(code, name) {
			return display.Text(fmt.Sprintf("%s: a command (detail %d, at %d)", name, detail, pos)), true
		}
	}
	return display.Bundle{}, false
}

// IsComplete wants another line after one that ends in a backslash.
func (s *Script) IsComplete(code string) (status, indent string) {
	if strings.HasSuffix(code, "\\") {
		return "incomplete", "  "
	}
	return "complete", ""
}

// Evaluate looks up variables.
func (s *Script) Evaluate(exprs map[string]string) map[string]engine.Evaluation {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]engine.Evaluation{}
	for name, expr := range exprs {
		if v, ok := s.vars[expr]; ok {
			out[name] = engine.Evaluation{Bundle: display.Text(v)}
		} else {
			out[name] = engine.Evaluation{Err: &engine.Error{Name: "CompileError", Value: "undefined: " + expr}}
		}
	}
	return out
}

// Comm echoes messages on comms of the target script, and refuses others.
func (s *Script) Comm(_ context.Context, msg engine.CommMessage, out engine.Output) error {
	switch msg.Type {
	case "comm_open":
		if msg.TargetName != "script" {
			return fmt.Errorf("no comm target %q", msg.TargetName)
		}
		s.comms = append(s.comms, msg.ID)
	case "comm_msg":
		if slices.Contains(s.comms, msg.ID) {
			out.Comm(engine.CommMessage{Type: "comm_msg", ID: msg.ID, Data: msg.Data, Buffers: msg.Buffers})
		}
	}
	return nil
}

// Debug is not supported.
func (s *Script) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// State returns the functions, which outlive the worker, and the names of the variables, which don't.
func (s *Script) State() engine.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k := range s.vars {
		names = append(names, k)
	}
	slices.Sort(names)
	return engine.State{Declarations: slices.Clone(s.funcs), Variables: names}
}

// Restore declares the functions again.
func (s *Script) Restore(state engine.State) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.funcs = slices.Clone(state.Declarations)
	for _, f := range s.funcs {
		s.vars["func "+f] = "declared"
	}
	return nil
}
