package mmap

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Mapping is a file in memory.
type Mapping struct {
	path string
	data []byte
}

// Open maps the file at path, which must be a regular one.
func Open(path string) (*Mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the mapping outlives the descriptor
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: path, Err: fmt.Errorf("is not a regular file (%s)", info.Mode().Type())}
	}
	if int64(int(info.Size())) != info.Size() {
		return nil, &os.PathError{Op: "open", Path: path, Err: fmt.Errorf("%d bytes don't fit the address space", info.Size())}
	}
	m := &Mapping{path: path}
	if info.Size() == 0 {
		return m, nil
	}
	data, mapped, err := load(f, int(info.Size()))
	if err != nil {
		return nil, &os.PathError{Op: "map", Path: path, Err: err}
	}
	m.data = data
	if mapped {
		r := span{uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data))}
		live.add(r, path)
		runtime.AddCleanup(m, func(data []byte) {
			live.remove(r)
			unmap(data)
		}, data)
	}
	return m, nil
}

// Bytes is the content. It may be written to; that changes neither the file nor other mappings. It is
// valid while m is reachable.
func (m *Mapping) Bytes() []byte { return m.data }

// Path is what the file was opened as.
func (m *Mapping) Path() string { return m.path }

// readAll is for where mapping isn't possible.
func readAll(f *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(f, data)
	return data, err
}

// span is the addresses of a mapping.
type span struct{ start, size uintptr }

// registry knows which file an address belongs to.
type registry struct {
	mu    sync.Mutex
	paths map[span]string
	n     atomic.Int64
}

var live = registry{paths: map[span]string{}}

func (r *registry) add(s span, path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paths[s] = path
	r.n.Add(1)
}

func (r *registry) remove(s span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.paths, s)
	r.n.Add(-1)
}

// find says which mapping holds an address, and where in it.
func (r *registry) find(addr uintptr) (path string, offset, size int64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, path := range r.paths {
		if addr-s.start < s.size {
			return path, int64(addr - s.start), int64(s.size), true
		}
	}
	return "", 0, 0, false
}
