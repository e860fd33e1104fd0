package rt

import "testing"

// Only frames of a run's own goroutines count: the memory of all stacks is the process's.
func TestDeepLooksAtTheRunsOwnStacks(t *testing.T) {
	r := &Runtime{}
	mine, other := &Run{r: r}, &Run{r: r}
	for _, test := range []struct {
		frames int
		want   bool
	}{{10, false}, {2 * deepStack, true}} {
		ready, done := make(chan bool), make(chan bool)
		go func() {
			defer r.enter(mine)()
			descend(test.frames, func() { ready <- true; <-done })
			ready <- true
		}()
		<-ready
		if got := r.deep(mine); got != test.want {
			t.Errorf("%d frames: deep is %v", test.frames, got)
		}
		if r.deep(other) {
			t.Errorf("%d frames of one run: another one is deep", test.frames)
		}
		done <- true
		<-ready
	}
}

//go:noinline
func descend(n int, bottom func()) int {
	if n == 0 {
		bottom()
		return 0
	}
	return descend(n-1, bottom) + 1
}
