package doctor

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/cpu"

	rggpu "github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/internal/machine"
	rgcpu "github.com/rustygradients/rg/tensor/cpu"
)

// askLimit bounds the wait for another program's answer.
const askLimit = 10 * time.Second

func system() Finding {
	f := Finding{Subject: "system", Found: runtime.GOOS + "/" + runtime.GOARCH}
	if file, err := os.Open("/etc/os-release"); err == nil {
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); ok {
				f.Found += ", " + strings.Trim(name, `"`)
			}
		}
	}
	return f
}

// processor says what the processor can do and which routines tensors therefore use.
func processor() Finding {
	f := Finding{Subject: "processor"}
	var has []string
	note := func(on bool, name string) {
		if on {
			has = append(has, name)
		}
	}
	switch runtime.GOARCH {
	case "amd64":
		note(cpu.X86.HasAVX2, "AVX2")
		note(cpu.X86.HasFMA, "FMA")
		note(cpu.X86.HasAVX512F, "AVX-512")
		note(cpu.X86.HasAVX512VNNI, "VNNI")
		note(cpu.X86.HasAVX512BF16, "BF16")
	case "arm64":
		note(cpu.ARM64.HasASIMD, "NEON")
		note(cpu.ARM64.HasSVE, "SVE")
	}
	f.Found = fmt.Sprintf("%s, %d threads", machine.Processor(), runtime.GOMAXPROCS(0))
	if len(has) > 0 {
		f.Found += ", " + strings.Join(has, " ")
	}
	f.Found += "; tensors use the routines " + rgcpu.Kernels()
	forced := os.Getenv("RG_CPU")
	switch {
	case forced != "":
		f.Status = Warning
		f.Found += " (RG_CPU=" + forced + ")"
		f.Cure = "RG_CPU forces a choice, for tests; unset it to have the fastest routines of this processor"
	case runtime.GOARCH == "amd64" && rgcpu.Kernels() == "portable":
		f.Status = Warning
		f.Cure = "without AVX2 and FMA (or in a build with -tags purego) tensors use portable Go code and are several times slower"
	}
	return f
}

// gpu says which cards there are, and what this build makes of them. A machine without a card lacks nothing; one whose card can't be used does.
func gpu(ctx context.Context, list func(context.Context) []string) Finding {
	if list == nil {
		list = cards
	}
	found := strings.ReplaceAll(rggpu.Status(), "\n", ", ")
	f := Finding{Subject: "GPU", Found: found}
	if names := list(ctx); len(names) > 0 {
		f.Found = strings.Join(names, ", ") + "; " + found
		if !rggpu.Available() {
			f.Status = Warning
			why, cure, _ := strings.Cut(found, "; ")
			f.Found, f.Cure = strings.Join(names, ", ")+"; "+why, cure
		}
	}
	return f
}

// cards lists NVIDIA's cards: the driver's files say it at once, nvidia-smi where there are none.
func cards(ctx context.Context) []string {
	var names []string
	files, _ := filepath.Glob("/proc/driver/nvidia/gpus/*/information")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "Model:"); ok {
				names = append(names, strings.TrimSpace(name))
			}
		}
	}
	if len(names) > 0 {
		return names
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader").Output()
	if err != nil {
		return nil // no card, or no driver for it
	}
	for line := range strings.Lines(string(out)) {
		if name, driver, ok := strings.Cut(strings.TrimSpace(line), ", "); ok {
			names = append(names, name+" (driver "+driver+")")
		}
	}
	return names
}
