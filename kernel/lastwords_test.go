package kernel

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLastWordsHoldsReports(t *testing.T) {
	for _, c := range []struct {
		name   string
		chunks []string
		shown  string
		held   string
	}{
		{"plain text", []string{"a\n", "b"}, "a\nb", ""},
		{"a report alone", []string{"panic: x\n\ngoroutine 1 [running]:\n"}, "", "panic: x\n\ngoroutine 1 [running]:\n"},
		{"a report after text", []string{"a\nfatal error: x\n"}, "a\n", "fatal error: x\n"},
		{"a report in pieces", []string{"a\nfat", "al err", "or: x\n"}, "a\n", "fatal error: x\n"},
		{"the words inside a line", []string{"no panic: here\n"}, "no panic: here\n", ""},
		{"the words inside a line in pieces", []string{"no ", "panic: here\n"}, "no panic: here\n", ""},
		{"a line that only begins alike", []string{"a\nfathom"}, "a\nfathom", ""},
	} {
		var w lastWords
		shown := ""
		for _, chunk := range c.chunks {
			shown += string(w.pass([]byte(chunk)))
		}
		if shown != c.shown || string(w.held) != c.held {
			t.Errorf("%s: shown %q, held %q", c.name, shown, w.held)
		}
	}
}

// FuzzLastWords checks that no byte is lost or moved, however the text comes.
func FuzzLastWords(f *testing.F) {
	f.Add("a\npanic: x\n", 3)
	f.Add("SIGSEGV: segmentation violation\nPC=0x1\n", 1)
	f.Add("fatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x1, 0x2})\n\t/x.go:1 +0x3\n", 7)
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = max(size, 1)
		var w lastWords
		var shown []byte
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			shown = append(shown, w.pass([]byte(rest[:n]))...)
			rest = rest[n:]
		}
		epitaph(string(w.held))
		if got := string(shown) + string(w.release()); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

func TestEpitaph(t *testing.T) {
	for _, c := range []struct {
		name, report, message string
		trace                 []string
	}{
		{"nothing", "", "", nil},
		{"a panic in a goroutine", `panic: boom

goroutine 7 [running]:
main.work(0xc000012345, {0x1, 0x2})
	/src/main.go:12 +0x1b
created by main.start in goroutine 1
	/src/main.go:9 +0x2c

goroutine 1 [sleep]:
main.other()
	/src/main.go:1 +0x1
`, "panic: boom", []string{"  main.work  /src/main.go:12", "  created by main.start in goroutine 1  /src/main.go:9"}},
		{"a stack overflow", `runtime: goroutine stack exceeds 268435456-byte limit
runtime: sp=0xc0200e0390 stack=[0xc0200e0000, 0xc0400e0000]
fatal error: stack overflow

runtime stack:
runtime.throw({0x1, 0x2})
	/go/runtime/panic.go:1 +0x1

goroutine 1 [running]:
runtime.morestack()
	/go/runtime/asm.s:1 +0x1
main.f(0x1)
	In [4]:2 +0x1d
`, "fatal error: stack overflow", []string{
			"goroutine stack exceeds 268435456-byte limit",
			"  main.f  In [4]:2",
		}},
		{"what runs the cell is left out", `fatal error: concurrent map writes

goroutine 9 [running]:
internal/runtime/maps.fatal({0x1, 0x2})
	runtime/panic.go:1 +0x18
github.com/someone/interpreter/interp.runCfg(0x1)
	github.com/someone/interpreter@v0.16.1/interp/run.go:234 +0x265
github.com/rustygradients/rg/tensor.work()
	github.com/rustygradients/rg/tensor/work.go:1 +0x1
github.com/rustygradients/rg/interp/yaegi.(*Executor).Run.func1()
	github.com/rustygradients/rg/interp/yaegi/run.go:1 +0x1
`, "fatal error: concurrent map writes", []string{"  github.com/rustygradients/rg/tensor.work  github.com/rustygradients/rg/tensor/work.go:1"}},
		{"a fault in C", "SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1\n", "SIGSEGV: segmentation violation", nil},
	} {
		message, trace := epitaph(c.report)
		if message != c.message || strings.Join(trace, "\n") != strings.Join(c.trace, "\n") {
			t.Errorf("%s: %q\n%s", c.name, message, strings.Join(trace, "\n"))
		}
	}
}

func TestWholeRunes(t *testing.T) {
	text := []byte("aé世🙂")
	for n := range len(text) + 1 {
		whole := wholeRunes(text[:n])
		if !utf8.Valid(text[:whole]) || n-whole >= utf8.UTFMax {
			t.Errorf("of %q: %d bytes", text[:n], whole)
		}
	}
	// What is no character is not held back for ever.
	for _, junk := range []string{"\xff", "a\x80\x80\x80\x80", "\xf0\x9f"} {
		held := len(junk) - wholeRunes([]byte(junk))
		if held > 2 || junk == "\xff" && held != 0 {
			t.Errorf("%q: %d bytes held back", junk, held)
		}
	}
}
