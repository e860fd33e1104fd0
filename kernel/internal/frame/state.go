package frame

import (
	"errors"
	"slices"

	"github.com/rustygradients/rg/kernel/engine"
)

// Change is what has become of a worker's engine.State since it was told last; at first there is none. A session
// may have thousands of declarations, and a cell changes a few.
type Change struct {
	Declarations []Splice `json:"declarations,omitempty"`
	Variables    []Splice `json:"variables,omitempty"`
	Dir          *string  `json:"dir,omitempty"`
}

// Splice is one place where a list has changed: after so many elements that are kept, some are dropped and
// some are put in. What is behind the last place is kept.
type Splice struct {
	Keep int      `json:"keep,omitempty"`
	Drop int      `json:"drop,omitempty"`
	Add  []string `json:"add,omitempty"`
}

var errChange = errors.New("frame: a change of something that isn't there")

// Diff says what makes one state of another, and whether that is anything.
func Diff(old, now engine.State) (c Change, changed bool) {
	c.Declarations = diff(old.Declarations, now.Declarations)
	c.Variables = diff(old.Variables, now.Variables)
	if old.Dir != now.Dir {
		c.Dir = &now.Dir
	}
	return c, c.Dir != nil || len(c.Declarations)+len(c.Variables) > 0
}

// Apply makes the change to a state.
func (c Change) Apply(old engine.State) (engine.State, error) {
	declarations, err := apply(old.Declarations, c.Declarations)
	variables, err2 := apply(old.Variables, c.Variables)
	if err := errors.Join(err, err2); err != nil {
		return old, err
	}
	now := engine.State{Declarations: declarations, Variables: variables, Dir: old.Dir}
	if c.Dir != nil {
		now.Dir = *c.Dir
	}
	return now, nil
}

// diff is short where elements were appended, dropped or replaced here and there.
func diff(old, now []string) []Splice {
	var list []Splice
	keep := 0
	for {
		for keep < len(old) && keep < len(now) && old[keep] == now[keep] {
			keep++
		}
		old, now = old[keep:], now[keep:]
		if len(old)+len(now) == 0 {
			return list
		}
		s := Splice{Keep: keep}
		// Either what comes next was there before, or it is new.
		for len(now) > 0 && !slices.Contains(old, now[0]) {
			s.Add, now = append(s.Add, now[0]), now[1:]
		}
		s.Drop = len(old)
		if len(now) > 0 {
			s.Drop = slices.Index(old, now[0])
		}
		list, old, keep = append(list, s), old[s.Drop:], 0
	}
}

func apply(old []string, list []Splice) ([]string, error) {
	if len(list) == 0 {
		return old, nil
	}
	var now []string
	for _, s := range list {
		if s.Keep < 0 || s.Drop < 0 || s.Keep > len(old) || s.Drop > len(old)-s.Keep {
			return nil, errChange
		}
		now = append(append(now, old[:s.Keep]...), s.Add...)
		old = old[s.Keep+s.Drop:]
	}
	return append(now, old...), nil
}
