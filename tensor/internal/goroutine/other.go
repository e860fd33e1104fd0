//go:build (!amd64 && !arm64) || purego

package goroutine

import (
	"bytes"
	"runtime"
	"strconv"
)

// ID tells the running goroutine from every other that is alive, by the number that stack
// traces begin with.
func ID() uintptr {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("goroutine: no goroutine number in a stack trace: " + err.Error())
	}
	return uintptr(n)
}
