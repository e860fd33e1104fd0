//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/types"
	"reflect"
	"strings"
	"unsafe"
)

type ptr = unsafe.Pointer

// The types here mirror internal/abi of Go 1.26; selftest.go checks them.

type rtype struct {
	Size, PtrBytes uintptr
	Hash           uint32
	TFlag          uint8
	Align, FAlign  uint8
	Kind           uint8
	Equal          func(ptr, ptr) bool
	GCData         *byte
	Str, PtrToThis int32
}

const (
	flagUncommon  = 1 << 0
	flagExtraStar = 1 << 1
	flagNamed     = 1 << 2
	flagDirect    = 1 << 5 // an interface's data word is the value itself
)

type uncommonType struct {
	PkgPath int32
	MCount  uint16
	XCount  uint16
	Moff    uint32
	_       uint32
}

type methodType struct{ Name, Type, Ifn, Tfn int32 }

type imethodType struct{ Name, Type int32 }

type elemType struct { // pointers and slices
	rtype
	Elem *rtype
}

type arrayType struct {
	rtype
	Elem, Slice *rtype
	Len         uintptr
}

type chanType struct {
	rtype
	Elem *rtype
	Dir  int
}

type funcType struct {
	rtype
	In, Out uint16
}

type interfaceType struct {
	rtype
	PkgPath *byte
	Methods []imethodType
}

type mapType struct {
	rtype
	Key, Elem, Group             *rtype
	Hasher                       func(ptr, uintptr) uintptr
	GroupSize, SlotSize, ElemOff uintptr
	Flags                        uint32
}

type fieldType struct {
	Name *byte
	Type *rtype
	Off  uintptr
}

type structType struct {
	rtype
	PkgPath *byte
	Fields  []fieldType
}

// iface is an interface value: its first word is a type if the interface has no methods, else an
// itab.
type iface struct{ tab, data ptr }

type slice struct {
	data     ptr
	len, cap int
}

type itab struct {
	Inter *rtype
	Type  *rtype
	Hash  uint32
	Fun   [1]ptr // of the methods, sorted by name
}

// makeFuncImpl mirrors package reflect.
type makeFuncImpl struct {
	fn      uintptr
	stack   ptr
	argLen  uintptr
	regPtrs [2]uint8
	ftyp    *rtype
	call    ptr // func([]reflect.Value) []reflect.Value
}

//go:linkname addReflectOff reflect.addReflectOff
func addReflectOff(p ptr) int32

//go:linkname newObject reflect.unsafe_New
func newObject(*rtype) ptr

//go:linkname newArray reflect.unsafe_NewArray
func newArray(*rtype, int) ptr

//go:linkname typedMove reflect.typedmemmove
func typedMove(t *rtype, dst, src ptr)

//go:linkname typedClear reflect.typedmemclr
func typedClear(t *rtype, p ptr)

//go:linkname typedCopy reflect.typedslicecopy
func typedCopy(t *rtype, dst, src slice) int

//go:linkname growSlice reflect.growslice
func growSlice(t *rtype, old slice, more int) slice

//go:linkname mapGet reflect.mapaccess
func mapGet(t *rtype, m, key ptr) ptr

//go:linkname mapSet reflect.mapassign0
func mapSet(t *rtype, m, key, val ptr)

//go:linkname mapDelete reflect.mapdelete
func mapDelete(t *rtype, m, key ptr)

//go:linkname mapLen reflect.maplen
func mapLen(m ptr) int

//go:linkname mapClear reflect.mapclear
func mapClear(t *rtype, m ptr)

//go:linkname chanSend reflect.chansend0
func chanSend(ch, elem ptr, nonblocking bool) bool

//go:linkname chanRecv reflect.chanrecv
func chanRecv(ch ptr, nonblocking bool, elem ptr) (selected, received bool)

// runtimeSelect is a channel operation of a select: val is what is sent, or where it goes.
type runtimeSelect struct {
	dir reflect.SelectDir
	_   *rtype // of the channel, which the runtime doesn't read
	ch  ptr
	val ptr
}

//go:noescape
//go:linkname rselect reflect.rselect
func rselect([]runtimeSelect) (chosen int, received bool)

// rt is the descriptor behind a reflect.Type, typeOf the way back.
func rt(t reflect.Type) *rtype { return (*rtype)((*iface)(ptr(&t)).data) }

func typeOf(p *rtype) reflect.Type {
	if p == nil {
		return nil
	}
	var e any
	(*iface)(ptr(&e)).tab = ptr(p)
	return reflect.TypeOf(e)
}

// name encodes a name as type descriptors have it.
func name(s, tag string, exported, embedded bool, pkg string) *byte {
	b := []byte{0}
	text := func(s string) {
		n := len(s)
		for ; n >= 0x80; n >>= 7 {
			b = append(b, byte(n)|0x80)
		}
		b = append(append(b, byte(n)), s...)
	}
	if exported {
		b[0] |= 1
	}
	text(s)
	if tag != "" {
		b[0] |= 2
		text(tag)
	}
	if embedded {
		b[0] |= 8
	}
	if pkg != "" {
		b[0] |= 4
		off := nameOff(pkg)
		o := (*[4]byte)(ptr(&off))
		b = append(b, o[:]...)
	}
	at := lastingSlice[byte](len(b))
	copy(at, b)
	return &at[0]
}

// nameKey is what makes a name of a package or a method.
type nameKey struct {
	name, pkg string
	exported  bool
}

// nameOffs are the names that many types have.
var nameOffs = map[nameKey]int32{}

func (k nameKey) off() int32 {
	off, ok := nameOffs[k]
	if !ok {
		k = nameKey{strings.Clone(k.name), strings.Clone(k.pkg), k.exported}
		off = addReflectOff(ptr(name(k.name, "", k.exported, false, k.pkg)))
		nameOffs[k] = off
	}
	return off
}

func nameOff(s string) int32 { return nameKey{name: s}.off() }

func methodNameOff(f *types.Func) int32 { return nameKey{f.Name(), methodPkg(f), f.Exported()}.off() }

// tabType is the concrete type behind an itab, or nil.
func tabType(tab ptr) *rtype {
	if tab == nil {
		return nil
	}
	return (*itab)(tab).Type
}

func nilCheck(p ptr) {
	if p == nil {
		_ = *(*byte)(p)
	}
}
