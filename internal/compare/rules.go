package compare

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Rules replace what differs from run to run, such as dates and addresses. The zero value replaces nothing.
type Rules struct{ list []rule }

type rule struct {
	find *regexp.Regexp
	by   string
}

// ReadRules reads a file in nbval's format: sections with a line "regex: …" and below it a line "replace: …".
func ReadRules(path string) (*Rules, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := ParseRules(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// ParseRules is ReadRules of a text.
func ParseRules(text string) (*Rules, error) {
	r := &Rules{}
	var pending *regexp.Regexp
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, "\r")
		fail := func(err error) (*Rules, error) { return nil, fmt.Errorf("line %d: %w", i+1, err) }
		trimmed := strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch key = strings.TrimSpace(key); {
		case pending != nil && key != "replace":
			return fail(errors.New("a line \"replace: …\" must follow \"regex: …\""))
		case trimmed == "" || trimmed[0] == '[' || trimmed[0] == '#' || trimmed[0] == ';':
		case key == "regex":
			find, err := regexp.Compile(value)
			if err != nil {
				return fail(fmt.Errorf("%w (Go's regular expressions know no lookaround and no backreferences)", err))
			}
			pending = find
		case key == "replace" && pending != nil:
			r.list = append(r.list, rule{pending, template(value)})
			pending = nil
		default:
			return fail(fmt.Errorf("%q is no [section], \"regex: …\" or \"replace: …\" line", trimmed))
		}
	}
	if pending != nil {
		return nil, errors.New("the last \"regex: …\" has no \"replace: …\"")
	}
	return r, nil
}

// group finds the references of a replacement in Python's spelling: \1, \g<name>.
var group = regexp.MustCompile(`\\(?:g<(\w+)>|([0-9]{1,2}))`)

// template turns a replacement of Python's into one of Go's.
func template(s string) string {
	s = group.ReplaceAllString(strings.ReplaceAll(s, "$", "$$"), "$${$1$2}")
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(s)
}

func (r *Rules) apply(s string) string {
	if r == nil {
		return s
	}
	for _, one := range r.list {
		s = one.find.ReplaceAllString(s, one.by)
	}
	return s
}
