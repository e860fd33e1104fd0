package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"container/heap"
	"container/list"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"html/template"
	"image"
	"image/color"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"
)

// Compiled structs and interfaces in types of ours, by value and by pointer: their methods are promoted.
type Safe struct {
	sync.RWMutex
	wg sync.WaitGroup
	n  map[string]int
}

type Buf struct {
	bytes.Buffer
	flushed int
}

func (b *Buf) Flush() { b.flushed += b.Len(); b.Reset() }

type Request struct {
	*http.Request
	Started time.Time
}

func (r Request) Host() string { return "host " + r.Request.Host } // hides a field

type Writer struct {
	http.ResponseWriter
	status int
	bytes  atomic.Int64
}

func (w *Writer) WriteHeader(code int) { w.status = code; w.ResponseWriter.WriteHeader(code) }
func (w *Writer) Write(b []byte) (int, error) {
	w.bytes.Add(int64(len(b)))
	return w.ResponseWriter.Write(b)
}

type Moment struct {
	time.Time
	*url.URL
	zone string
}

type Both struct {
	*strings.Builder
	*bytes.Reader
}

type Deep struct{ mid }
type mid struct{ *Buf }

type RW struct {
	io.Reader
	io.Writer
	io.Closer
}

type Ctx struct {
	context.Context
	key string
}

func (c Ctx) Value(k any) any {
	if k == c.key {
		return "mine"
	}
	return c.Context.Value(k)
}

type Hash struct{ hash.Hash }

func (h Hash) Sum(b []byte) []byte { return h.Hash.Sum(b)[:4] }

type Img struct {
	image.Rectangle
}

func (i Img) ColorModel() color.Model { return color.GrayModel }
func (i Img) At(x, y int) color.Color { return color.Gray{uint8(x + y)} }
func (i Img) Bounds() image.Rectangle { return i.Rectangle }

// Readers and writers that std takes by more than one interface.
type Repeat struct {
	text string
	n    int
}

func (r *Repeat) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	r.n--
	return copy(p, r.text), nil
}

type Shout struct {
	w     io.Writer
	lines int
}

func (s *Shout) Write(p []byte) (int, error) {
	s.lines += bytes.Count(p, []byte("\n"))
	return s.w.Write(bytes.ToUpper(p))
}

type Direct struct{ Repeat }

func (d *Direct) WriteTo(w io.Writer) (int64, error) {
	n, err := fmt.Fprintf(w, "direct %d\n", d.n)
	return int64(n), err
}

type Takes struct{ strings.Builder }

func (t *Takes) ReadFrom(r io.Reader) (int64, error) {
	b, err := io.ReadAll(r)
	t.WriteString(fmt.Sprintf("<%d>", len(b)))
	return int64(len(b)), err
}

type Bytewise struct{ s string }

