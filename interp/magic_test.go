package interp

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
)

// magicCell is a cell and what comes of it: a part of what is printed, the result, or the error.
type magicCell struct{ code, stdout, result, err string }

// magicSession runs cells on every executor, in a folder of its own.
func magicSession(t *testing.T, cells []magicCell) {
	t.Helper()
	for _, name := range testedEngines() {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			e, err := New(Options{Engine: name})
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cells {
				out, failed := execute(t, e, i+1, c.code)
				if got := out.stream["stdout"]; c.stdout == "" && got != "" && c.err == "" || !strings.Contains(got, c.stdout) {
					t.Errorf("%s: printed %q, want %q", c.code, got, c.stdout)
				}
				result := ""
				if len(out.result) > 0 {
					result = out.result[0].Plain()
				}
				if result != c.result {
					t.Errorf("%s: result %q, want %q", c.code, result, c.result)
				}
				switch text := ""; {
				case failed != nil:
					if text = failed.Error() + "\n" + plain(failed.Traceback); c.err == "" || !strings.Contains(text, c.err) {
						t.Errorf("%s: failed with %s, want %q", c.code, text, c.err)
					}
				case c.err != "":
					t.Errorf("%s: did not fail", c.code)
				}
			}
		})
	}
}

func needsShell(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands of this test are for a Unix shell")
	}
}

func TestShell(t *testing.T) {
	needsShell(t)
	magicSession(t, []magicCell{
		{code: "x := 20\n!echo one; echo two\nx += 22\n!echo three \\\n  four\nx", stdout: "one\ntwo\nthree four\n", result: "42"},
		{code: "!exit 3", err: "ShellError: !exit 3: exit status 3"},
		{code: "y := 1\n  !false\ny = 2", err: "In [3]:2:3\n    2 |   !false"},
		{code: "y", result: "1"},
		{code: "ok := true\n!ok", err: "write (!ok)"},
		{code: "(!ok)", result: "false"},
		{code: "!", err: "! without a command"},
		{code: "!cat && echo end of input", stdout: "end of input"},
		{code: "!kill -9 $$", err: "signal: killed"},
		{code: "!printf 'h\\303'; sleep 0.1; printf '\\244 '", stdout: "hä "},
		{code: "rg := 1\n!echo mine\nrg", stdout: "mine\n", result: "1"},
		{code: "!sleep 60 > /dev/null 2>&1 &\n!echo on", stdout: "on\n"},
		{code: "%%sh a b\necho $2 \"it's\"\nexit 4", stdout: "b it's\n", err: "%%sh: exit status 4"},
		{code: "%%bash\n", err: "%%bash without a script"},
	})
	if _, err := exec.LookPath("bash"); err == nil {
		magicSession(t, []magicCell{{code: "%%bash\na=(1 2)\necho ${#a[@]}", stdout: "2\n"}})
	}
}

