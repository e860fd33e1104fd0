package worker

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memoryUsage returns what this process holds in memory and what the machine has left.
func memoryUsage() (resident, free int, ok bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, false
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, 0, false
	}
	pages, err := strconv.Atoi(fields[1])
	free = meminfo("MemAvailable:")
	return pages * os.Getpagesize(), free, err == nil && free > 0
}

// memoryTotal returns what this process could have: the machine's memory, or what its container gets.
func memoryTotal() int {
	total := meminfo("MemTotal:")
	for _, file := range limitFiles() {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n > 0 { // not "max"
			total = min(total, n)
		}
	}
	return total
}

// limitFiles are the files in which control groups, version 2 and 1, may have a limit for this process.
func limitFiles() []string {
	files := []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}
	text, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			for ; path != "/" && path != "."; path = filepath.Dir(path) {
				files = append(files, filepath.Join("/sys/fs/cgroup", path, "memory.max"))
			}
		}
	}
	return files
}

// meminfo returns a line of /proc/meminfo in bytes.
func meminfo(key string) int {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == key {
			n, _ := strconv.Atoi(fields[1])
			return n << 10
		}
	}
	return 0
}

// volunteer asks the system to choose this process, before the front, when memory runs out all the same.
func volunteer() { _ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0) }
