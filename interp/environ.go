package interp

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
)

func init() {
	magics = append(magics, magic{"%env", "list the environment, show a variable (%env NAME), set it (%env NAME=VALUE) or unset it (%env -u NAME)", (*run).env})
}

// env shows or changes the environment of the session and of the commands that it starts. A value that is set isn't
// said again: it may be a key.
func (r *run) env(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	usage := "%env NAME shows, %env NAME=VALUE sets, %env -u NAME unsets"
	if m.Args == "" {
		list := os.Environ()
		slices.Sort(list)
		for _, pair := range list {
			name, value, _ := strings.Cut(pair, "=")
			if secret(name) {
				value = "…"
			}
			r.out.Stream("stdout", fmt.Sprintf("%s=%s\n", name, value))
		}
		return nil, nil
	}
	if name, ok := strings.CutPrefix(m.Args, "-u"); ok {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, r.misuse(m, "%env -u without a name", usage)
		}
		if err := os.Unsetenv(name); err != nil {
			return nil, fails(m, err)
		}
		return nil, nil
	}
	name, value, set := strings.Cut(m.Args, "=")
	if n, v, spaced := strings.Cut(strings.TrimSpace(name), " "); spaced && !strings.Contains(n, "=") { // %env NAME VALUE
		name, set = n, true
		if value = strings.TrimSpace(v); strings.Contains(m.Args, "=") {
			value = strings.TrimSpace(strings.TrimPrefix(m.Args, n))
		}
	}
	name = strings.TrimSpace(name)
	if !set {
		value, ok := os.LookupEnv(name)
		if !ok {
			return nil, r.misuse(m, fmt.Sprintf("there is no environment variable %s", name), usage)
		}
		r.out.Stream("stdout", value+"\n")
		return nil, nil
	}
	value = strings.TrimSpace(value)
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	if name == "" {
		return nil, r.misuse(m, "%env without a name before the =", usage)
	}
	if err := os.Setenv(name, value); err != nil {
		return nil, fails(m, err)
	}
	return nil, nil
}

// secret says whether a variable's name is one of those that hold keys.
func secret(name string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc([]string{"KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"}, func(w string) bool { return strings.Contains(name, w) })
}
