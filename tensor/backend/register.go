package backend

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

var (
	mu       sync.RWMutex
	backends = map[string]Backend{}
)

// Register makes a backend known by name. It panics when the name is taken.
func Register(name string, b Backend) {
	mu.Lock()
	defer mu.Unlock()
	if _, dup := backends[name]; dup {
		panic("backend: " + name + " is registered twice")
	}
	backends[name] = b
}

// Get returns the backend of that name; the error lists those there are.
func Get(name string) (Backend, error) {
	mu.RLock()
	defer mu.RUnlock()
	if b, ok := backends[name]; ok {
		return b, nil
	}
	names := make([]string, 0, len(backends))
	for n := range backends {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("no backend %q (there are: %s)", name, strings.Join(names, ", "))
}
