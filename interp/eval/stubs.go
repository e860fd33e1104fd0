//go:build amd64 && go1.26 && !go1.27

package eval

import (
	"fmt"
	"reflect"
	"unsafe"
)

func methodStubs() //nolint:unused // its address is taken in assembly
func closureStub() //nolint:unused // its address is taken in assembly
func methodStubsAddr() ptr
func closureStubAddr() ptr
func goroutine() uintptr

// stubCount is how many methods there can be in the life of a process.
const stubCount = 16384

// contexts are what the stubs load, one each.
var contexts [stubCount]ptr

var (
	stubsUsed   int
	stubsBase   = methodStubsAddr()
	closureCode = uintptr(closureStubAddr())
	keep        []any // what only descriptors and stubs refer to
)

// newStub binds a stub to a function. It returns the stub's address.
func newStub(f reflect.Value) (ptr, error) {
	if stubsUsed == stubCount {
		return nil, fmt.Errorf("this session has had %d methods, which is all there is room for: restart it", stubCount)
	}
	i := stubsUsed
	stubsUsed++
	v := f.Interface()
	contexts[i] = (*iface)(ptr(&v)).data
	keep = append(keep, f)
	return unsafe.Add(stubsBase, 16*i), nil
}