// What a command prints is there while it runs, and an interrupt ends it with all that it has started.
func TestShellInterrupt(t *testing.T) {
	needsShell(t)
	for _, name := range testedEngines() {
		for _, code := range []string{
			"!echo begun; sleep 300 & echo $! > pid; wait",
			"%%sh\necho begun\nsleep 300 & echo $! > pid\nwait",
			"!trap '' INT; sh -c 'trap \"\" INT; echo $$ > pid; echo begun; while :; do sleep 0.01; done'",
		} {
			t.Run(name, func(t *testing.T) {
				t.Chdir(t.TempDir())
				e, err := New(Options{Engine: name})
				if err != nil {
					t.Fatal(err)
				}
				out := &recorder{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan error, 1)
				go func() { ended <- e.Execute(ctx, engine.Cell{Number: 1, Code: code}, out) }()
				eventually(t, "the command printed nothing while it ran", func() bool {
					out.mu.Lock()
					defer out.mu.Unlock()
					return out.stream["stdout"] == "begun\n"
				})
				var pid []byte
				eventually(t, "no process", func() bool { pid, _ = os.ReadFile("pid"); return len(pid) > 0 })
				began := time.Now()
				cancel()
				var failed *engine.Error
				if err := <-ended; !errors.As(err, &failed) || failed.Name != engine.NameInterrupted {
					t.Errorf("ended with %v", err)
				}
				if took := time.Since(began); took > 3*leave {
					t.Errorf("the interrupt took %v", took)
				}
				eventually(t, "the command's child lives on", func() bool {
					return exec.Command("sh", "-c", "kill -0 "+strings.TrimSpace(string(pid))).Run() != nil
				})
				if out, failed := execute(t, e, 2, "!echo again"); failed != nil || out.stream["stdout"] != "again\n" {
					t.Errorf("afterwards: %v, %v", out.stream, failed)
				}
			})
		}
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestFolderAndEnvironment(t *testing.T) {
	t.Setenv("RG_TEST_SEEN", "before")
	t.Setenv("RG_TEST_TOKEN", "hidden")
	t.Setenv("RG_TEST_GONE", "x")
	magicSession(t, []magicCell{
		{code: "import \"os\"\nos.Mkdir(\"sub folder\", 0o777)\n%cd \"sub folder\"\nos.WriteFile(\"f\", nil, 0o666)", stdout: "sub folder\n"},
		{code: "%cd -", stdout: "\n"},
		{code: "_, err := os.Stat(\"sub folder/f\")\nerr == nil", result: "true"},
		{code: "%cd none", err: "MagicError: %cd: chdir none: "},
		{code: "%env RG_TEST_SEEN", stdout: "before\n"},
		{code: "%env RG_TEST_SEEN = \"a b=c\"\nos.Getenv(\"RG_TEST_SEEN\")", result: "a b=c"},
		{code: "%env RG_TEST_SEEN two words=x\nos.Getenv(\"RG_TEST_SEEN\")", result: "two words=x"},
		{code: "%env RG_TEST_SEEN=before"},
		{code: "%env -u RG_TEST_GONE\n%env RG_TEST_GONE", err: "there is no environment variable RG_TEST_GONE"},
		{code: "%env -u", err: "%env -u without a name"},
		{code: "%env =x", err: "%env without a name"},
		{code: "%env", stdout: "RG_TEST_TOKEN=…\n"},
	})
}

// A session that is restored is in the folder where it was.
func TestRestoreFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	e, _ := newTestEngine(t)
	if dir := e.State().Dir; dir != "" {
		t.Errorf("at first: %q", dir)
	}
	sub := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(sub)
	state := e.State()
	t.Chdir(t.TempDir())
	if err := e.Restore(state); err != nil {
		t.Fatal(err)
	}
	if here, _ := os.Getwd(); filepath.Base(here) != "sub" {
		t.Errorf("restored into %s", here)
	}
}

func TestFiles(t *testing.T) {
	magicSession(t, []magicCell{
		{code: "%%writefile a.txt\none\n\ttwo", stdout: "Wrote a.txt.\n"},
		{code: "%%writefile -a a.txt\nthree\n", stdout: "Added to a.txt.\n"},
		{code: "import \"os\"\nb, _ := os.ReadFile(\"a.txt\")\nstring(b)", result: "one\n\ttwo\nthree\n"},
		{code: "%%writefile a.txt\nanew", stdout: "Overwrote a.txt.\n"},
		{code: "%%writefile none/a.txt\nx", err: "MagicError: %%writefile: "},
		{code: "%%writefile", err: "%%writefile without a file"},
		{code: "%save s.go", err: "nothing is declared yet"},
		{code: "import \"strings\"\ntype (\n\tA int\n\tB struct{ a A }\n)\n\n// f repeats.\nfunc f(n int) string { return strings.Repeat(\"ab\", n) }\nfunc (b B) M() A { return b.a }\nconst c = 4"},
		{code: "%save s.go", stdout: "Wrote 5 declarations (without the values of 1 variable) to s.go.\n"},
		{code: "s, _ := os.ReadFile(\"s.go\")\nstring(s)", result: "package main\n\nimport \"strings\"\n\ntype A int\n\ntype B struct{ a A }\n\n" +
			"// f repeats.\nfunc f(n int) string { return strings.Repeat(\"ab\", n) }\n\nfunc (b B) M() A { return b.a }\n\nconst c = 4\n"},
		{code: "%reset"},
		{code: "%load s.go"},
		{code: "f(2), B{a: c}.M()", err: "syntax error"},
		{code: "f(2)", result: "abab"},
		{code: "%save t.txt 14", stdout: "Wrote 1 cell to t.txt.\n"},
		{code: "%load t.txt", result: "abab"},
		{code: "%save t.txt 1-x", err: `"1-x" is no cell's number`},
		{code: "%save t.txt 99", err: "there is no cell In [99]"},
		{code: "%save", err: "%save without a file"},
		{code: "%%writefile p.go\npackage main\nimport \"fmt\"\nfunc main() { fmt.Sprint(1) }\n", stdout: "Wrote"},
		{code: "%load p.go"},
		{code: "%%writefile bad.go\npackage main\n\nfunc h() {\n\tx := \n}\n", stdout: "Wrote"},
		{code: "%load bad.go", err: "in bad.go"},
		{code: "%load none.go", err: "%load: open none.go"},
		{code: "%load", err: "%load without a file"},
		{code: "x := 1\n%load p.go", err: "%load stands alone in its cell"},
		{code: "%%writefile loop.go\n%load loop.go", stdout: "Wrote"},
		{code: "%load loop.go", err: "in a circle"},
		{code: "%%writefile n.ipynb\n{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, \"cells\": [" +
			"{\"cell_type\": \"code\", \"source\": \"q := 6\\nq\", \"metadata\": {}, \"outputs\": [], \"execution_count\": null}," +
			"{\"cell_type\": \"code\", \"source\": \"q * 7\", \"metadata\": {}, \"outputs\": [], \"execution_count\": null}]}", stdout: "Wrote"},
		{code: "%load n.ipynb", result: "42"},
	})
}

func TestTimeit(t *testing.T) {
	magicSession(t, []magicCell{
		{code: "n := 0\n%timeit -n 10 -r 3 n++\nn", result: "30"},
		{code: "n = 0\n%timeit -r2 -n 5 n++; n++\nn", result: "20"},
		{code: "%timeit -n 2 -r 1 n * 2; len(\"a\"); float64(n); []byte(\"a\"); -n"},
		{code: "%%timeit -n 4 -r 2\nm := n\nvar k, _ = m, 1\nn++"},
		{code: "n", result: "28"},
		{code: "m", err: "undefined: m"},
		{code: "%timeit", err: "there is nothing to time"},
		{code: "%%timeit\n", err: "there is nothing to time"},
		{code: "%%timeit -n x\nn++", err: `doesn't understand "-n x"`},
		{code: "%%timeit\nfunc f() {}\nf()", err: "declare them in a cell above"},
		{code: "%timeit -n 1 -r 1 panic(\"no\")", err: "panic: no"},
		{code: "%time", err: "there is nothing to time"},
		{code: "%time n++; n++", err: "%time stands alone"},
	})
}

func TestUnknownMagic(t *testing.T) {
	magicSession(t, []magicCell{
		{code: "%hlep", err: "did you mean %help?"},
		{code: "%bash\nls", err: "did you mean %%bash, in the first line?"},
		{code: "%%cd x", err: "did you mean %cd?"},
		{code: "%%bsh\nit's no Go", err: "did you mean %%bash?"},
		{code: "%matplotlib inline", err: "%help lists them all"},
		{code: "%help none", err: "there is no magic none"},
		{code: "%help %cd", stdout: "%cd  change"},
		{code: "rg.Magic(\"%reset\")", err: "MagicError: rg.Magic: %reset can't be run from Go"},
		{code: "!*go mod tidy", err: "gonb"},
		{code: "func g() int { return 7 }\n%%\ng()", result: "7"},
		{code: "%main\ng()", result: "7"},
	})
}

// Every magic is listed with one line, and is in the documentation.
func TestHelp(t *testing.T) {
	doc, err := os.ReadFile("../docs/magics.md")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := newTestEngine(t)
	for _, cmd := range []string{"%help", "%lsmagic"} {
		out, failed := execute(t, e, 1, cmd)
		if failed != nil {
			t.Fatal(failed)
		}
		lines := strings.Split(strings.TrimSpace(out.stream["stdout"]), "\n")
		if len(lines) != len(magics) {
			t.Errorf("%s prints %d lines for %d magics", cmd, len(lines), len(magics))
		}
		for _, m := range magics {
			if m.help == "" || strings.Contains(m.help, "\n") {
				t.Errorf("%s: help %q", m.name, m.help)
			}
			if !strings.Contains(string(doc), "| `"+m.name+"` | "+m.help+" |\n") {
				t.Errorf("docs/magics.md has no line\n| `%s` | %s |", m.name, m.help)
			}
		}
	}
}
