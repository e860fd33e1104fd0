package symbols

import (
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rustygradients/rg/interp/symbols/exit"
	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

const regenerate = "run go generate ./interp/symbols"

// TestGoVersion: types, symbols and the compiler must be of one Go release, or cells would type-check
// against functions that aren't there.
func TestGoVersion(t *testing.T) {
	v, err := GoVersion()
	if err != nil {
		t.Fatal(err)
	}
	minor := func(v string) string { return strings.Join(strings.SplitN(v, ".", 3)[:2], ".") }
	if minor(v) != minor(runtime.Version()) {
		t.Errorf("types are those of %s, the compiler is %s; %s", v, runtime.Version(), regenerate)
	}
}

// TestAgreement compares what each package exports to the type checker with what it exports to
// executors, both ways.
func TestAgreement(t *testing.T) {
	for _, path := range Paths() {
		if path == "unsafe" {
			continue // the compiler's own
		}
		pkg, err := Importer().Import(path)
		if err != nil {
			t.Errorf("%v; %s", err, regenerate)
			continue
		}
		syms, _ := Symbols(path)
		if pkg.Name() != Name(path) {
			t.Errorf("%s: named %s by the types, %s by the table", path, pkg.Name(), Name(path))
		}
		for _, name := range pkg.Scope().Names() {
			obj := pkg.Scope().Lookup(name)
			if !obj.Exported() {
				continue
			}
			_, have := syms[name]
			want := !compileTimeOnly(obj)
			if have && !want {
				t.Errorf("%s.%s has a symbol and should not; %s", path, name, regenerate)
			}
			if want && !have {
				t.Errorf("%s.%s has no symbol; %s", path, name, regenerate)
			}
			if have && want {
				checkSymbol(t, path, obj, syms[name])
			}
		}
		for name := range syms {
			name = strings.TrimPrefix(name, "_")
			if obj := pkg.Scope().Lookup(name); obj == nil || !obj.Exported() {
				t.Errorf("%s.%s has a symbol, and is not among the types; %s", path, name, regenerate)
			}
		}
	}
}

// compileTimeOnly is the definition of what has no symbol, written apart from the generator's.
func compileTimeOnly(obj types.Object) bool {
	switch t := obj.Type().(type) {
	case *types.Signature:
		_, isFunc := obj.(*types.Func)
		return isFunc && t.TypeParams() != nil
	case interface{ TypeParams() *types.TypeParamList }:
		if _, isType := obj.(*types.TypeName); isType && t.TypeParams() != nil {
			return true
		}
	}
	if _, ok := obj.(*types.TypeName); ok {
		i, ok := obj.Type().Underlying().(*types.Interface)
		return ok && !i.IsMethodSet()
	}
	return false
}

// checkSymbol compares a value with the object it stands for.
func checkSymbol(t *testing.T, path string, obj types.Object, v reflect.Value) {
	t.Helper()
	name := path + "." + obj.Name()
	switch obj := obj.(type) {
	case *types.Func:
		if !same(obj.Signature(), v.Type()) {
			t.Errorf("%s is a %s, its types say %s; %s", name, v.Type(), obj.Signature(), regenerate)
		}
	case *types.Var:
		if !v.CanSet() || !same(obj.Type(), v.Type()) {
			t.Errorf("%s is a %s (settable: %v), its types say %s; %s", name, v.Type(), v.CanSet(), obj.Type(), regenerate)
		}
	case *types.Const:
		if c := table.Constant(v); c.Kind() == constant.Unknown || !sameConstant(c, obj.Val()) {
			t.Errorf("%s is %v for executors, %v for the type checker; %s", name, v, obj.Val(), regenerate)
		}
	case *types.TypeName:
		checkType(t, name, obj.Type(), v.Type().Elem())
	}
}

// checkType compares a type, its fields and its methods. Executors find fields by index, so they
// must lie in the same order.
func checkType(t *testing.T, name string, typ types.Type, rt reflect.Type) {
	t.Helper()
	if !same(typ, rt) {
		t.Errorf("%s is %s, its types say %s; %s", name, rt, typ, regenerate)
		return
	}
	if types.Comparable(typ) != rt.Comparable() {
		t.Errorf("%s: comparable is %v, its types say %v; %s", name, rt.Comparable(), types.Comparable(typ), regenerate)
	}
	if st, ok := typ.Underlying().(*types.Struct); ok {
		if rt.NumField() != st.NumFields() {
			t.Errorf("%s has %d fields, its types say %d; %s", name, rt.NumField(), st.NumFields(), regenerate)
			return
		}
		for i := range st.NumFields() {
			f, r := st.Field(i), rt.Field(i)
			if f.Name() != r.Name || f.Embedded() != r.Anonymous || st.Tag(i) != string(r.Tag) || f.Exported() && !same(f.Type(), r.Type) {
				t.Errorf("%s: field %d is %s %s, its types say %s %s; %s", name, i, r.Name, r.Type, f.Name(), f.Type(), regenerate)
			}
		}
	}
	skip := 1 // a compiled method has its receiver for first parameter
	if rt.Kind() == reflect.Interface {
		skip = 0
	} else {
		typ, rt = types.NewPointer(typ), reflect.PointerTo(rt)
	}
	set := types.NewMethodSet(typ)
	exported := 0
	for i := range set.Len() {
		m := set.At(i)
		if !m.Obj().Exported() {
			continue
		}
		exported++
		if r, ok := rt.MethodByName(m.Obj().Name()); !ok || !sameSignature(m.Type().(*types.Signature), r.Type, skip) {
			t.Errorf("%s: method %s is %v, its types say %s; %s", name, m.Obj().Name(), r.Type, m.Type(), regenerate)
		}
	}
	if rt.Kind() != reflect.Interface && rt.NumMethod() != exported {
		t.Errorf("%s has %d methods, its types say %d; %s", name, rt.NumMethod(), exported, regenerate)
	}
}

// sameConstant allows for the rounding of typed floating-point constants.
func sameConstant(a, b constant.Value) bool {
	if constant.Compare(a, token.EQL, b) {
		return true
	}
	if a.Kind() == constant.Float || b.Kind() == constant.Float {
		x, _ := constant.Float64Val(constant.ToFloat(a))
		y, _ := constant.Float64Val(constant.ToFloat(b))
		return x == y
	}
	return false
}

// TestStdIsWhole: whatever the standard library offers is importable or left out for a reason.
func TestStdIsWhole(t *testing.T) {
	z, err := exportData()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name == "go.version" {
			continue
		}
		if _, ok := table.Lookup(f.Name); !ok && catalog.StdConstraint[f.Name] == "" {
			t.Errorf("%s has types and no table; %s", f.Name, regenerate)
		}
		if why, ok := catalog.ExcludedStd[f.Name]; ok {
			t.Errorf("%s is embedded and excluded (%s); %s", f.Name, why, regenerate)
		}
	}
	for _, p := range slices.Concat(catalog.Gonum, catalog.Plot, []string{"fmt", "net/http", "slices", "iter", "unsafe"}) {
		if !slices.Contains(Paths(), p) {
			t.Errorf("%s can't be imported; %s", p, regenerate)
		}
	}
}

