package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/internal/notebook"
)

// asCommand in the environment makes the tests' binary be rgkernel itself.
const asCommand = "RGKERNEL_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(execute(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// command is rgkernel with arguments, in a folder of its own and with a home of its own.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = dir
	home := t.TempDir()
	cmd.Env = append(os.Environ(), asCommand+"=1", "HOME="+home, "XDG_CACHE_HOME="+home, "XDG_DATA_HOME=", "JUPYTER_PATH=",
		"JUPYTER_DATA_DIR="+filepath.Join(home, "jupyter"), "VIRTUAL_ENV="+filepath.Join(home, "venv"))
	return cmd
}

func rgkernel(t *testing.T, dir string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := command(t, dir, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func file(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func cells(t *testing.T, dir, name string, sources ...string) string {
	t.Helper()
	nb := notebook.New()
	for _, src := range sources {
		nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Code, Source: src})
	}
	path := filepath.Join(dir, name)
	if err := notebook.WriteFile(path, nb); err != nil {
		t.Fatal(err)
	}
	return path
}

func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// What is wrong is said in one line, by the exit status, and nothing is left behind.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	connection := func(change map[string]any) string {
		c := map[string]any{
			"transport": "tcp", "ip": "127.0.0.1", "signature_scheme": "hmac-sha256", "key": "k",
			"shell_port": 1, "iopub_port": 1, "stdin_port": 1, "control_port": 1, "hb_port": 1,
		}
		for k, v := range change {
			c[k] = v
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	file(t, dir, "bad.ipynb", "this is no notebook")
	file(t, dir, "old.ipynb", `{"nbformat": 3, "worksheets": []}`)
	file(t, dir, "python.ipynb", `{"nbformat":4,"cells":[],"metadata":{"language_info":{"name":"python"}}}`)
	cells(t, dir, "good.ipynb", "1 + 1")
	file(t, dir, "scheme.json", connection(map[string]any{"signature_scheme": "hmac-md6"}))
	file(t, dir, "broken.json", "{")
	file(t, dir, "blocked", "a file where a folder should be")
	file(t, dir, "lib.go", "package lib\n")
	before := files(t, dir)

	for _, tc := range []struct {
		args   string
		status int
		want   []string
	}{
		{"run", 2, []string{"at least 1 arg"}},
		{"run bad.ipynb --output out --html", 2, []string{"bad.ipynb", "not JSON", "line 1"}},
		{"run good.ipynb bad.ipynb --output out", 2, []string{"bad.ipynb"}},
		{"run none.ipynb", 2, []string{"none.ipynb"}},
		{"run old.ipynb", 2, []string{"nbformat 3", "nbconvert"}},
		{"run python.ipynb", 2, []string{"python"}},
		{"run good.ipynb --inplace --output x", 2, []string{"exclude each other"}},
		{"run good.ipynb --timeout soon", 2, []string{"soon", "--help"}},
		{"run good.ipynb --output blocked/x.ipynb", 1, []string{"blocked"}},
		{"run good.ipynb --check --inplace", 2, []string{"--check", "--inplace"}},
		{"run good.ipynb --check --html", 2, []string{"--output"}},
		{"run good.ipynb --sanitize x", 2, []string{"--check"}},
		{"run good.ipynb --check --sanitize none.cfg", 2, []string{"none.cfg"}},
		{"run good.ipynb --jobs 0", 2, []string{"--jobs 0"}},
		{"run good.ipynb -p 3x=1", 2, []string{"name=value"}},
		{"run good.ipynb --timeout -3", 2, []string{"90s", "--help"}},
		{"repl x", 2, []string{"--help"}},
		{"kernel", 2, []string{"-f"}},
		{"kernel -f none.json", 2, []string{"none.json"}},
		{"kernel -f broken.json", 2, []string{"broken.json", "JSON"}},
		{"kernel -f scheme.json", 2, []string{"hmac-md6", "hmac-sha256"}},
		{"install --prefix blocked", 1, []string{"blocked"}},
		{"install --user --prefix x", 2, []string{"exclude each other"}},
		{"install --prefix x --name a/b", 2, []string{"a/b"}},
		{"install --prefix x --copy maybe", 2, []string{"auto, always or never"}},
		{"install --prefix x --env A", 2, []string{"KEY=VALUE"}},
		{"uninstall --prefix x", 1, []string{"no kernelspec"}},
		{"exec", 2, []string{"at least 1 arg"}},
		{"exec none.go", 2, []string{"none.go"}},
		{"exec lib.go", 2, []string{"package lib"}},
		{"nothing", 2, []string{"unknown command", "--help"}},
		{"instal", 2, []string{"did you mean install"}},
		{"version x", 2, []string{"--help"}},
		{"worker", 1, nil},
	} {
		stdout, stderr, status := rgkernel(t, dir, strings.Fields(tc.args)...)
		if status != tc.status {
			t.Errorf("%s: exit status %d, want %d (%s)", tc.args, status, tc.status, stderr)
		}
		if !strings.HasPrefix(stderr, "rgkernel: ") || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%s: stdout %q, stderr %q", tc.args, stdout, stderr)
		}
		for _, want := range tc.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %q is not in %q", tc.args, want, stderr)
			}
		}
	}
	if after := files(t, dir); after != before {
		t.Errorf("files are now %s, were %s", after, before)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	cells(t, dir, "nb.ipynb", "import \"fmt\"\nx := 20\nfmt.Println(\"hello\", x)", "", "x + 22")
	stdout, stderr, status := rgkernel(t, dir, "run", "nb.ipynb", "--html", "--output", "out/done.ipynb")
	if status != 0 || stderr != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if !strings.Contains(stdout, filepath.Join("out", "done.html")) {
		t.Errorf("stdout = %q", stdout)
	}
	nb, err := notebook.ReadFile(filepath.Join(dir, "out", "done.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if got := nb.Cells[0].Outputs[0].Text; got != "hello 20\n" {
		t.Errorf("printed %q", got)
	}
	if got := nb.Cells[2].Outputs[0].Data["text/plain"]; got != "42" || nb.Cells[2].ExecutionCount != 2 {
		t.Errorf("result %v of In [%d]", got, nb.Cells[2].ExecutionCount)
	}
	if nb.Language() != "go" {
		t.Errorf("language = %q", nb.Language())
	}
	page, err := os.ReadFile(filepath.Join(dir, "out", "done.html"))
	if err != nil || !bytes.Contains(page, []byte("hello 20")) {
		t.Errorf("report: %v", err)
	}

	// Running what was run changes nothing.
	first, _ := os.ReadFile(filepath.Join(dir, "out", "done.ipynb"))
	if _, stderr, status = rgkernel(t, dir, "run", "--inplace", "out/done.ipynb"); status != 0 {
		t.Fatal(stderr)
	}
	if second, _ := os.ReadFile(filepath.Join(dir, "out", "done.ipynb")); !bytes.Equal(first, second) {
		t.Errorf("a second run changed the notebook:\n%s\n%s", first, second)
	}
}

func TestRunFailures(t *testing.T) {
	dir := t.TempDir()
	cells(t, dir, "panic.ipynb", "panic(\"no\")", "1 + 1")
	cells(t, dir, "loop.ipynb", "for {}")
	_, stderr, status := rgkernel(t, dir, "run", "panic.ipynb", "loop.ipynb", "--output", "out", "--timeout", "1s")
	if status != 1 || !strings.Contains(stderr, "panic.ipynb: In [1] (cell 1) failed: Panic: no") ||
		!strings.Contains(stderr, "rgkernel: loop.ipynb: In [1] (cell 1) failed: CellTimeout: the cell did not end within 1s") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	nb, err := notebook.ReadFile(filepath.Join(dir, "out", "panic.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if nb.Cells[0].Outputs[0].Type != notebook.ErrorOutput || len(nb.Cells[1].Outputs) > 0 {
		t.Errorf("cells = %+v, %+v", nb.Cells[0], nb.Cells[1])
	}
	if _, stderr, status = rgkernel(t, dir, "run", "panic.ipynb", "--output", "out", "--allow-errors"); status != 0 {
		t.Errorf("allowed: exit status %d: %s", status, stderr)
	}
}

func TestInterruptedRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent Ctrl-C there")
	}
	dir := t.TempDir()
	cells(t, dir, "loop.ipynb", "import (\"os\"; \"time\")\nos.WriteFile(\"started\", nil, 0o600)\ntime.Sleep(time.Hour)")
	cmd := command(t, dir, "run", "loop.ipynb", "--html", "--output", "out.ipynb")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), "interrupted; nothing was written") {
		t.Errorf("exit status %d: %s", status, &stderr)
	}
	if got := files(t, dir); got != "loop.ipynb started" {
		t.Errorf("files: %s", got)
	}
}

