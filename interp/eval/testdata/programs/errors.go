package main

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Errors of all kinds that errors.Is, As and Join look through.
type NotFound struct{ Name string }

func (e NotFound) Error() string        { return "no " + e.Name }
func (e NotFound) Is(target error) bool { return target == fs.ErrNotExist }

type Query struct {
	Text string
	Err  error
}

func (q *Query) Error() string { return strconv.Quote(q.Text) + ": " + q.Err.Error() }
func (q *Query) Unwrap() error { return q.Err }

type Many []error

func (m Many) Error() string {
	var parts []string
	for _, e := range m {
		parts = append(parts, e.Error())
	}
	return strings.Join(parts, " & ")
}
func (m Many) Unwrap() []error { return m }

type Slow time.Duration

func (s Slow) Error() string   { return "slow: " + time.Duration(s).String() }
func (s Slow) Timeout() bool   { return true }
func (s Slow) Temporary() bool { return s < Slow(time.Second) }

type As struct{ n int }

func (a As) Error() string { return "as" }
func (a As) As(target any) bool {
	if n, ok := target.(**strconv.NumError); ok {
		*n = &strconv.NumError{Func: "As", Num: strconv.Itoa(a.n), Err: strconv.ErrRange}
		return true
	}
	return false
}

type coded interface {
	error
	Code() int
}

type Coded int

func (c Coded) Error() string { return "code " + strconv.Itoa(int(c)) }
func (c Coded) Code() int     { return int(c) }

type funcError func() string

func (f funcError) Error() string { return f() }

// In fields of compiled types, and embedding them.
type PathTrouble struct {
	*fs.PathError
	Hint string
}

type Refused struct {
	error
	at int
}

