package worker

import (
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int{"1024": 1024, "1.5KiB": 1536, "512MiB": 512 << 20, "8GiB": 8 << 30} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "plenty", "-1GiB", "0", "1TB", "NaN", "1e300GiB"} {
		if got, err := parseBytes(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// TestMemoryWatch plays sessions of which the memory is known, in MiB, one look after the other.
func TestMemoryWatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		held  []int
		free  int
		cells int // how many can be told to end
		want  string
	}{
		{"room enough", []int{100, 900, 100, 999}, 9000, 1, ""},
		{"a cell over the limit", []int{900, 1100, 1100, 950}, 9000, 1, "cell"},
		{"a session that was full already", []int{1050, 1050, 1060}, 9000, 1, "cell"},
		{"the next cell of a full session may let go", []int{900, 1100, 1110, 1120}, 9000, 1, "cell"},
		{"a second cell that grows", []int{900, 1100, 1110, 1300}, 9000, 2, "cell cell"},
		{"a cell that doesn't end", []int{900, 1100, 1200}, 9000, 1, "cell exit"},
		{"no cell at all", []int{900, 1100, 1300}, 9000, 0, "exit"},
		{"others take the machine's memory", []int{100, 500}, 40, 1, "cell"},
	} {
		var happened []string
		at, cells := 0, c.cells
		m := &memoryWatch{
			limit: 1000 << 20,
			usage: func() (int, int, bool) { return c.held[at] << 20, c.free << 20, true },
			cancel: func(why *engine.Error) bool {
				if cells == 0 {
					return false
				}
				cells--
				happened = append(happened, "cell")
				if why.Name != engine.NameOutOfMemory || !strings.Contains(why.Value, "MiB of memory") && !strings.Contains(why.Value, "GiB of memory") {
					t.Errorf("%s: %v", c.name, why)
				}
				return true
			},
			exit: func(string) { happened = append(happened, "exit") },
		}
		for at = range c.held {
			if next := m.look(); next < 10*time.Millisecond || next > time.Second {
				t.Errorf("%s: the next look is after %v", c.name, next)
			}
		}
		if got := strings.Join(happened, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