// A command of a cell ends with the worker, also when that is killed.
func TestCommandEndsWithWorker(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("commands outlive a killed worker there")
	}
	dir := t.TempDir()
	cells(t, dir, "nb.ipynb", "!echo $$ > pid; (sleep 0.5; kill -9 $PPID) & sleep 300; true", "!echo again")
	stdout, stderr, status := rgkernel(t, dir, "run", "nb.ipynb", "--allow-errors", "--output", "out.ipynb")
	if status != 0 {
		t.Fatal(stdout, stderr)
	}
	nb, err := notebook.ReadFile(filepath.Join(dir, "out.ipynb"))
	if err != nil || nb.Cells[0].Outputs[0].ErrorName != "WorkerDied" || nb.Cells[1].Outputs[0].Text != "again\n" {
		t.Errorf("%v, %+v, %+v", err, nb.Cells[0].Outputs, nb.Cells[1].Outputs)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if exec.Command("sh", "-c", "kill -0 "+string(pid)).Run() != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the command lives on")
}

func TestREPL(t *testing.T) {
	cmd := command(t, t.TempDir(), "repl")
	cmd.Stdin = strings.NewReader("func f(n int) int {\n\treturn n * 2\n}\n\nf(21)\n%hlep\nf(1)\n")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != 1 || out.String() != "42\n" || !strings.Contains(errs.String(), "did you mean %help?") {
		t.Errorf("%v: %q, %q", cmd.ProcessState, &out, &errs)
	}
}

