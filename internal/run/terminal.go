package run

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// IsTerminal says whether colours and overwritten lines make sense on w.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Name() != filepath.Base(os.DevNull)
}

// Plain returns the text of a traceback as it may be written to w: without the colours where w is
// no terminal.
func Plain(w io.Writer, s string) string {
	if IsTerminal(w) {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		end := strings.IndexFunc(rest, func(r rune) bool { return '@' <= r && r <= '~' })
		if !found || end < 0 {
			return b.String()
		}
		s = rest[end+1:]
	}
}