func (b *Bytewise) ReadByte() (byte, error) {
	if b.s == "" {
		return 0, io.EOF
	}
	c := b.s[0]
	b.s = b.s[1:]
	return c, nil
}
func (b *Bytewise) UnreadByte() error { return nil }
func (b *Bytewise) Read(p []byte) (int, error) {
	n := copy(p, b.s)
	b.s = b.s[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

type At string

func (a At) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(a)) {
		return 0, io.EOF
	}
	n := copy(p, a[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Sorting, heaps, flags, randomness, file systems.
type Task struct {
	Name string
	Prio int
	pos  int
}
type Queue []*Task

func (q Queue) Len() int           { return len(q) }
func (q Queue) Less(i, j int) bool { return q[i].Prio < q[j].Prio }
func (q Queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i]; q[i].pos, q[j].pos = i, j }
func (q *Queue) Push(x any)        { t := x.(*Task); t.pos = len(*q); *q = append(*q, t) }
func (q *Queue) Pop() any {
	old := *q
	t := old[len(old)-1]
	*q = old[:len(old)-1]
	return t
}

type byName struct{ Queue }

func (b byName) Less(i, j int) bool { return b.Queue[i].Name < b.Queue[j].Name }

type Percent float64

func (p *Percent) String() string {
	if p == nil {
		return "none"
	}
	return fmt.Sprintf("%g%%", float64(*p)*100)
}
func (p *Percent) Set(s string) error {
	var x float64
	if _, err := fmt.Sscanf(s, "%f%%", &x); err != nil {
		return fmt.Errorf("percent: %w", err)
	}
	*p = Percent(x / 100)
	return nil
}

type Switch bool

func (s *Switch) String() string   { return fmt.Sprint(bool(*s)) }
func (s *Switch) Set(string) error { *s = !*s; return nil }
func (s *Switch) IsBoolFlag() bool { return true }

type Source struct{ n uint64 }

func (s *Source) Uint64() uint64 { s.n = s.n*6364136223846793005 + 1442695040888963407; return s.n }

type FS map[string]string

func (f FS) Open(name string) (fs.File, error) {
	text, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fstest.MapFS{name: {Data: []byte(text)}}.Open(name)
}

func (f FS) ReadFile(name string) ([]byte, error) { return []byte(strings.ToUpper(f[name])), nil }

// Iterators.
type Tree[K any] struct {
	left, right *Tree[K]
	key         K
}

func (t *Tree[K]) Insert(k K, less func(a, b K) bool) *Tree[K] {
	if t == nil {
		return &Tree[K]{key: k}
	}
	if less(k, t.key) {
		t.left = t.left.Insert(k, less)
	} else {
		t.right = t.right.Insert(k, less)
	}
	return t
}

func (t *Tree[K]) All() iter.Seq[K] {
	return func(yield func(K) bool) { t.push(yield) }
}

func (t *Tree[K]) push(yield func(K) bool) bool {
	return t == nil || t.left.push(yield) && yield(t.key) && t.right.push(yield)
}

type Seq2 iter.Seq2[int, string]

func (s Seq2) Keys() (list []int) {
	for k := range s {
		list = append(list, k)
	}
	return
}

type lockedList struct {
	list.List
	sync.Locker
}

func embedded() {
	s := &Safe{n: map[string]int{}}
	for i := range 20 {
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.Lock()
			defer s.Unlock()
			s.n[fmt.Sprint(i%3)]++
		}()
	}
	s.wg.Wait()
	s.RLocker().Lock()
	fmt.Println(s.n, s.TryLock(), s.TryRLock())
	s.RUnlock()
	s.RLocker().Unlock()

	var b Buf
	fmt.Fprintf(&b, "%s-%d", "x", 1)
	io.Copy(&b, strings.NewReader("yz"))
	fmt.Println(b.String(), b.Len())
	b.Flush()
	fmt.Println(b.flushed, b.Len())
	d := Deep{mid{&b}}
	d.WriteString("deep")
	f := d.String
	g := (*Buf).Len
	h := Deep.Flush
	fmt.Println(f(), g(&b), d.Cap() > 0)
	h(d)
	fmt.Println(d.flushed, d.Len())
	var w io.StringWriter = d
	w.WriteString("through")
	fmt.Fprint(d, "!")
	fmt.Println(d)

	r := Request{httptest.NewRequest("POST", "http://h/p?q=1&q=2", strings.NewReader("a=b")), time.Unix(0, 0)}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	fmt.Println(r.Host(), r.Request.Host, r.URL.Path, r.FormValue("q"), r.PostFormValue("a"), r.Started.Unix())
	u, _ := url.Parse("http://a/b?c=d")
	m := Moment{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), u, "z"}
	fmt.Println(m.Weekday(), m.Query().Get("c"), m.Add(time.Hour).Format(time.Kitchen), m.Hostname(), m.Time, m.URL)
	both := Both{new(strings.Builder), bytes.NewReader([]byte("rrr"))}
	both.WriteString("s")
	c, err := both.ReadByte()
	fmt.Println(both.Builder.Len(), both.Reader.Len(), string(c), err)
	rw := RW{strings.NewReader("in"), screen{}, nil}
	n, err := io.Copy(rw, rw)
	fmt.Println("", n, err)
	func() {
		defer func() { fmt.Println(recover()) }()
		rw.Close()
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var none Deep
		none.Flush()
	}()
	ctx, cancel := context.WithCancel(Ctx{context.Background(), "k"})
	child := context.WithValue(ctx, "other", 1)
	fmt.Println(child.Value("k"), child.Value("other"), child.Value("none"), child.Err())
	cancel()
	<-child.Done()
	fmt.Println(child.Err(), Ctx{child, "k"})
	hh := Hash{sha256.New()}
	io.WriteString(hh, "abc")
	var sum hash.Hash = hh
	fmt.Printf("%x %d %d\n", sum.Sum(nil), sum.Size(), hh.BlockSize())
	var img image.Image = Img{image.Rect(0, 0, 3, 2)}
	fmt.Println(img.Bounds().Dx(), img.ColorModel() == color.GrayModel, img.At(1, 1), img.(Img).In(image.Rect(0, 0, 9, 9)), img)
	l := lockedList{Locker: new(sync.Mutex)}
	l.Lock()
	l.PushBack(1)
	l.PushFront(Named("f"))
	l.Unlock()
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Printf("%v(%T) ", e.Value, e.Value)
	}
	fmt.Println(l.Len())
}

