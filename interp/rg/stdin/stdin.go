// Package stdin stands behind fmt.Scan, fmt.Scanln and fmt.Scanf in cells: they read lines that the
// person at the front end types, in place of the process's standard input, which nobody types into.
//
// An executor binds the functions of this package to fmt's names. The engine says with Open where
// lines come from while a cell runs.
package stdin

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"
)

// reader gives out the bytes of lines that it asks for when it has none left. It is a RuneScanner so
// that the Scan functions take no more than they need; the rest waits for the next call, as in a
// terminal.
type reader struct {
	mu   sync.Mutex
	line func() (string, error)
	rest string
	last string // the rune read last, and what followed
}

var source reader

// Open makes line the source of lines, without their ends, and forgets what is left of former ones.
// nil restores the process's standard input.
func Open(line func() (string, error)) {
	source.mu.Lock()
	defer source.mu.Unlock()
	source.line, source.rest, source.last = line, "", ""
}

func (r *reader) fill() error {
	if r.rest != "" {
		return nil
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	r.rest = line + "\n"
	return nil
}

// ReadRune implements io.RuneReader.
func (r *reader) ReadRune() (rune, int, error) {
	if err := r.fill(); err != nil {
		return 0, 0, err
	}
	c, n := utf8.DecodeRuneInString(r.rest)
	r.last, r.rest = r.rest, r.rest[n:]
	return c, n, nil
}

// UnreadRune implements io.RuneScanner.
func (r *reader) UnreadRune() error {
	if r.last == "" {
		return io.ErrNoProgress
	}
	r.rest, r.last = r.last, ""
	return nil
}

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(b, r.rest)
	r.rest, r.last = r.rest[n:], ""
	return n, nil
}

// scan runs one of fmt's functions over the source. The lock is not held while a person thinks: a
// cell that was interrupted there must not block the next one.
func scan(f func(io.Reader) (int, error)) (int, error) {
	source.mu.Lock()
	if source.line == nil {
		source.mu.Unlock()
		return f(os.Stdin)
	}
	mine := &reader{line: source.line, rest: source.rest}
	source.rest = ""
	source.mu.Unlock()
	n, err := f(mine)
	source.mu.Lock()
	source.rest = mine.rest
	source.mu.Unlock()
	return n, err
}

// Scan is fmt.Scan for cells.
func Scan(a ...any) (n int, err error) {
	return scan(func(r io.Reader) (int, error) { return fmt.Fscan(r, a...) })
}

// Scanln is fmt.Scanln for cells.
func Scanln(a ...any) (n int, err error) {
	return scan(func(r io.Reader) (int, error) { return fmt.Fscanln(r, a...) })
}

// Scanf is fmt.Scanf for cells.
func Scanf(format string, a ...any) (n int, err error) {
	return scan(func(r io.Reader) (int, error) { return fmt.Fscanf(r, format, a...) })
}
