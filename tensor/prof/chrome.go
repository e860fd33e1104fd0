package prof

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/rustygradients/rg/internal/atomicfile"
)

// traceEvent is an entry of the Trace Event Format ("Trace Event Format", Google, 2016): ph is X for
// something that lasts, C for a counter, M for a name. Times are in microseconds.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Start    float64        `json:"ts"`
	Duration *float64       `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// WriteTrace writes the operations, the spans round them and the memory held to a file that
// chrome://tracing and ui.perfetto.dev open. Goroutines are its threads, and devices that compute in the background,
// later than they were asked. The file is there completely or not at all.
func (p *Profile) WriteTrace(path string) error {
	if err := atomicfile.WriteFunc(path, p.writeTrace); err != nil {
		return fmt.Errorf("prof: can't write the trace: %w", err)
	}
	return nil
}

func (p *Profile) writeTrace(out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	_, failed := w.WriteString(`{"displayTimeUnit":"ms","traceEvents":[` + "\n")
	separator := ""
	put := func(e traceEvent) {
		if failed != nil {
			return
		}
		if _, failed = w.WriteString(separator); failed != nil {
			return
		}
		separator = ","
		e.Process = 1
		failed = enc.Encode(e) // and a line's end
	}
	put(traceEvent{Name: "process_name", Phase: "M", Args: map[string]any{"name": "rg"}})
	threads := map[string]int{}
	thread := func(name string) int {
		n, ok := threads[name]
		if !ok {
			n = len(threads) + 1
			threads[name] = n
			put(traceEvent{Name: "thread_name", Phase: "M", Thread: n, Args: map[string]any{"name": name}})
		}
		return n
	}
	routine := func(n int) int { return thread(fmt.Sprintf("goroutine %d", n+1)) }
	for _, s := range p.Spans() {
		put(traceEvent{Name: s.Name, Category: "span", Phase: "X", Start: micro(s.Start), Duration: lasting(s.Duration), Thread: routine(s.Goroutine)})
	}
	for _, o := range p.Ops() {
		args := map[string]any{"dtype": o.DType.String(), "shapes": shapesText(o.Shapes)}
		if o.FLOPs > 0 {
			args["flops"] = o.FLOPs
		}
		if o.Bytes > 0 {
			args["bytes"] = o.Bytes
		}
		at := 0
		if o.background {
			at = thread(o.Device)
		} else {
			at = routine(o.Goroutine)
		}
		put(traceEvent{Name: o.Name, Category: o.Phase.String(), Phase: "X", Start: micro(o.Start), Duration: lasting(o.Duration), Thread: at, Args: args})
	}
	for _, m := range p.Memory() {
		put(traceEvent{Name: "tensors held", Phase: "C", Start: micro(m.Start), Args: map[string]any{"bytes": m.Bytes}})
	}
	if failed != nil {
		return failed
	}
	if _, err := w.WriteString("]}\n"); err != nil {
		return err
	}
	return w.Flush()
}

func micro(d time.Duration) float64 { return float64(d) / 1e3 }

func lasting(d time.Duration) *float64 {
	m := micro(d)
	return &m
}
