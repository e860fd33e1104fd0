package interp

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/rustygradients/rg/kernel/engine"
)

// question is a cell that asks about a name: ?x, x?, and with two marks for the source as well.
var question = regexp.MustCompile(`^\s*(?:(\?\??)\s*([\pL_][\pL\pN_.]*)|([\pL_][\pL\pN_.]*)(\?\??))\s*$`)

// help answers a cell that is a question, in the front end's pager; it reports whether it is one.
func (r *run) help(ctx context.Context) (asked bool, err error) {
	m := question.FindStringSubmatch(r.cell.Code)
	if m == nil {
		return false, nil
	}
	name, detail := m[2]+m[3], len(m[1]+m[4])-1
	about, found := r.engine.Inspect(ctx, name, utf8.RuneCountInString(name), detail)
	if !found {
		return true, &engine.Error{
			Name: "HelpError", Value: "there is nothing to say about " + name,
			Traceback: []string{red + "no help" + reset + ": " + name + " is no name of this session, and none of an imported package" + importHint(name)},
		}
	}
	if !r.cell.Silent {
		r.out.Page(about)
	}
	return true, nil
}

func importHint(name string) string {
	if pkg, _, ok := strings.Cut(name, "."); ok {
		return "; is " + pkg + " imported?"
	}
	return ""
}
