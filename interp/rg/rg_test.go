package rg

import (
	"errors"
	"testing"
)

type fake struct {
	prompt string
	hide   bool
	err    error
	reset  bool
	line   string
	sent   []string
}

func (f *fake) ReadLine(prompt string, hide bool) (string, error) {
	f.prompt, f.hide = prompt, hide
	return "typed", f.err
}

func (f *fake) Reset() { f.reset = true }

func (f *fake) Magic(line string) error { f.line = line; return f.err }

func TestHost(t *testing.T) {
	f := &fake{}
	former := SetHost(f)
	defer SetHost(former)
	if got := Input("name? "); got != "typed" || f.prompt != "name? " || f.hide {
		t.Error(got, f)
	}
	if Password("secret? "); !f.hide {
		t.Error("a password was shown")
	}
	if Reset(); !f.reset {
		t.Error("Reset did not reach the host")
	}
	if Magic("!ls"); f.line != "!ls" {
		t.Error("Magic did not reach the host")
	}
	f.err = errors.New("nobody there")
	defer func() {
		if r := recover(); r != any(f.err) {
			t.Error("Input panicked with", r)
		}
	}()
	Input("")
}

func TestBackgroundSurvivesPanic(t *testing.T) {
	done := make(chan bool)
	Background(func() {
		defer close(done)
		panic("boo")
	})
	<-done
}
