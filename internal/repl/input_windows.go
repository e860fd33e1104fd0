package repl

import (
	"bytes"
	"context"
	"io"
	"os"

	"golang.org/x/term"
)

// readLine reads a line from the console. An interrupt is heeded when the line has ended.
func readLine(ctx context.Context, in *os.File, out io.Writer, hide bool) (string, error) {
	if hide {
		line, err := term.ReadPassword(int(in.Fd()))
		_, _ = io.WriteString(out, "\n")
		return string(line), err
	}
	var line []byte
	for {
		var b [1]byte
		n, err := in.Read(b[:])
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil || n == 0 {
			return string(line), err
		}
		if b[0] == '\n' {
			return string(bytes.TrimRight(line, "\r")), nil
		}
		line = append(line, b[0])
	}
}
