//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import "unsafe"

func methodStubs() //nolint:unused // its address is taken in assembly
func closureStub() //nolint:unused // its address is taken in assembly
func methodStubsAddr() ptr
func closureStubAddr() ptr
func goroutine() uintptr
func makeFuncStubAddr() ptr

// stubCount is how many methods there can be before stubs have to be made.
const stubCount = 16384

// contexts are what the stubs load, one each.
var contexts [stubCount]ptr

var (
	stubsUsed   int
	stubsBase   = methodStubsAddr()
	closureCode = uintptr(closureStubAddr())
	keep        []ptr // what only descriptors and stubs refer to
)

// newStub binds a stub to a makeFuncImpl. It returns the stub's address.
func newStub(context ptr) (ptr, error) {
	if stubsUsed >= stubCount {
		return moreStubs(context)
	}
	i := stubsUsed
	stubsUsed++
	contexts[i] = context
	return unsafe.Add(stubsBase, 16*i), nil
}
