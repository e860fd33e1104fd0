package repl

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/viz/display"
)

// The ways in which a terminal can be sent a picture.
type protocol int

const (
	noGraphics protocol = iota
	kitty
	iterm
)

// graphics tells by its environment what a terminal can draw. Inside tmux and screen, which don't pass pictures on, it
// is nothing.
func graphics(w io.Writer, getenv func(string) string) protocol {
	program, name := getenv("TERM_PROGRAM"), getenv("TERM")
	switch {
	case !run.IsTerminal(w), getenv("TMUX") != "", strings.HasPrefix(name, "screen"), strings.HasPrefix(name, "tmux"):
		return noGraphics
	case getenv("KITTY_WINDOW_ID") != "", name == "xterm-kitty", name == "xterm-ghostty", program == "ghostty":
		return kitty
	case program == "iTerm.app", program == "WezTerm", getenv("LC_TERMINAL") == "iTerm2":
		return iterm
	}
	return noGraphics
}

// pictures shows pictures, or saves them.
type pictures struct {
	protocol protocol
	dir      string // where they are saved; made when the first is
	saved    int
}

// show returns a picture as the terminal draws it, or the name of the file where it is now. A bundle without
// a picture gives "".
func (p *pictures) show(b display.Bundle, cell int) (text string, drawn bool) {
	png, ok := b.Data[display.MIMEPNG].(string)
	name, data := "png", []byte(nil)
	if ok {
		data, ok = decoded(png)
	}
	switch svg, isSVG := b.Data[display.MIMESVG].(string); {
	case ok && p.protocol == kitty:
		return kittyText(png), true
	case ok && p.protocol == iterm:
		return "\x1b]1337;File=inline=1;size=" + fmt.Sprint(len(data)) + ":" + strings.Join(strings.Fields(png), "") + "\a", true
	case ok:
	case isSVG:
		name, data = "svg", []byte(svg)
	default:
		return "", false
	}
	path, err := p.save(data, cell, name)
	if err != nil {
		return "the picture could not be saved: " + err.Error(), false
	}
	return path, false
}

func decoded(text string) ([]byte, bool) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return data, err == nil && len(data) > 0
}

// kittyText is the PNG in the pieces of at most 4096 letters that kitty's protocol asks for.
func kittyText(png string) string {
	const piece = 4096
	text := strings.Join(strings.Fields(png), "")
	var b strings.Builder
	control := "a=T,f=100,"
	for len(text) > 0 {
		n := min(piece, len(text))
		more := 0
		if n < len(text) {
			more = 1
		}
		fmt.Fprintf(&b, "\x1b_G%sm=%d;%s\x1b\\", control, more, text[:n])
		text, control = text[n:], ""
	}
	return b.String()
}

func (p *pictures) save(data []byte, cell int, ext string) (string, error) {
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "rg-pictures-")
		if err != nil {
			return "", err
		}
		p.dir = dir
	}
	if err := os.MkdirAll(p.dir, 0o777); err != nil {
		return "", err
	}
	p.saved++
	path := filepath.Join(p.dir, fmt.Sprintf("in-%d-%d.%s", cell, p.saved, ext))
	return path, os.WriteFile(path, data, 0o666)
}
