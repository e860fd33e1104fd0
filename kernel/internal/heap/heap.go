// Package heap keeps Go's collector from running all the time over a heap that is small.
//
// The collector runs when the heap has doubled. A front holds some megabytes and a fresh worker not many more, so it
// would run every hundred short cells, and each run costs one of them several times its own length.
package heap

import "runtime"

// Sizes for Ballast: of a process that holds little itself, and of one that runs cells.
const (
	Light = 8 << 20
	Heavy = 16 << 20
)

// Ballast adds n bytes to the heap that are never touched, so that they take no memory, until release is called. The
// collector counts them: it runs for the first time when the heap has 2n.
func Ballast(n int) (release func()) {
	b := make([]byte, n)
	return func() { runtime.KeepAlive(b) }
}
