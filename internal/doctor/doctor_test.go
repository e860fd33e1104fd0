package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rustygradients/rg/install"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// answers is an engine whose every cell has one result.
type answers struct {
	text string
	err  error
}

func (a answers) Info() engine.LanguageInfo { return engine.LanguageInfo{Name: "go"} }
func (a answers) Execute(_ context.Context, _ engine.Cell, out engine.Output) error {
	out.Result(display.Text(a.text))
	return a.err
}

func (answers) Complete(context.Context, string, int) engine.Completion { return engine.Completion{} }

func (answers) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}

func (answers) IsComplete(string) (string, string)                            { return "complete", "" }
func (answers) Evaluate(map[string]string) map[string]engine.Evaluation       { return nil }
func (answers) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }
func (answers) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// here makes a machine with nothing on it but what the test puts there.
func here(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", data)
	t.Setenv("JUPYTER_PATH", "")
	t.Setenv("VIRTUAL_ENV", filepath.Join(data, "venv"))
	t.Setenv("CONDA_PREFIX", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return data
}

func examine(t *testing.T, a answers, startErr error) (Status, map[string]Finding, string) {
	t.Helper()
	ended := false
	findings := Examine(t.Context(), Options{Start: func(context.Context) (engine.Engine, func(), error) {
		return a, func() { ended = true }, startErr
	}})
	if startErr == nil && !ended {
		t.Error("the worker was not ended")
	}
	var b bytes.Buffer
	worst := Print(&b, findings)
	by := map[string]Finding{}
	for _, f := range findings {
		by[f.Subject] = f
		if f.Status != OK && f.Cure == "" {
			t.Errorf("%s is %v, but nothing says what to do", f.Subject, f.Status)
		}
		if !strings.Contains(b.String(), f.Found) || !strings.Contains(b.String(), f.Cure) {
			t.Errorf("not printed: %+v", f)
		}
	}
	return worst, by, b.String()
}

func TestHealthy(t *testing.T) {
	data := here(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := install.Install(data, install.Spec{Command: self}); err != nil {
		t.Fatal(err)
	}
	worst, by, text := examine(t, answers{text: "2"}, nil)
	if worst == Broken {
		t.Errorf("broken:\n%s", text)
	}
	for _, subject := range []string{"rg", "system", "worker", "kernelspec", "paths", "cache", "GPU"} {
		if f, ok := by[subject]; !ok || f.Status != OK {
			t.Errorf("%s: %+v", subject, f)
		}
	}
	if entries, _ := os.ReadDir(os.Getenv("XDG_CACHE_HOME")); len(entries) != 0 {
		t.Errorf("the examination left %v", entries)
	}
}

func TestWorkerTrouble(t *testing.T) {
	here(t)
	for _, tc := range []struct {
		name string
		a    answers
		err  error
		want string
	}{
		{"no start", answers{}, errors.New("no memory"), "does not start: no memory"},
		{"wrong", answers{text: "3"}, nil, `1 + 1 gives "3"`},
		{"fails", answers{text: "2", err: errors.New("lost")}, nil, "1 + 1 fails: lost"},
	} {
		worst, by, _ := examine(t, tc.a, tc.err)
		if worst != Broken || by["worker"].Status != Broken || !strings.Contains(by["worker"].Found, tc.want) {
			t.Errorf("%s: %+v", tc.name, by["worker"])
		}
	}
}

func TestKernelspecTrouble(t *testing.T) {
	data := here(t)
	worst, by, _ := examine(t, answers{text: "2"}, nil)
	if f := by["kernelspec"]; worst == Broken || strings.Contains(f.Found, data) && (f.Status != Warning || f.Cure != "rgkernel install") {
		t.Errorf("none: %v, %+v", worst, f)
	}

	if _, err := install.Install(data, install.Spec{Command: filepath.Join(data, "gone"), Name: "mine"}); err != nil {
		t.Fatal(err)
	}
	worst, by, _ = examine(t, answers{text: "2"}, nil)
	if f := by["kernelspec"]; worst != Broken || f.Cure != "rgkernel install --name mine" || !strings.Contains(f.Found, "is not there") {
		t.Errorf("gone: %v, %+v", worst, f)
	}

	prefix := os.Getenv("VIRTUAL_ENV")
	if _, err := install.Uninstall(data, "mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := install.Install(install.PrefixDir(prefix), install.Spec{Command: data}); err != nil {
		t.Fatal(err)
	}
	_, by, _ = examine(t, answers{text: "2"}, nil)
	if f := by["kernelspec"]; f.Status != Broken || f.Cure != "rgkernel install --prefix "+prefix {
		t.Errorf("a folder: %+v", f)
	}
}

func TestCacheTrouble(t *testing.T) {
	here(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	_, by, _ := examine(t, answers{text: "2"}, nil)
	if f := by["cache"]; f.Status != Warning {
		t.Errorf("%+v", f)
	}
}

func TestForcedRoutines(t *testing.T) {
	here(t)
	t.Setenv("RG_CPU", "portable")
	_, by, _ := examine(t, answers{text: "2"}, nil)
	if f := by["processor"]; f.Status != Warning || !strings.Contains(f.Found, "RG_CPU=portable") || !strings.Contains(f.Cure, "unset") {
		t.Errorf("%+v", f)
	}
}

func TestGPU(t *testing.T) {
	f := gpu(t.Context(), func(context.Context) []string { return []string{"NVIDIA H200", "NVIDIA H200"} })
	if f.Status != Warning || !strings.HasPrefix(f.Found, "NVIDIA H200, NVIDIA H200; no GPU: ") || !strings.Contains(f.Cure, "-tags cuda") {
		t.Errorf("cards, and a build that can't use them: %+v", f)
	}
	if f := gpu(t.Context(), func(context.Context) []string { return nil }); f.Status != OK || !strings.HasPrefix(f.Found, "no GPU: ") {
		t.Errorf("no cards: %+v", f)
	}
}

// A jupyter that can't run, and one that tells its versions.
func TestJupyter(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	here(t)
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	_, by, _ := examine(t, answers{text: "2"}, nil)
	if f := by["jupyter"]; f.Status != Warning || !strings.Contains(f.Cure, "pip install jupyterlab") {
		t.Errorf("%+v", f)
	}
	if f := by["shell"]; f.Status != Warning {
		t.Errorf("%+v", f)
	}
	script := func(text string) {
		if err := os.WriteFile(filepath.Join(bin, "jupyter"), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script("exit 1")
	if f := jupyter(t.Context()); f.Status != Warning || !strings.Contains(f.Found, "exit status 1") {
		t.Errorf("%+v", f)
	}
	script("echo 'Selected Jupyter core packages...'\necho 'IPython          : 9.1'\necho 'jupyter_client   : 8.10.0'\necho 'notebook         : not installed'\necho 'jupyterlab       : 4.6.6'")
	if f := jupyter(t.Context()); f.Status != OK || !strings.HasSuffix(f.Found, ": jupyter_client 8.10.0, jupyterlab 4.6.6") {
		t.Errorf("%+v", f)
	}
}

func TestHiddenKernelspec(t *testing.T) {
	data := here(t)
	for _, dir := range []string{data, install.PrefixDir(os.Getenv("VIRTUAL_ENV"))} {
		if _, err := install.Install(dir, install.Spec{}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, text := examine(t, answers{text: "2"}, nil)
	if strings.Count(text, "hidden by the one in "+os.Getenv("VIRTUAL_ENV")) != 1 {
		t.Error(text)
	}
}
