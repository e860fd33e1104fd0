package kernel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/kerneltest"
	"github.com/rustygradients/rg/kernel/worker"
)

// role tells this test binary what to be: a front, that front's worker, or (empty) the tests.
const role = "KERNELTEST_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "front":
		_ = os.Unsetenv(role)
		err = kernel.Main(context.Background(), os.Args[len(os.Args)-1], kernel.Options{
			WorkerCommand: os.Args[:1],
			WorkerEnv:     []string{role + "=worker"},
			Banner:        "script",
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

func TestFirst(t *testing.T) {
	k := start(t)
	r, err := k.Run("print hello\nresult 42")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Transcript())
}
