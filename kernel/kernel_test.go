package kernel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/kerneltest"
	"github.com/rustygradients/rg/kernel/worker"
)

// role tells this test binary what to be: a front, that front's worker, or (empty) the tests.
const role = "KERNELTEST_ROLE"

// historyFile names a front's history; without it, history is in memory.
const historyFile = "KERNELTEST_HISTORY"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "front":
		_ = os.Unsetenv(role)
		err = kernel.Main(context.Background(), os.Args[len(os.Args)-1], kernel.Options{
			WorkerCommand: os.Args[:1],
			WorkerEnv:     []string{role + "=worker"},
			Banner:        "script",
			Language:      kerneltest.ScriptInfo,
			History:       os.Getenv(historyFile),
		})
	case "worker":
		_ = os.Unsetenv(role)
		err = worker.Main(kerneltest.NewScript)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// front returns the command that makes this test binary a front; the connection file is to be added.
func front(t testing.TB, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), role+"=front"), env...)
	return cmd
}

func start(t testing.TB, env ...string) *kerneltest.Process {
	t.Helper()
	return kerneltest.Start(t, front(t, env...))
}

// must fails the test if there is an error, and returns the value otherwise.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// run runs a cell and waits for its end.
func run(t testing.TB, k *kerneltest.Process, code string) *kerneltest.Response {
	t.Helper()
	r, err := k.Run(code)
	return must(t, r, err)
}

// check fails the test if got isn't want.
func check[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(kerneltest.Timeout); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", kerneltest.Timeout, what)
		}
	}
}
