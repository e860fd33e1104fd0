package run

import "strings"

// overwrite applies what a terminal does with \b and \r, so that a progress bar leaves its last
// state in the notebook rather than all of them. As in nbclient, \r drops what the line held before
// it; at a line's end it is kept.
func overwrite(s string) string {
	if !strings.ContainsAny(s, "\b\r") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		end := ""
		if strings.HasSuffix(line, "\r\n") {
			line, end = line[:len(line)-2], "\r\n"
		} else if strings.HasSuffix(line, "\n") || strings.HasSuffix(line, "\r") {
			line, end = line[:len(line)-1], line[len(line)-1:]
		}
		b.WriteString(backspace(line[strings.LastIndexByte(line, '\r')+1:]))
		b.WriteString(end)
	}
	return b.String()
}

func backspace(line string) string {
	if !strings.ContainsRune(line, '\b') {
		return line
	}
	var kept []rune
	for _, r := range line {
		switch {
		case r != '\b':
			kept = append(kept, r)
		case len(kept) > 0:
			kept = kept[:len(kept)-1]
		}
	}
	return string(kept)
}
