package frame_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
)

// TestChange: a change, applied to what it is of, makes what it was made from, and is short.
func TestChange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var old engine.State
	for n := range 3000 {
		now := engine.State{Declarations: slices.Clone(old.Declarations), Variables: slices.Clone(old.Variables), Dir: old.Dir}
		edits := r.IntN(4)
		for range edits {
			i := r.IntN(len(now.Declarations) + 1)
			switch text := strconv.Itoa(r.IntN(50)); r.IntN(5) {
			case 0:
				now.Declarations = append(now.Declarations, text)
			case 1:
				now.Declarations = slices.Insert(now.Declarations, i, text)
			case 2:
				now.Declarations = slices.Delete(now.Declarations, max(0, i-1), i)
			case 3:
				now.Variables = append(now.Variables, text)
				slices.Sort(now.Variables)
			default:
				now.Dir = text
			}
		}
		if n%500 == 499 {
			now.Declarations = nil
		}
		c, changed := frame.Diff(old, now)
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var read frame.Change
		if err := json.Unmarshal(body, &read); err != nil {
			t.Fatal(err)
		}
		got, err := read.Apply(old)
		if err != nil || !slices.Equal(got.Declarations, now.Declarations) || !slices.Equal(got.Variables, now.Variables) || got.Dir != now.Dir {
			t.Fatalf("%+v of\n%v gives\n%v, want\n%v (%v)", c, old, got, now, err)
		}
		if changed == (slices.Equal(old.Declarations, now.Declarations) && slices.Equal(old.Variables, now.Variables) && old.Dir == now.Dir) {
			t.Fatalf("changed: %v, %+v", changed, c)
		}
		old = now
	}
	many := make([]string, 1000)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	c, _ := frame.Diff(engine.State{Declarations: many}, engine.State{Declarations: append(slices.Delete(slices.Clone(many), 300, 301), "new")})
	if want := []frame.Splice{{Keep: 300, Drop: 1}, {Keep: 699, Add: []string{"new"}}}; !reflect.DeepEqual(c.Declarations, want) {
		t.Errorf("a declaration made again: %+v", c.Declarations)
	}
}

func TestChangeOfAnother(t *testing.T) {
	for _, s := range []frame.Splice{{Keep: 2}, {Drop: 2}, {Keep: 1, Drop: 1}, {Keep: -1}, {Drop: -1}} {
		old := engine.State{Declarations: []string{"a"}}
		if got, err := (frame.Change{Declarations: []frame.Splice{s}}).Apply(old); err == nil || len(got.Declarations) != 1 {
			t.Errorf("%+v was applied: %v", s, got)
		}
	}
}
