package mmap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.bin")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpen(t *testing.T) {
	for _, size := range []int{0, 1, 4096, 100_000} {
		want := bytes.Repeat([]byte("rg"), size)[:size]
		path := write(t, want)
		m, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Bytes(), want) {
			t.Errorf("%d bytes: wrong content", size)
		}
		if size > 0 { // copy on write
			m.Bytes()[0] = '!'
			if now, _ := os.ReadFile(path); !bytes.Equal(now, want) {
				t.Errorf("%d bytes: writing to the mapping changed the file", size)
			}
		}
		runtime.KeepAlive(m)
	}
}

func TestReadAll(t *testing.T) {
	want := []byte("the same bytes, read and not mapped")
	f, err := os.Open(write(t, want))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := readAll(f, len(want)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readAll(f, 1); err == nil {
		t.Error("read past the end")
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "no such file",
		dir:                           "not a regular file",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) || runtime.GOOS == "linux" && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestShrunkFileIsAFault(t *testing.T) {
	path := write(t, make([]byte, 1<<20))
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if live.n.Load() == 0 {
		t.Skip("files are not mapped on " + runtime.GOOS)
	}
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(){
		"in Go":       func() { _ = m.Bytes()[500_000] + 1; sink = m.Bytes()[500_000] },
		"in assembly": func() { copy(make([]byte, 1<<20), m.Bytes()) },
	} {
		func() {
			defer func() {
				f, ok := recover().(*Fault)
				if !ok || f.Path != path || f.Offset < 4096 || f.Offset >= 1<<20 || f.Size != 1<<20 {
					t.Errorf("%s: %v", name, f)
				}
			}()
			Guard(read)
			t.Errorf("%s: no fault", name)
		}()
	}
	runtime.KeepAlive(m)
}

var sink byte

func TestGuardPassesOtherPanics(t *testing.T) {
	m, err := Open(write(t, []byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != "other" {
			t.Errorf("recovered %v", r)
		}
		runtime.KeepAlive(m)
	}()
	Guard(func() { panic("other") })
}

func TestUnmappedWhenGarbage(t *testing.T) {
	path := write(t, make([]byte, 1<<20))
	mapped := func(addr uintptr) bool { // another mapping may be where this one was
		at, _, _, ok := live.find(addr)
		return ok && at == path
	}
	addr := func() uintptr {
		m, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		addr := uintptr(unsafe.Pointer(&m.Bytes()[0]))
		if !mapped(addr) {
			t.Skip("files are not mapped on " + runtime.GOOS)
		}
		runtime.KeepAlive(m)
		return addr
	}()
	for range 100 {
		runtime.GC()
		if !mapped(addr) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the mapping is still there")
}

// TestTry is Guard that returns the fault, which says what file it was.
func TestTry(t *testing.T) {
	path := write(t, make([]byte, 1<<16))
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if m.Path() != path {
		t.Errorf("the path is %s", m.Path())
	}
	if err := Try(func() { sink = m.Bytes()[0] }); err != nil {
		t.Errorf("reading a whole file: %v", err)
	}
	if live.n.Load() == 0 {
		t.Skip("files are not mapped on " + runtime.GOOS)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	err = Try(func() { sink = m.Bytes()[1<<15] })
	var fault *Fault
	if !errors.As(err, &fault) || fault.Path != path || !strings.Contains(err.Error(), path) {
		t.Errorf("reading a file that shrank: %v", err)
	}
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("another panic became %v", r)
		}
	}()
	_ = Try(func() { panic("mine") })
}
