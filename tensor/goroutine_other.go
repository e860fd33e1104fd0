//go:build (!amd64 && !arm64) || purego

package tensor

import (
	"bytes"
	"runtime"
	"strconv"
)

// goroutine tells the running goroutine from every other that is alive, by the number that stack
// traces begin with.
func goroutine() uintptr {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("tensor: no goroutine number in a stack trace: " + err.Error())
	}
	return uintptr(n)
}
