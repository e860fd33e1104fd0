package rt

// Defers is the list of deferred calls of one activation of a function. The interpreter's own defer
// evaluates arguments too late and runs with a lock held, so a function that defers is lowered to
// two: its statements, which Call calls, and the function around them, which has the results.
type Defers struct {
	r        *Runtime
	list     []func()
	panicked bool
	value    any
}

func (r *Runtime) newDefers() *Defers { return &Defers{r: r} }

// Push adds a deferred call.
func (d *Defers) Push(f func()) { d.list = append(d.list, f) }

// Call calls the function's statements and then, however they ended, the deferred calls. A panic
// that none of these recovers goes on.
func (d *Defers) Call(body func()) {
	normal := false
	defer func() {
		if !normal {
			if v := recover(); v != nil {
				d.panicked, d.value = true, normalize(v)
			}
		}
		d.run()
	}()
	body()
	normal = true
}

// run runs the deferred calls, last in first out.
func (d *Defers) run() {
	if len(d.list) > 0 {
		g := goid()
		d.r.traces.push(g, d)
		finished := false
		defer func() {
			d.r.traces.pop(g)
			if !finished {
				// A deferred call ended the goroutine: the rest must run still.
				d.rest()
			}
		}()
		d.rest()
		finished = true
	}
	if d.panicked {
		panic(d.value)
	}
}

func (d *Defers) rest() {
	for len(d.list) > 0 {
		f := d.list[len(d.list)-1]
		d.list = d.list[:len(d.list)-1]
		d.one(f)
	}
}

func (d *Defers) one(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			d.panicked, d.value = true, normalize(v)
		}
	}()
	f()
	returned = true
}

// Recover is recover() in a deferred literal of the list's function.
func (d *Defers) Recover() any {
	if !d.panicked {
		return nil
	}
	v := d.value
	d.panicked, d.value = false, nil
	d.r.traces.reset(goid())
	return unwrap(v)
}

// recover is recover() in any other function: it works on the list that is running.
func (r *Runtime) recover() any {
	if d := r.traces.top(goid()); d != nil {
		return d.Recover()
	}
	return nil
}