type Named string

func streams() {
	out := &Shout{w: screen{}}
	n, err := io.Copy(out, &Repeat{"ab\n", 3})
	fmt.Println(n, err, out.lines)
	n, err = io.Copy(out, &Direct{Repeat{"x", 7}})
	fmt.Println(n, err)
	var t Takes
	n, err = io.Copy(&t, &Repeat{"abc", 2})
	fmt.Println(n, err, t.String())
	sc := bufio.NewScanner(&Repeat{"one two\nthree", 2})
	sc.Split(func(data []byte, eof bool) (int, []byte, error) {
		adv, tok, err := bufio.ScanWords(data, eof)
		if tok != nil {
			tok = bytes.ToUpper(tok)
		}
		return adv, tok, err
	})
	for sc.Scan() {
		fmt.Print(sc.Text(), ";")
	}
	fmt.Println(sc.Err())
	br := bufio.NewReaderSize(&Repeat{"line\n", 3}, 16)
	for {
		s, err := br.ReadString('\n')
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%q ", s)
	}
	var z bytes.Buffer
	gz := gzip.NewWriter(io.MultiWriter(&z, io.Discard))
	fmt.Fprint(gz, "squeezed")
	gz.Close()
	gr, err := gzip.NewReader(&Bytewise{z.String()})
	all, err2 := io.ReadAll(gr)
	fmt.Println(string(all), err, err2)
	sr := io.NewSectionReader(At("0123456789"), 3, 4)
	all, err = io.ReadAll(sr)
	fmt.Println(string(all), err)
	all, err = io.ReadAll(io.TeeReader(io.LimitReader(io.MultiReader(&Repeat{"m", 2}, strings.NewReader("nnn")), 4), out))
	fmt.Println("", string(all), err)
	var a, b int
	k, err := fmt.Fscan(&Bytewise{"12 34"}, &a, &b)
	fmt.Println(k, err, a, b)
	bw := bufio.NewWriter(out)
	bw.ReadFrom(&Repeat{"q", 2})
	fmt.Fprintln(bw, "", bw.Buffered())
	bw.Flush()
}

