package gpu_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The table that gpu-check prints has the bars, says which are missed, and ends with 1 then; from the emulated driver it has no figure.
func TestTable(t *testing.T) {
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("there is no awk")
	}
	if _, err := os.Stat("check/table.awk"); err != nil {
		t.Skip("only beside the sources")
	}
	folder := t.TempDir()
	peer, bench := filepath.Join(folder, "peer.txt"), filepath.Join(folder, "bench.txt")
	run := func(add string, options ...string) (string, error) {
		for path, text := range map[string]string{
			peer: "MatMul/float32/1024 40000.0 GFLOP/s\nMemory/copy 3000.0 GB/s\nGPT2/train 300000.0 tokens/s\nGPT2/train/compiled 400000.0 tokens/s\n" +
				"peer.py: Memory/softmax: a 9000 GB/s\n",
			bench: "goos: linux\nBenchmarkMatMul/float32/1024-16 \t 100\t 50000 ns/op\t 39000.5 GFLOP/s\n" +
				"BenchmarkMemory/copy-16 \t 100\t 50000 ns/op\t 2950 GB/s\nBenchmarkMemory/softmax \t 100\t 50000 ns/op\t 2800 GB/s\n" +
				"BenchmarkGPT2/train-16 \t 10\t 500 ns/op\t 470000 tokens/s\n" + add,
		} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, err := exec.Command("awk", append(options, "-f", "check/table.awk", peer, bench)...).CombinedOutput()
		return string(text), err
	}
	text, err := run("")
	if err != nil {
		t.Errorf("no bar is missed: %v", err)
	}
	for _, line := range []string{
		"| float32 1024³ in 80 µs | 39000.5 | 26843.5 | 1.45 | reached | GFLOP/s |",
		"| float32 1024³, 0.95 of PyTorch | 39000.5 | 38000.0 | 1.03 | reached | GFLOP/s |",
		"| softmax, 0.9 of the bandwidth of a copy | 2800.0 | 2700.0 | 1.04 | reached | GB/s |",
		"| add, 0.9 of the bandwidth of a copy | – | 2700.0 | – | not measured | GB/s |",
		"| training GPT-2 124M in bfloat16, as torch.compile | 470000.0 | 400000.0 | 1.18 | reached | tokens/s |",
		"| training GPT-2 124M in bfloat16, as llm.c on an H100 | 470000.0 | 460000.0 | 1.02 | reached | tokens/s |",
		"| GPT2/train | 470000.0 | 300000.0 | 1.57 | tokens/s |", "| GPT2/train, compiled | 470000.0 | 400000.0 | 1.18 | tokens/s |",
		"| Memory/copy | 2950.0 | 3000.0 | 0.98 | GB/s |", "| Memory/softmax | 2800.0 | – | – | GB/s |",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	if text, err := run("BenchmarkMemory/add-16 \t 100\t 50000 ns/op\t 2600 GB/s\n"); err == nil || !strings.Contains(text, "| 0.96 | MISSED |") {
		t.Errorf("a bar is missed: %v\n%s", err, text)
	}
	if text, err := run("BenchmarkMemory/add-16 \t 100\t 50000 ns/op\t 2600 GB/s\n", "-v", "emulated=1"); err != nil || !strings.Contains(text, "| Memory/add | ran | – | – | GB/s |") ||
		regexp.MustCompile(`\| [0-9.]+ \||reached|MISSED`).MatchString(text) {
		t.Errorf("on the emulated driver: %v\n%s", err, text)
	}
}
