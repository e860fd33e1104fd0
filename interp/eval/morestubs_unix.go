//go:build unix && amd64 && go1.26 && !go1.27

package eval

import (
	"encoding/binary"
	"fmt"
	"syscall"
)

// When the stubs of the table are used up, more are written into memory of their own, some hundreds
// at a time. They do what those of the table do, and like those are never on a stack: the runtime
// needn't know them.

const (
	madeStubSize  = 32
	madeStubCount = 512
)

// madeStubs are stubs and what each of them loads. The memory can't be written any more.
type madeStubs struct {
	code     []byte
	contexts []ptr
	used     int
}

var madeStubPage = &madeStubs{}

// moreStubs binds one of the stubs that were made.
func moreStubs(context ptr) (ptr, error) {
	if madeStubPage.used == len(madeStubPage.contexts) {
		p, err := makeStubs()
		if err != nil {
			return nil, fmt.Errorf("this session has had %d methods, and there is no memory for more: %w", stubsUsed, err)
		}
		keep = append(keep, ptr(p))
		madeStubPage = p
	}
	p := madeStubPage
	i := p.used
	p.used++
	stubsUsed++
	p.contexts[i] = context
	return ptr(&p.code[i*madeStubSize]), nil
}

func makeStubs() (*madeStubs, error) {
	mem, err := syscall.Mmap(-1, 0, madeStubSize*madeStubCount, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	p := &madeStubs{code: mem, contexts: make([]ptr, madeStubCount)}
	for i := range p.contexts {
		b := mem[i*madeStubSize : i*madeStubSize]
		b = append(b, 0x49, 0xbc) // MOVQ $&contexts[i], R12, which no convention keeps
		b = binary.LittleEndian.AppendUint64(b, uint64(uintptr(ptr(&p.contexts[i]))))
		b = append(b, 0x49, 0x8b, 0x14, 0x24) // MOVQ (R12), DX
		b = append(b, 0x49, 0xbc)             // MOVQ $makeFuncStub, R12
		b = binary.LittleEndian.AppendUint64(b, uint64(uintptr(makeFuncStubAddr())))
		_ = append(b, 0x41, 0xff, 0xe4) // JMP R12
	}
	return p, syscall.Mprotect(mem, syscall.PROT_READ|syscall.PROT_EXEC)
}