func collections() {
	q := Queue{{"c", 3, 0}, {"a", 1, 1}, {"b", 2, 2}}
	heap.Init(&q)
	heap.Push(&q, &Task{Name: "z", Prio: 0})
	q[1].Prio = 9
	heap.Fix(&q, 1)
	heap.Remove(&q, 2)
	for q.Len() > 0 {
		t := heap.Pop(&q).(*Task)
		fmt.Print(t.Name, t.Prio, " ")
	}
	fmt.Println()
	q = Queue{{"c", 3, 0}, {"a", 1, 1}, {"b", 2, 2}}
	sort.Sort(byName{q})
	fmt.Println(q[0].Name, sort.IsSorted(byName{q}), sort.IsSorted(sort.Reverse(q)))
	slices.SortFunc(q, func(a, b *Task) int { return b.Prio - a.Prio })
	i, found := slices.BinarySearchFunc(q, 2, func(t *Task, p int) int { return p - t.Prio })
	fmt.Println(q[0].Name, i, found, sort.Search(len(q), func(i int) bool { return q[i].Prio <= 2 }))
	var p Percent
	var sw Switch
	set := flag.NewFlagSet("cmd", flag.ContinueOnError)
	set.SetOutput(&Shout{w: screen{}})
	set.Var(&p, "p", "a `share`")
	set.Var(&sw, "s", "switch")
	set.Func("f", "func", func(s string) error { fmt.Println("f", s); return nil })
	fmt.Println(set.Parse([]string{"-p", "12.5%", "-s", "-f=x", "rest"}), &p, sw, set.Args())
	fmt.Println(set.Parse([]string{"-p", "?"}))
	set.VisitAll(func(f *flag.Flag) { fmt.Printf("%s=%v(%T) ", f.Name, f.Value, f.Value) })
	fmt.Println()
	rnd := rand.New(&Source{1})
	fmt.Println(rnd.IntN(100), rnd.Perm(5), rnd.Float64())
	text, err := fs.ReadFile(FS{"a": "text"}, "a")
	fmt.Println(string(text), err)
	_, err = fs.Stat(FS{}, "b")
	fmt.Println(err)
	var t *Tree[Named]
	for _, k := range strings.Fields("the quick brown fox jumps over") {
		t = t.Insert(Named(k), func(a, b Named) bool { return a < b })
	}
	for k := range t.All() {
		if k == "quick" {
			break
		}
		fmt.Print(k, " ")
	}
	fmt.Println(slices.Collect(t.All()), slices.Sorted(maps.Keys(map[Named]int{"b": 1, "a": 2})))
	next, stop := iter.Pull(t.All())
	x, ok := next()
	y, _ := next()
	stop()
	_, ok2 := next()
	fmt.Println(x, ok, y, ok2)
	fmt.Println(Seq2(slices.All([]string{"p", "q"})).Keys())
	for i, c := range slices.Collect(slices.Chunk([]Named{"1", "2", "3"}, 2)) {
		fmt.Print(i, c)
	}
	fmt.Println()
	once := sync.OnceValues(func() (Named, error) { fmt.Print("once "); return "v", nil })
	fmt.Println(once())
	fmt.Println(once())
	var av atomic.Value
	av.Store(Named("stored"))
	func() {
		defer func() { fmt.Println(recover()) }()
		av.Store("other")
	}()
	fmt.Println(av.Load(), av.CompareAndSwap(Named("stored"), Named("s2")), av.Load().(Named))
	var ap atomic.Pointer[Task]
	ap.Store(q[0])
	fmt.Println(ap.Load().Name, ap.CompareAndSwap(q[1], nil))
	var sm sync.Map
	sm.Store(Named("k"), 1)
	sm.Store("k", 2)
	v, _ := sm.Load(Named("k"))
	v2, loaded := sm.LoadOrStore("k", 5)
	fmt.Println(v, v2, loaded)
	pool := sync.Pool{New: func() any { return &Task{Name: "new"} }}
	fmt.Println(pool.Get().(*Task).Name)
}

type handler struct {
	log  []string
	next http.Handler
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ww := &Writer{ResponseWriter: w}
	h.next.ServeHTTP(ww, r)
	h.log = append(h.log, fmt.Sprint(r.Method, " ", r.URL.Path, " ", ww.status, " ", ww.bytes.Load()))
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func web() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		template.Must(template.New("").Parse("<b>{{.Get}}</b>")).Execute(w, page{r.PathValue("name")})
	})
	mux.Handle("/panics", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	h := &handler{next: mux}
	srv := httptest.NewServer(h)
	defer srv.Close()
	for _, path := range []string{"/hello/<x>", "/nope"} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, resp.Header.Get("Content-Type"), string(bytes.TrimSpace(body)))
	}
	_, err := http.Get(srv.URL + "/panics")
	fmt.Println(err != nil)
	fmt.Println(h.log)
	client := http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 418, Body: io.NopCloser(&Repeat{"tea ", 2}), Request: r}, nil
	})}
	resp, err := client.Post("http://nowhere/", "text/plain", &Repeat{"x", 1})
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body), err)
}

type page struct{ name string }

func (p page) Get() string { return p.name }

func main() {
	embedded()
	streams()
	collections()
	web()
}

type screen struct{}

func (screen) Write(p []byte) (int, error) { return fmt.Printf("%s", p) }
