package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
)

// MemoryVariable is the environment variable that limits what a worker may hold in memory: a number with
// KiB, MiB or GiB behind it, or "off".
const MemoryVariable = "RG_MEMORY_LIMIT"

const (
	// memoryShare of the machine's or the container's memory is the limit where none is given.
	memoryShare = 0.85

	// memoryStep is what a cell may add to a session that is over the limit already: it may be the one
	// that lets things go.
	memoryStep = 64 << 20

	// fillRate is how fast a process can fill memory, in bytes a second, at the most. How often the
	// memory is looked at follows from it.
	fillRate = 8 << 30

	// memoryPatience is how long what was told to end may go on growing.
	memoryPatience = time.Second
)

// memoryWatch ends what takes too much memory before the system does, which would say nothing and might
// choose another process: first the cells, then, where that doesn't help, the worker.
type memoryWatch struct {
	limit  int
	usage  func() (resident, free int, ok bool)
	cancel func(cause *engine.Error) bool // ends the cells that run; false: there is none that wasn't told before
	exit   func(message string)

	floor int       // what was held when it was last well, or when cells were last told to end
	told  time.Time // when that was; zero: all is well
}

// newMemoryWatch returns a watch for the limit of the environment or of the machine, or nil where the
// system doesn't tell.
func newMemoryWatch(cancel func(*engine.Error) bool) (*memoryWatch, error) {
	if _, _, ok := memoryUsage(); !ok {
		return nil, nil
	}
	limit := int(memoryShare * float64(memoryTotal()))
	if text := os.Getenv(MemoryVariable); text == "off" {
		return nil, nil
	} else if text != "" {
		var err error
		if limit, err = parseBytes(text); err != nil {
			return nil, fmt.Errorf("%s=%q: %w", MemoryVariable, text, err)
		}
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(limit)) // the collector works harder before anything is lost
	}
	return &memoryWatch{limit: limit, usage: memoryUsage, cancel: cancel, exit: func(message string) {
		fmt.Fprintln(os.Stderr, message)
		os.Exit(2)
	}}, nil
}

// parseBytes reads a size such as 512MiB.
func parseBytes(text string) (int, error) {
	number, unit := text, 1
	for suffix, u := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if n, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = n, u
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0 && n*float64(unit) < 1<<60) { // nor NaN
		return 0, errors.New("not a size such as 512MiB or 8GiB")
	}
	return int(n * float64(unit)), nil
}

// run looks at the memory, the oftener the less there is left.
func (m *memoryWatch) run() {
	for {
		time.Sleep(m.look())
	}
}

// look acts on what is held now and returns when to look again.
func (m *memoryWatch) look() time.Duration {
	resident, free, ok := m.usage()
	if !ok {
		return time.Second
	}
	reserve := m.limit / 20
	room := min(m.limit-resident, free-reserve)
	switch {
	case room >= 0:
		m.floor, m.told = resident, time.Time{}
	case resident <= m.floor+memoryStep: // what it has been for long
	case m.cancel(m.cause(resident, free)):
		m.told, m.floor = time.Now(), resident
	case m.told.IsZero(): // it is no cell; what it is has a moment
		m.told = time.Now()
	case room < -reserve/2 || time.Since(m.told) > memoryPatience:
		m.exit(fmt.Sprintf("fatal error: out of memory: the session holds %s%s", size(resident), m.bound(resident, free)))
	}
	return min(max(time.Duration(float64(max(room, 0))/fillRate*float64(time.Second)), 10*time.Millisecond), time.Second)
}

// cause is the error with which a cell ends.
func (m *memoryWatch) cause(resident, free int) *engine.Error {
	e := &engine.Error{Name: engine.NameOutOfMemory, Value: "the cell was ended: the session holds " + size(resident) + m.bound(resident, free)}
	e.Traceback = []string{e.Error(), "What it had assigned is kept; %reset NAME lets go of a variable. " + MemoryVariable + " sets another limit."}
	return e
}

func (m *memoryWatch) bound(resident, free int) string {
	if resident > m.limit {
		return fmt.Sprintf(" of memory, and the limit is %s", size(m.limit))
	}
	return fmt.Sprintf(" of memory, and the machine has only %s left", size(free))
}

func size(n int) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
