//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"hash"
	"hash/maphash"
	"reflect"
	"runtime"
	"unique"
	"unsafe"
	"weak"
)

// instances are what the prelude's generic functions can't do in Go: one compiled instance of the
// standard library's serves all types.
func instances() map[string]reflect.Value {
	return map[string]reflect.Value{
		"unique.canonical": reflect.ValueOf(func(v any) *any {
			h := unique.Make(v)
			return *(**any)(ptr(&h))
		}),
		"weak.weaken": reflect.ValueOf(func(p unsafe.Pointer) unsafe.Pointer {
			w := weak.Make((*byte)(p))
			return *(*ptr)(ptr(&w))
		}),
		"weak.strengthen": reflect.ValueOf(func(u unsafe.Pointer) unsafe.Pointer {
			return ptr((*(*weak.Pointer[byte])(ptr(&u))).Value())
		}),
		"runtime.cleanup": reflect.ValueOf(func(p unsafe.Pointer, f func()) runtime.Cleanup {
			return runtime.AddCleanup((*byte)(p), func(f func()) { f() }, f)
		}),
		"hash/maphash.hash":    reflect.ValueOf(maphash.Comparable[any]),
		"hash/maphash.write":   reflect.ValueOf(maphash.WriteComparable[any]),
		"crypto/hkdf.extract":  reflect.ValueOf(hkdf.Extract[hash.Hash]),
		"crypto/hkdf.expand":   reflect.ValueOf(hkdf.Expand[hash.Hash]),
		"crypto/hkdf.derive":   reflect.ValueOf(hkdf.Key[hash.Hash]),
		"crypto/pbkdf2.derive": reflect.ValueOf(pbkdf2.Key[hash.Hash]),
	}
}
