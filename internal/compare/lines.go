package compare

import (
	"strings"
	"unicode/utf8"
)

const (
	context    = 2       // lines shown around what differs
	maxLetters = 200     // shown of a line
	maxCells   = 4 << 20 // of the table for the longest common subsequence: beyond, a part is shown as replaced whole
)

// Lines returns the difference of two texts, line by line, with a little of what is the same around it.
func Lines(saved, now string) string {
	a, b := splitLines(saved), splitLines(now)
	edits := diff(a, b)
	near := make([]bool, len(edits)) // to be shown
	for i, e := range edits {
		if e.mark == ' ' {
			continue
		}
		for j := max(0, i-context); j < min(len(edits), i+context+1); j++ {
			near[j] = true
		}
	}
	var out strings.Builder
	for i, e := range edits {
		switch {
		case near[i]:
			out.WriteString(string(e.mark) + clip(e.text) + "\n")
		case i == 0 || near[i-1]:
			out.WriteString(" ⋮\n")
		}
	}
	return out.String()
}

// splitLines keeps the difference between a text that ends in a line end and one that doesn't.
func splitLines(s string) []string {
	lines := strings.Split(s, "\n")
	if n := len(lines); lines[n-1] == "" {
		return lines[:n-1]
	}
	lines[len(lines)-1] += " ␄" // no line end
	return lines
}

func clip(line string) string {
	if utf8.RuneCountInString(line) <= maxLetters {
		return line
	}
	return string([]rune(line)[:maxLetters]) + "…"
}

type edit struct {
	mark rune // ' ', '-' or '+'
	text string
}

// diff is the shortest way from a to b by the longest common subsequence.
func diff(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, edit{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, edit{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	mid := middle(a, b)
	out := append(head, mid...)
	for i := len(tail) - 1; i >= 0; i-- {
		out = append(out, tail[i])
	}
	return out
}

func middle(a, b []string) []edit {
	var out []edit
	if len(a)*len(b) > maxCells {
		for _, s := range a {
			out = append(out, edit{'-', s})
		}
		for _, s := range b {
			out = append(out, edit{'+', s})
		}
		return out
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, edit{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, edit{'-', a[i]})
			i++
		default:
			out = append(out, edit{'+', b[j]})
			j++
		}
	}
	return out
}