func TestPreloaded(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Preloaded() {
		pkg, err := Importer().Import(p.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != pkg.Name() {
			t.Errorf("%s is preloaded as %s", p.Path, p.Name)
		}
		if seen[p.Name] {
			t.Errorf("two preloaded packages are called %s", p.Name)
		}
		seen[p.Name] = true
		if Doc(p.Path, "", "") == "" {
			t.Errorf("%s has no documentation", p.Path)
		}
	}
	if !seen["display"] {
		t.Error("display is not preloaded")
	}
}

func TestImportErrors(t *testing.T) {
	tests := []struct{ path, want string }{
		{"plugin", "is not available in cells: loads shared objects"},
		{"rand", `did you mean "`},
		{"Strings", `did you mean "strings"?`},
		{"nosuch", "is not in the standard library"},
		{"internal/abi", "is internal"},
		{"github.com/some/module", "cells can import the standard library, gonum"},
	}
	for _, test := range tests {
		if _, err := Importer().Import(test.path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("import %q: %v; want %q", test.path, err, test.want)
		}
	}
}

// TestConcurrentImport has the race detector look at importing beside reading.
func TestConcurrentImport(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range Paths() {
				path := Paths()[(j*7+i*13)%len(Paths())]
				pkg, err := Importer().Import(path)
				if err != nil {
					t.Error(err)
					return
				}
				for _, name := range pkg.Scope().Names() {
					obj := pkg.Scope().Lookup(name)
					if tn, ok := obj.(*types.TypeName); ok {
						types.NewMethodSet(types.NewPointer(tn.Type()))
					}
					_ = types.ObjectString(obj, nil)
				}
				Symbols(path)
				Doc(path, "", "")
			}
		})
	}
	wg.Wait()
}

