// Package emu is for tests: a CUDA driver that runs gpu/kernels on the CPU. The same sources, compiled by g++ with a header that
// gives CUDA's words a meaning (driver/cuda_on_cpu.h), run behind a library that is a libcuda.so.1 to package cushim (driver/driver.cpp). A thread of a
// block is a fiber (driver/fiber.cpp); in which order fibers and blocks take their turns is chosen, so that a missing barrier comes to light.
//
// It is stricter than a GPU: memory begins as NaN, copies and handles are checked, what is written behind a block's end is found when the
// block is freed, a barrier that not all threads reach is an error, as are an access to an odd address and a launch that takes more than a
// multiprocessor has. Streams are late, or early. A second build finds races (BuildRaces). It doesn't show speed.
package emu

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Folder is where this package's files are.
func Folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// Use has CUDA opened by the emulated driver from now on, unless RG_LIBCUDA names another; RG_LIBCUDA= is the system's. To be called
// before the driver is asked for anything.
func Use() error {
	if _, chosen := os.LookupEnv(variable); chosen {
		return nil
	}
	driver, err := Build("")
	if err != nil {
		return err
	}
	if _, chosen := os.LookupEnv("RG_CUBLAS"); !chosen { // a real one knows no emulated driver
		os.Setenv("RG_CUBLAS", "off")
	}
	return os.Setenv(variable, driver)
}

// BuildCuBLAS makes a libcublas.so.12 and the libcublasLt.so.12 that it depends on, which work with the emulated driver, and returns their folder.
func BuildCuBLAS() (folder string, err error) {
	driver := filepath.Join(Folder(), "driver")
	folder, err = os.MkdirTemp("", "rg-cublas-")
	if err != nil {
		return "", err
	}
	for _, l := range []struct{ name, source string }{{"libcublasLt.so.12", "cublaslt.cpp"}, {"libcublas.so.12", "cublas.cpp"}} {
		args := []string{
			"-std=c++17", "-DRG_EMU", "-O1", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wno-unused-function", "-shared", "-Wl,-soname," + l.name,
			"-I" + driver, "-I" + filepath.Join(driver, "..", "..", "kernels"), "-o", filepath.Join(folder, l.name), filepath.Join(driver, l.source),
		}
		if l.source == "cublas.cpp" {
			args = append(args, "-Wl,--no-as-needed", filepath.Join(folder, "libcublasLt.so.12"))
		}
		if text, err := exec.Command("g++", args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the emulated cuBLAS: %w\n%s", err, text)
		}
	}
	return folder, nil
}

// Used says whether the driver is an emulated one.
func Used() bool { return strings.Contains(os.Getenv(variable), filepath.Join("rg", "emu")) }

const variable = "RG_LIBCUDA"

// Build makes the driver of the kernels in a folder (of gpu/kernels if it is ""), of all sources or of some, and returns its path. What was
// built before from the same files is taken again.
func Build(kernels string, sources ...string) (string, error) {
	return build(kernels, nil, sources)
}

// BuildRaces makes one that finds races between threads, in whatever order they run (driver/race.cpp), and is some thirty times as slow.
func BuildRaces(kernels string, sources ...string) (string, error) {
	return build(kernels, []string{"RG_RACES=1"}, sources)
}

func build(kernels string, environment, sources []string) (string, error) {
	here := Folder()
	if kernels == "" {
		kernels = filepath.Join(here, "..", "kernels")
	}
	h := sha256.New()
	for _, pattern := range []string{
		filepath.Join(kernels, "*.cu*"), filepath.Join(here, "driver", "*"),
		filepath.Join(here, "..", "cuda", "cushim", "include", "cuda.h"), filepath.Join(here, "..", "kernels", "images", "report.json"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.Sort(files)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s %d\n%s", filepath.Base(f), len(text), text)
		}
	}
	fmt.Fprint(h, environment, sources)
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "rg", "emu", hex.EncodeToString(h.Sum(nil)[:12]))
	out := filepath.Join(folder, "libcuda.so.1")
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("bash", append([]string{filepath.Join(here, "driver", "build.sh"), out}, sources...)...)
	cmd.Env = append(append(os.Environ(), "RG_KERNELS="+kernels), environment...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the emulated driver: %w\n%s", err, text)
	}
	return out, nil
}
