package complete

import "github.com/rustygradients/rg/viz/display"

func Inspect(env Env, code string, pos, detail int) (display.Bundle, bool) {
	return display.Bundle{}, false
}