func TestOnePackageForAll(t *testing.T) {
	a, err := Importer().Import("io")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Importer().Import("bufio")
	if err != nil {
		t.Fatal(err)
	}
	reader := b.Scope().Lookup("NewReader").(*types.Func).Signature().Params().At(0).Type()
	if reader.(*types.Named).Obj() != a.Scope().Lookup("Reader") {
		t.Error("bufio's io.Reader is not io's")
	}
}

func TestOverrides(t *testing.T) {
	tests := []struct {
		path, name string
		args       []any
		want       exit.Code
	}{
		{"os", "Exit", []any{3}, 3},
		{"log", "Fatal", []any{"over"}, 1},
		{"log", "Fatalf", []any{"%s", "over"}, 1},
		{"log", "Fatalln", []any{"over"}, 1},
	}
	logged := captureLog(t)
	for _, test := range tests {
		syms, _ := Symbols(test.path)
		in := make([]reflect.Value, len(test.args))
		for i, a := range test.args {
			in[i] = reflect.ValueOf(a)
		}
		got := func() (got any) {
			defer func() { got = recover() }()
			syms[test.name].Call(in)
			return nil
		}()
		if got != test.want {
			t.Errorf("%s.%s panics with %v, want %v", test.path, test.name, got, test.want)
		}
	}
	if n := strings.Count(logged.String(), "over"); n != 3 {
		t.Errorf("log.Fatal logged %d times of 3: %q", n, logged)
	}
}

func TestDoc(t *testing.T) {
	tests := []struct{ path, name, member, want string }{
		{"strings", "", "", "Package strings implements"},
		{"strings", "Fields", "", "Fields splits the string"},
		{"strings", "Builder", "", "A Builder is used to efficiently build a string"},
		{"strings", "Builder", "Len", "Len returns the number of accumulated bytes"},
		{"math", "Pi", "", "https://oeis.org/A000796"},
		{"net/http", "Server", "Addr", "Addr optionally specifies the TCP address"},
		{"io", "Reader", "Read", ""},
		{"gonum.org/v1/gonum/mat", "Dense", "Mul", "Mul takes the matrix product"},
		{catalog.Module + "/viz/display", "", "", "Package display turns Go values"},
		{catalog.Module + "/viz/display", "Handle", "Update", "Update replaces"},
		{catalog.Module + "/viz/display", "Bundle", "ID", "display ID"},
	}
	for _, test := range tests {
		got := Doc(test.path, test.name, test.member)
		if !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("Doc(%q, %q, %q) = %.80q, want %q", test.path, test.name, test.member, got, test.want)
		}
	}
	if got := Doc("no/such", "Name", ""); got != "" {
		t.Errorf("a package that isn't there has documentation %q", got)
	}
}

func TestExports(t *testing.T) {
	e := Exports()
	if f := e["math/rand/v2/rand"]["IntN"]; f.Kind() != reflect.Func {
		t.Errorf("math/rand/v2.IntN is %v", f)
	}
	if _, ok := e["."]["MapTypes"].Interface().(map[reflect.Value][]reflect.Type); !ok {
		t.Error("MapTypes has not the type that yaegi expects")
	}
	if n := len(slices.Collect(maps.Keys(e))); n != len(Paths())+1 {
		t.Errorf("%d packages exported, %d importable", n-1, len(Paths()))
	}
}

// TestLocalize has a package come from another platform.
func TestLocalize(t *testing.T) {
	pkg := types.NewPackage("os", "os")
	sep := types.NewConst(token.NoPos, pkg, "PathSeparator", types.Typ[types.UntypedRune], constant.MakeInt64('?'))
	same := types.NewConst(token.NoPos, pkg, "O_RDONLY", types.Typ[types.Int], constant.MakeInt64(int64(os.O_RDONLY)))
	unknown := types.NewConst(token.NoPos, pkg, "Nowhere", types.Typ[types.Int], constant.MakeInt64(1))
	for _, c := range []*types.Const{sep, same, unknown} {
		pkg.Scope().Insert(c)
	}
	localize(pkg)
	tests := []struct {
		c    *types.Const
		want int64
	}{{sep, os.PathSeparator}, {same, int64(os.O_RDONLY)}, {unknown, 1}}
	for _, test := range tests {
		if got, _ := constant.Int64Val(test.c.Val()); got != test.want || test.c.Pkg() != pkg {
			t.Errorf("%s is %d, want %d", test.c.Name(), got, test.want)
		}
	}
}
