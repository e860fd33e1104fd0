package rt

import (
	"reflect"
	"runtime"
)

// end ends the goroutine of a stopped run that was waiting.
func (r *Runtime) end() {
	r.stop()
	runtime.Goexit()
}

func (r *Runtime) send(c, v any) {
	cv := reflect.ValueOf(c)
	x := elemValue(cv, v)
	if !cv.IsNil() && cv.TrySend(x) {
		return
	}
	stop := r.current().stopped()
	n, _, _ := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: cv, Send: x},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(stop)},
	})
	if n == 1 {
		r.end()
	}
}

func elemValue(c reflect.Value, v any) reflect.Value {
	x := reflect.New(c.Type().Elem()).Elem()
	if v != nil {
		x.Set(reflect.ValueOf(v))
	}
	return x
}

// receiveInto receives into *p and reports whether the value was sent.
func (r *Runtime) receiveInto(c, p any) bool {
	v, ok := r.recv(reflect.ValueOf(c))
	dst := reflect.ValueOf(p).Elem()
	if v.IsValid() {
		dst.Set(v)
	}
	return ok
}

// receive receives from a channel of any.
func (r *Runtime) receive(c any) any {
	v, _ := r.recv(reflect.ValueOf(c))
	if !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil() {
		return nil
	}
	return v.Interface()
}

func (r *Runtime) recv(cv reflect.Value) (reflect.Value, bool) {
	if !cv.IsNil() {
		if v, ok := cv.TryRecv(); v.IsValid() {
			return v, ok
		}
	}
	stop := r.current().stopped()
	n, v, ok := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: cv},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(stop)},
	})
	if n == 1 {
		r.end()
	}
	return v, ok
}

// Case is one case of a select statement.
type Case struct {
	sc  reflect.SelectCase
	dst reflect.Value
}

func sendCase(c, v any) Case {
	cv := reflect.ValueOf(c)
	return Case{sc: reflect.SelectCase{Dir: reflect.SelectSend, Chan: cv, Send: elemValue(cv, v)}}
}

func recvCase(c, p any) Case {
	return Case{sc: reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}, dst: reflect.ValueOf(p).Elem()}
}

// selectCases chooses a case and returns its number, or -1 for the default.
func (r *Runtime) selectCases(hasDefault bool, cases ...Case) (int, bool) {
	list := make([]reflect.SelectCase, len(cases), len(cases)+1)
	for i, c := range cases {
		list[i] = c.sc
	}
	if hasDefault {
		list = append(list, reflect.SelectCase{Dir: reflect.SelectDefault})
	} else {
		list = append(list, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.current().stopped())})
	}
	n, v, ok := reflect.Select(list)
	if n == len(cases) {
		if hasDefault {
			return -1, false
		}
		r.end()
	}
	if v.IsValid() && cases[n].dst.IsValid() {
		cases[n].dst.Set(v)
	}
	return n, ok
}

func clearValue(x any) { reflect.ValueOf(x).Clear() }
