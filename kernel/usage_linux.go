package kernel

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc: USER_HZ, which is 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// measure adds to content what the kernel's processes hold in memory and what the machine has, and
// returns what was spent until now.
func measure(content map[string]any) (sample, bool) {
	now := sample{at: time.Now()}
	memory := 0
	for _, pid := range family(os.Getpid()) {
		dir := filepath.Join("/proc", strconv.Itoa(pid))
		memory += resident(dir)
		now.kernel += spent(dir)
	}
	content["kernel_memory"] = memory
	content["host_virtual_memory"] = virtualMemory()
	var ok bool
	now.busy, now.all, ok = processors()
	return now, ok
}

// family returns a process and all that come from it.
func family(root int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
		if fields := statFields(filepath.Dir(stat)); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// statFields returns the fields of a process's stat from its state on; its name may hold anything.
func statFields(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+1:])
}

// spent is the processor time of a process.
func spent(dir string) time.Duration {
	fields := statFields(dir)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// resident is what a process holds in memory, in bytes; of what it shares with others, its part.
func resident(dir string) int {
	for _, source := range []struct{ file, key string }{{"smaps_rollup", "Pss:"}, {"status", "VmRSS:"}} {
		if n, ok := kilobytes(filepath.Join(dir, source.file))[source.key]; ok {
			return n
		}
	}
	return 0
}

// virtualMemory is the machine's memory in psutil's terms.
func virtualMemory() map[string]any {
	m := kilobytes("/proc/meminfo")
	total, available := m["MemTotal:"], m["MemAvailable:"]
	out := map[string]any{
		"total": total, "available": available, "used": total - available, "free": m["MemFree:"], "active": m["Active:"],
		"inactive": m["Inactive:"], "buffers": m["Buffers:"], "cached": m["Cached:"], "shared": m["Shmem:"], "slab": m["Slab:"],
	}
	if total > 0 {
		out["percent"] = 100 * float64(total-available) / float64(total)
	}
	return out
}

// kilobytes reads the lines "key   n kB" of a file as bytes.
func kilobytes(path string) map[string]int {
	text, _ := os.ReadFile(path)
	out := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[2] == "kB" {
			n, _ := strconv.Atoi(fields[1])
			out[fields[0]] = n << 10
		}
	}
	return out
}

// processors is the time that all processors together were busy, and that there was.
func processors() (busy, all time.Duration, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.Atoi(field)
		if err != nil || i > 8 { // the name; what guests take is in the user's already
			continue
		}
		all += time.Duration(n) * tick
		if i != 4 && i != 5 { // idle, and idle while a disk works
			busy += time.Duration(n) * tick
		}
	}
	return busy, all, true
}