func main() {
	base := NotFound{"file"}
	q := &Query{"select", base}
	wrapped := fmt.Errorf("layer %d: %w", 2, fmt.Errorf("layer 1: %w", q))
	fmt.Println(wrapped)
	fmt.Println(errors.Is(wrapped, fs.ErrNotExist), errors.Is(wrapped, base), errors.Is(wrapped, NotFound{"other"}), errors.Is(wrapped, q), errors.Is(wrapped, &Query{"select", base}))
	var nf NotFound
	var pq *Query
	fmt.Println(errors.As(wrapped, &nf), nf.Name, errors.As(wrapped, &pq), pq == q)
	fmt.Println(errors.Unwrap(q) == error(base), errors.Unwrap(wrapped) == error(base), errors.Unwrap(base))
	fmt.Printf("%v|%+v|%#v|%T|%q|%x\n", base, base, base, base, base, base)
	fmt.Printf("%v|%T|%T\n", q, q, wrapped)

	many := Many{q, io.EOF, Slow(1500 * time.Millisecond)}
	joined := errors.Join(nil, many, Coded(7))
	fmt.Printf("%v\n%T %T\n", joined, joined, many)
	var c coded
	var to interface{ Timeout() bool }
	var ne net.Error
	fmt.Println(errors.As(joined, &c), c.Code(), errors.As(joined, &to), to.Timeout(), errors.As(joined, &ne), ne.Temporary(), errors.Is(joined, io.EOF), errors.Is(many, fs.ErrNotExist))
	two := fmt.Errorf("%w and %w", Coded(1), Coded(2))
	fmt.Println(two, errors.Is(two, Coded(2)), errors.Is(two, Coded(3)), errors.As(two, &c), c)
	fmt.Printf("%T %d\n", two, len(two.(interface{ Unwrap() []error }).Unwrap()))

	var num *strconv.NumError
	fmt.Println(errors.As(fmt.Errorf("x: %w", As{41}), &num), num)
	fmt.Println(funcError(func() string { return "called" }))
	p := PathTrouble{&fs.PathError{Op: "open", Path: "/x", Err: base}, "look"}
	fmt.Println(p, errors.Is(p, fs.ErrNotExist), p.Timeout(), p.Op, p.Hint)
	var pe *fs.PathError
	fmt.Println(errors.As(fmt.Errorf("%w", p), &pe), errors.As(error(p.PathError), &pe), pe.Op)
	r := Refused{Coded(3), 4}
	fmt.Println(r, r.error, r.at)
	fmt.Printf("%+v %#v\n", r, r)
	_, err := os.Open("/no/such/file")
	fmt.Println(errors.Is(&Query{"open", err}, fs.ErrNotExist))

	// A typed nil is not nil; comparing and asserting.
	var nilQuery *Query
	var e error = nilQuery
	fmt.Println(e == nil, e != nil, e == (*Query)(nil))
	func() {
		defer func() {
			r := recover()
			_, isRuntime := r.(interface{ RuntimeError() })
			fmt.Printf("%v %T %v\n", r, r, isRuntime)
		}()
		_ = e.Error()
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = any(many) == any(many)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = error(base).(coded)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = error(base).(*Query)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = any(Coded(1)).(int)
	}()
	func() {
		defer func() {
			r := recover()
			fmt.Printf("%v %T %v\n", r, r, r == error(Coded(9)))
		}()
		panic(Coded(9))
	}()
	switch x := error(Coded(5)).(type) {
	case *Query, NotFound:
		fmt.Println("no", x)
	case coded:
		fmt.Printf("coded %d %T\n", x.Code(), x)
	}

	// What std passes back is what was passed in.
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(Coded(11))
	fmt.Println(ctx.Err(), context.Cause(ctx), context.Cause(ctx) == Coded(11))
	pr, pw := io.Pipe()
	go func() { _ = pw.CloseWithError(base) }()
	_, err = pr.Read(make([]byte, 1))
	fmt.Println(err, err == error(base))
	sc := bufio.NewScanner(&failing{"one two ", Slow(time.Millisecond)})
	sc.Split(bufio.ScanWords)
	for sc.Scan() {
		fmt.Print(sc.Text(), ",")
	}
	fmt.Println(sc.Err(), reflect.TypeOf(sc.Err()))
	_, err = json.Marshal(map[string]any{"a": refusing{}})
	var me *json.MarshalerError
	fmt.Println(err, errors.As(err, &me), errors.Is(err, Coded(13)), me.Type)
	err = json.Unmarshal([]byte(`{"A":"x"}`), &struct{ A *refusing }{})
	fmt.Println(err, err == Coded(14))
	err = json.Unmarshal([]byte(`{"N":"x"}`), &struct{ N Coded }{})
	fmt.Printf("%v %T\n", err, err)
	var v driver.Valuer = Coded2{3}
	val, err := v.Value()
	fmt.Println(val, err, driver.IsValue(val))
	x, err := driver.DefaultParameterConverter.ConvertValue(Coded2{4})
	fmt.Println(x, err)
	_, err = driver.DefaultParameterConverter.ConvertValue(Coded2{-4})
	fmt.Println(err)
	fmt.Println(fs.WalkDir(os.DirFS("/no/such/folder"), ".", func(path string, d fs.DirEntry, err error) error { return Coded(len(path)) }))
	_, err = fmt.Sscan("x", &scanning{})
	fmt.Println(err, err == error(Coded(15)))
}

type failing struct {
	text string
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.text == "" {
		return 0, f.err
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	return n, nil
}

type refusing struct{}

func (refusing) MarshalJSON() ([]byte, error)  { return nil, Coded(13) }
func (*refusing) UnmarshalJSON(b []byte) error { return Coded(14) }

type Coded2 struct{ n int64 }

func (c Coded2) Value() (driver.Value, error) {
	if c.n < 0 {
		return nil, Coded(c.n)
	}
	return c.n, nil
}

type scanning struct{}

func (s *scanning) Scan(state fmt.ScanState, verb rune) error { return Coded(15) }
