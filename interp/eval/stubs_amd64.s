//go:build go1.26 && !go1.27

#include "textflag.h"

// Each stub loads the context of one method, a *makeFuncImpl, and goes on in reflect. The stubs are
// sixteen bytes apart.

#define STUB(n) PCALIGN $16; MOVQ ·contexts+(8*(n))(SB), DX; JMP reflect·makeFuncStub(SB)
#define STUB8(n) STUB(n); STUB(n+1); STUB(n+2); STUB(n+3); STUB(n+4); STUB(n+5); STUB(n+6); STUB(n+7)
#define STUB64(n) STUB8(n); STUB8(n+8); STUB8(n+16); STUB8(n+24); STUB8(n+32); STUB8(n+40); STUB8(n+48); STUB8(n+56)
#define STUB512(n) STUB64(n); STUB64(n+64); STUB64(n+128); STUB64(n+192); STUB64(n+256); STUB64(n+320); STUB64(n+384); STUB64(n+448)
#define STUB4096(n) STUB512(n); STUB512(n+512); STUB512(n+1024); STUB512(n+1536); STUB512(n+2048); STUB512(n+2560); STUB512(n+3072); STUB512(n+3584)

TEXT ·methodStubs(SB), NOSPLIT|NOFRAME, $0-0
	STUB4096(0)
	STUB4096(4096)
	STUB4096(8192)
	STUB4096(12288)

// closureStub is the code of function values: the makeFuncImpl lies behind the code word.
TEXT ·closureStub(SB), NOSPLIT|NOFRAME, $0-0
	ADDQ $8, DX
	JMP  reflect·makeFuncStub(SB)

TEXT ·methodStubsAddr(SB), NOSPLIT, $0-8
	LEAQ ·methodStubs(SB), AX
	MOVQ AX, ret+0(FP)
	RET

TEXT ·closureStubAddr(SB), NOSPLIT, $0-8
	LEAQ ·closureStub(SB), AX
	MOVQ AX, ret+0(FP)
	RET

TEXT ·makeFuncStubAddr(SB), NOSPLIT, $0-8
	LEAQ reflect·makeFuncStub(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// goroutine returns the address of the running goroutine's descriptor, which serves as its identity.
TEXT ·goroutine(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET
