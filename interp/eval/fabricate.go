//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/rustygradients/rg/interp/check"
)

// descriptor is what is known of a runtime type descriptor of our own: the part that depends on the kind, the
// uncommon part, and methods somewhere behind. It stays (decision 15), so what belongs to it is small.
type descriptor struct {
	at      ptr
	size    int32       // of the part that depends on the kind
	room    int32       // of the table of methods
	pointer *descriptor // of the pointer type
	form    formKey
	entries atomic.Pointer[methodEntry] // of the methods
}

// uncommon is the part about methods.
func (d *descriptor) uncommon() *uncommonType { return (*uncommonType)(unsafe.Add(d.at, d.size)) }

// What stays is given out from slabs of many. The word before a type of our own, which has a flag for that, is the address of
// its descriptor, of which the collector would know nothing.
var (
	descriptors   slabs[descriptor]
	methodEntries slabs[methodEntry]
)

type slabs[T any] [][]T

func (p *slabs[T]) next() *T {
	last := len(*p) - 1
	if last < 0 || len((*p)[last]) == cap((*p)[last]) {
		*p = append(*p, make([]T, 0, 64))
		last++
	}
	list := (*p)[last]
	list = list[:len(list)+1]
	(*p)[last] = list
	return &list[len(list)-1]
}

// flagOwn is a flag that the runtime doesn't know.
const flagOwn = 1 << 7

// descriptorOf is the descriptor of a type of our own; nil for any other.
func descriptorOf(t *rtype) *descriptor {
	if t.TFlag&flagOwn == 0 {
		return nil
	}
	return *(**descriptor)(unsafe.Add(ptr(t), -int(wordSize)))
}

func newDescriptor(kind reflect.Type, methods int) *descriptor {
	return newDescriptorWith(kind, 0, methods)
}

// newDescriptorWith leaves room for a function type's list of parameters and results.
func newDescriptorWith(kind reflect.Type, params, methods int) *descriptor {
	room := methods + spareMethods
	size := (kind.Size() + wordSize - 1) &^ (wordSize - 1)
	list := unsafe.Sizeof(uncommonType{}) + uintptr(params)*wordSize
	before := lasting(wordSize + size + list + uintptr(room)*unsafe.Sizeof(methodType{}))
	at := unsafe.Add(before, wordSize)
	d := descriptors.next()
	d.at, d.size, d.room = at, int32(size), int32(room)
	d.uncommon().Moff = uint32(list)
	*(**descriptor)(before) = d
	return d
}

// setMethods makes a list, which is sorted, the table of methods.
func (d *descriptor) setMethods(list []methodType, exported int) {
	u := d.uncommon()
	if len(list) > int(d.room) {
		room := max(len(list), 2*int(d.room))
		table := lastingSlice[methodType](room)
		moff, ok := distance(ptr(u), ptr(&table[0]))
		if !ok {
			refuse("%v has got more methods than there is room for: define the type again", typeOf(d.rtype()))
		}
		copy(table, list)
		d.room, u.Moff = int32(room), moff
	} else {
		copy(unsafe.Slice((*methodType)(unsafe.Add(ptr(u), u.Moff)), d.room), list)
	}
	u.MCount, u.XCount = uint16(len(list)), uint16(exported)
}

var nextHash uint32 = 0x9e3779b9

func (d *descriptor) rtype() *rtype { return (*rtype)(d.at) }

// layout makes the descriptor that of a type like another, with a name of its own, which is also that of the
// pointer type, less the star.
func (d *descriptor) layout(like reflect.Type, str string) {
	d.begin(like)
	d.rtype().Str = addReflectOff(ptr(name("*"+str, "", false, false, "")))
	d.rtype().TFlag |= flagExtraStar
}

func (d *descriptor) begin(like reflect.Type) {
	p := d.rtype()
	*p = *rt(like)
	p.TFlag = p.TFlag&^flagExtraStar | flagUncommon | flagNamed | flagOwn
	nextHash = nextHash*1664525 + 1013904223
	p.Hash = nextHash
	p.PtrToThis = 0
}

func (w *world) fillStruct(p *structType, t *types.Struct) {
	like := (*structType)(ptr(w.standInType(t)))
	p.PkgPath = nil
	p.Fields = lastingSlice[fieldType](t.NumFields())[:0] // what is made of this type meanwhile finds those that are there
	for i := range t.NumFields() {
		f := t.Field(i)
		if !f.Exported() && p.PkgPath == nil {
			p.PkgPath = name(methodPkg(f), "", false, false, "")
		}
		p.Fields = append(p.Fields, fieldType{
			Name: name(f.Name(), t.Tag(i), f.Exported(), f.Embedded(), ""),
			Type: w.rtype(f.Type()),
			Off:  like.Fields[i].Off,
		})
	}
}

func (w *world) standInType(t types.Type) *rtype { return rt(w.standIn(t)) }

func (w *world) fillInterface(p *interfaceType, t *types.Interface) {
	list := slices.Collect(t.Methods())
	slices.SortFunc(list, func(a, b *types.Func) int { return strings.Compare(a.Name(), b.Name()) })
	p.PkgPath = name("main", "", false, false, "")
	p.Methods = lastingSlice[imethodType](len(list))[:0]
	for _, f := range list {
		p.Methods = append(p.Methods, imethodType{
			Name: methodNameOff(f),
			Type: addReflectOff(ptr(rt(w.funcType(f.Signature())))),
		})
	}
}

// pointerTo makes the pointer type of a fabricated type, which has methods too.
func (w *world) pointerTo(d *descriptor, t types.Type) {
	pt := types.NewPointer(t)
	ms := types.NewMethodSet(pt)
	pd := newDescriptor(reflect.TypeFor[elemType](), ms.Len())
	pd.begin(reflect.TypeFor[*int]())
	d.pointer = pd
	p := (*elemType)(pd.at)
	p.Str = d.rtype().Str
	p.TFlag &^= flagNamed
	p.Elem = d.rtype()
	d.rtype().PtrToThis = addReflectOff(pd.at)
	w.late = append(w.late, func() { pd.methods(w, pt, ms, "main") })
}

// flush fills method tables when no type is under construction any more.
func (w *world) flush() {
	for w.busy == 0 && len(w.late) > 0 {
		f := w.late[0]
		w.late = w.late[1:]
		f()
	}
}

// methods fills the table of methods. It is also called for a type whose methods have changed.
func (d *descriptor) methods(w *world, t types.Type, ms *types.MethodSet, pkg string) {
	var list []*types.Selection
	for s := range ms.Methods() {
		if f := s.Obj().(*types.Func); f.Exported() || isProgram(f.Pkg()) || w.viaInterface(t, s) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *types.Selection) int { return strings.Compare(a.Obj().Name(), b.Obj().Name()) })
	table := make([]methodType, 0, len(list))
	exported := 0
	for _, s := range list {
		f := s.Obj().(*types.Func)
		if f.Exported() {
			exported++
		}
		key := methodName{methodPkg(f), f.Name()}
		e := d.method(key)
		if e == nil {
			e = methodEntries.next()
			e.name = key.shared()
			w.resolve(e, d.rtype(), t, s)
			ft := w.funcType(w.signature(s))
			e.mtype = addReflectOff(ptr(rt(ft)))
			e.nameOff = methodNameOff(f)
			d.stubs(w, e, t, ft)
			d.add(e)
		}
		table = append(table, methodType{e.nameOff, e.mtype, e.byWord, e.byValue})
	}
	d.uncommon().PkgPath = nameOff(pkg)
	d.setMethods(table, exported)
}

// stubs gives a method its code. An interface has the address of a value that is no pointer itself, and so do
// the pointer type's methods.
func (d *descriptor) stubs(w *world, e *methodEntry, t types.Type, ft reflect.Type) {
	if d.rtype().TFlag&flagDirect != 0 {
		e.byWord = e.native(ft, reflect.TypeFor[unsafe.Pointer]())
		e.byValue = e.byWord
		return
	}
	if d.pointer != nil {
		if p := d.pointer.method(*e.name); p != nil && p.mtype == e.mtype {
			e.byWord = p.byWord
		}
	}
	if e.byWord == 0 {
		e.byWord = e.native(ft, reflect.TypeFor[unsafe.Pointer]())
	}
	e.byValue = e.native(ft, w.standIn(t)) // function types of the stand-in are shared
}

// viaInterface says whether a method comes from an embedded interface.
func (w *world) viaInterface(t types.Type, s *types.Selection) bool {
	f := s.Obj().(*types.Func)
	return f.Signature().Recv() != nil && isInterface(f.Signature().Recv().Type())
}

// signature is a method's type with type arguments in place.
func (w *world) signature(s *types.Selection) *types.Signature {
	return s.Obj().(*types.Func).Signature()
}

// localIDs number the types that functions declare. What the checker knows of a type leads to all
// that it knows of its program, so that must not be kept.
var localIDs = map[weak.Pointer[types.TypeName]]int{}

func localID(o *types.TypeName) int {
	k := weak.Make(o)
	n, ok := localIDs[k]
	if !ok {
		n = len(localIDs)
		localIDs[k] = n
	}
	return n
}

// typeKey is the name of a defined type and its arguments.
func (w *world) typeKey(n *types.Named) (key, str string) {
	o := n.Obj()
	if isSession(o.Pkg()) && o.Parent() == o.Pkg().Scope() {
		key = o.Name()
	} else if o.Parent() == o.Pkg().Scope() {
		key = "/" + o.Pkg().Path() + "." + o.Name()
	} else {
		key = fmt.Sprintf("local %d", localID(n.Origin().Obj()))
	}
	str = o.Pkg().Name() + "." + check.Plain(o.Name())
	if n.TypeArgs().Len() > 0 {
		var args []string
		key += "["
		for t := range n.TypeArgs().Types() {
			r := w.reflect(t)
			key += fmt.Sprintf("%p,", rt(r))
			args = append(args, w.argName(t))
		}
		str += "[" + strings.Join(args, ",") + "]"
	}
	return key, str
}

// argName is the name of a type argument. A local type has its number in its function behind it.
func (w *world) argName(t types.Type) string {
	s := argName(w.reflect(t))
	if n, ok := types.Unalias(t).(*types.Named); ok {
		o := n.Origin().Obj()
		if from := w.localOrigin[o]; from != nil {
			o = from
		}
		if k := localNumber(o); k > 0 {
			s += fmt.Sprintf("·%d", k)
		}
	}
	return s
}

// localNumber counts the types of a function up to one of them; 0 for a type of a package.
func localNumber(o *types.TypeName) int {
	if o.Pkg() == nil || o.Parent() == nil || o.Parent() == o.Pkg().Scope() {
		return 0
	}
	s := o.Parent()
	for s.Parent() != nil && s.Parent().Parent() != o.Pkg().Scope() {
		s = s.Parent()
	}
	n := 0
	var count func(s *types.Scope)
	count = func(s *types.Scope) {
		for _, name := range s.Names() {
			t, ok := s.Lookup(name).(*types.TypeName)
			if !ok || t.IsAlias() || t.Pos() > o.Pos() {
				continue
			}
			if _, param := t.Type().(*types.TypeParam); !param {
				n++
			}
		}
		for c := range s.Children() {
			count(c)
		}
	}
	count(s)
	return n
}

// argName writes a type argument as the compiler does in the name of an instance: defined types and
// fields that aren't exported with their package's path.
func argName(r reflect.Type) string {
	if r.Name() != "" {
		if r.PkgPath() == "" {
			return r.Name()
		}
		return r.PkgPath() + "." + r.Name()
	}
	switch r.Kind() {
	case reflect.Pointer:
		return "*" + argName(r.Elem())
	case reflect.Slice:
		return "[]" + argName(r.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", r.Len(), argName(r.Elem()))
	case reflect.Map:
		return fmt.Sprintf("map[%s]%s", argName(r.Key()), argName(r.Elem()))
	case reflect.Struct:
		if r.NumField() > 0 {
			return structArgName(r)
		}
	}
	return r.String()
}

func structArgName(r reflect.Type) string {
	var fields []string
	for i := range r.NumField() {
		f := r.Field(i)
		text := argName(f.Type)
		switch {
		case f.Anonymous:
		case f.PkgPath != "":
			text = f.PkgPath + "." + f.Name + " " + text
		default:
			text = f.Name + " " + text
		}
		if f.Tag != "" {
			text += " " + strconv.Quote(string(f.Tag))
		}
		fields = append(fields, text)
	}
	return "struct { " + strings.Join(fields, "; ") + " }"
}

func (w *world) namedType(n *types.Named) reflect.Type {
	o := n.Obj()
	if o.Pkg() == nil {
		if o.Name() == "error" {
			return reflect.TypeFor[error]()
		}
		return reflect.TypeFor[any]() // comparable
	}
	if !isProgram(o.Pkg()) && n.TypeArgs().Len() == 0 && n.TypeParams().Len() == 0 {
		return w.compiledType(o)
	}
	key, str := w.typeKey(n)
	if r := w.types.get(key); r != nil {
		return r
	}
	if !isProgram(o.Pkg()) {
		if r := compiledInstance(o.Pkg().Path(), str); r != nil {
			w.types.set(key, r)
			return r
		}
	}
	form := w.form(n, key)
	if r := w.types.get(key); r != nil { // finding the form has made it
		return r
	}
	if form != "" {
		if r := w.revive(n, key, form.key()); r != nil {
			w.flush()
			return r
		}
	}
	w.busy++
	r := w.fabricate(n, key, str)
	w.busy--
	if form != "" {
		w.commits = append(w.commits, func() { w.forms.add(form.key(), r) })
	}
	w.flush()
	return r
}

func (w *world) fabricate(n *types.Named, key, str string) reflect.Type {
	ms := types.NewMethodSet(n)
	var d *descriptor
	begin := func(kind reflect.Type, params int) {
		d = newDescriptorWith(kind, params, ms.Len())
		d.layout(w.standIn(n.Underlying()), str)
		r := typeOf(d.rtype())
		w.types.set(key, r)
		w.cache.Set(n, r)
		d.uncommon().PkgPath = nameOff(check.Plain(n.Obj().Pkg().Path()))
		if !isInterface(n) {
			w.pointerTo(d, n)
			w.late = append(w.late, func() { d.methods(w, n, ms, check.Plain(n.Obj().Pkg().Path())) })
		}
	}
	switch u := n.Underlying().(type) {
	case *types.Basic:
		begin(reflect.TypeFor[rtype](), 0)
	case *types.Pointer:
		begin(reflect.TypeFor[elemType](), 0)
		(*elemType)(d.at).Elem = w.rtype(u.Elem())
	case *types.Slice:
		begin(reflect.TypeFor[elemType](), 0)
		(*elemType)(d.at).Elem = w.rtype(u.Elem())
	case *types.Array:
		begin(reflect.TypeFor[arrayType](), 0)
		from, to := (*arrayType)(ptr(w.rtype(u))), (*arrayType)(d.at)
		to.Elem, to.Slice, to.Len = from.Elem, from.Slice, from.Len
	case *types.Chan:
		begin(reflect.TypeFor[chanType](), 0)
		from, to := (*chanType)(ptr(w.rtype(u))), (*chanType)(d.at)
		to.Elem, to.Dir = from.Elem, from.Dir
	case *types.Map:
		begin(reflect.TypeFor[mapType](), 0)
		to := (*mapType)(d.at)
		own := to.rtype
		*to = *(*mapType)(ptr(w.rtype(u)))
		to.rtype = own
	case *types.Signature:
		params := u.Params().Len() + u.Results().Len()
		begin(reflect.TypeFor[funcType](), params)
		r := w.reflect(u)
		from, to := (*funcType)(ptr(rt(r))), (*funcType)(d.at)
		to.In, to.Out = from.In, from.Out
		list := unsafe.Slice((**rtype)(unsafe.Add(ptr(d.uncommon()), unsafe.Sizeof(uncommonType{}))), params)
		for i := range list {
			if i < r.NumIn() {
				list[i] = rt(r.In(i))
			} else {
				list[i] = rt(r.Out(i - r.NumIn()))
			}
		}
	case *types.Interface:
		begin(reflect.TypeFor[interfaceType](), 0)
		w.fillInterface((*interfaceType)(d.at), u)
	case *types.Struct:
		begin(reflect.TypeFor[structType](), 0)
		w.fillStruct((*structType)(d.at), u)
		if p := d.rtype(); hasBlank(n) && p.Equal != nil {
			p.Equal = func(a, b ptr) bool { return equal(p, a, b) }
			keep = append(keep, *(*ptr)(ptr(&p.Equal)))
		}
	default:
		refuse("values of type %v are not supported", n)
	}
	return typeOf(d.rtype())
}
