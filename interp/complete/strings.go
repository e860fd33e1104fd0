package complete

import (
	"strings"

	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/kernel/engine"
)

// completeMagic proposes magic commands where a line begins with a percent sign.
func completeMagic(env *Env, code string, at int) (engine.Completion, bool) {
	line := strings.LastIndexByte(code[:at], '\n') + 1
	start := line + len(code[line:at]) - len(strings.TrimLeft(code[line:at], " \t"))
	typed := code[start:at]
	if !strings.HasPrefix(typed, "%") || strings.ContainsAny(typed, " \t") {
		return engine.Completion{}, false
	}
	c := engine.Completion{Start: runeOffset(code, start), End: runeOffset(code, at)}
	for _, m := range env.Magics {
		if strings.HasPrefix(m.Name, typed) {
			c.Matches = append(c.Matches, engine.Match{Text: m.Name, Kind: kindKeyword, Signature: m.Help})
		}
	}
	return c, true
}

// completeString proposes import paths in the strings of import declarations, and nothing in others.
// from is where the string starts.
func completeString(code, src string, from, at int) engine.Completion {
	c := engine.Completion{Start: runeOffset(code, at), End: runeOffset(code, at)}
	cs := chunks(src[:from])
	if len(cs) == 0 || cs[len(cs)-1].tok.String() != "import" || cs[len(cs)-1].end < from {
		return c
	}
	// The match replaces what stands between the quotes.
	end := at
	if n := strings.IndexAny(code[at:], "\"`\n"); n >= 0 && code[at+n] == code[from] {
		end = at + n
	}
	typed := code[from+1 : at]
	c.Start, c.End = runeOffset(code, from+1), runeOffset(code, end)
	add := func(fits func(path string) bool) {
		for _, path := range symbols.Paths() {
			if fits(path) {
				c.Matches = append(c.Matches, engine.Match{Text: path, Kind: kindPackage, Signature: symbols.Synopsis(symbols.Doc(path, "", ""))})
			}
		}
	}
	add(func(path string) bool { return strings.HasPrefix(path, typed) })
	if len(c.Matches) == 0 {
		// "mat" for gonum.org/v1/gonum/mat
		add(func(path string) bool { return strings.Contains(path, "/"+typed) })
	}
	return c
}