func TestExec(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "ok.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc init() { fmt.Println(\"init\") }\n\n"+
		"func main() { fmt.Println(\"ran\", 6*7, os.Args[1:]) }\n")
	file(t, dir, "exit.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(7) }\n")
	file(t, dir, "type.go", "package main\n\nfunc main() {\n\tvar s string = 1\n\t_ = s\n}\n")
	file(t, dir, "panic.go", "package main\n\nfunc main() {\n\tpanic(\"no\")\n}\n")

	if stdout, stderr, status := rgkernel(t, dir, "exec", "ok.go", "-a", "b"); status != 0 || stdout != "init\nran 42 [-a b]\n" {
		t.Errorf("ok: exit status %d, %q, %s", status, stdout, stderr)
	}
	if stdout, stderr, status := rgkernel(t, dir, "exec", "exit.go"); status != 7 || stdout+stderr != "" {
		t.Errorf("exit: exit status %d, %q, %q", status, stdout, stderr)
	}
	for name, want := range map[string]string{"type.go": "type.go:4:", "panic.go": "panic.go:4"} {
		_, stderr, status := rgkernel(t, dir, "exec", name)
		if status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, %s; want %s", name, status, stderr, want)
		}
	}
}

func TestInstallAndDoctor(t *testing.T) {
	dir := t.TempDir()
	stdout, stderr, status := rgkernel(t, dir, "install", "--prefix", "pre", "--name", "mine", "--display-name", "Mine", "--env", "A=b=c")
	spec := filepath.Join(dir, "pre", "share", "jupyter", "kernels", "mine")
	if status != 0 || !strings.Contains(stdout, spec) {
		t.Fatalf("exit status %d, %s, %s", status, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(spec, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Argv []string          `json:"argv"`
		Name string            `json:"display_name"`
		Env  map[string]string `json:"env"`
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Name != "Mine" || got.Env["A"] != "b=c" || !filepath.IsAbs(got.Argv[0]) {
		t.Errorf("kernel.json: %v, %+v", err, got)
	}
	if _, stderr, status = rgkernel(t, dir, "uninstall", "--prefix", "pre", "--name", "mine"); status != 0 {
		t.Errorf("uninstall: exit status %d, %s", status, stderr)
	}

	stdout, stderr, status = rgkernel(t, dir, "doctor")
	if status != 0 || !strings.Contains(stdout, "answers 1 + 1") || !strings.Contains(stdout, "rgkernel install") {
		t.Errorf("doctor: exit status %d, %s, %s", status, stdout, stderr)
	}
}

func TestVersion(t *testing.T) {
	stdout, _, status := rgkernel(t, t.TempDir(), "version")
	if status != 0 || !strings.HasPrefix(stdout, "rg ") || !strings.Contains(stdout, runtime.Version()) {
		t.Errorf("exit status %d, %q", status, stdout)
	}
}
