package history

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// open opens a history that must log nothing.
func open(t *testing.T, path string) *Store {
	t.Helper()
	s := Open(path, t.Errorf)
	t.Cleanup(s.Close)
	s.Session() // it has a number now
	return s
}

func inputs(entries []Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%d/%d %s", e.Session, e.Line, e.Input))
	}
	return strings.Join(out, ", ")
}

func check(t *testing.T, what string, got []Entry, want string) {
	t.Helper()
	if s := inputs(got); s != want {
		t.Errorf("%s: %s; want %s", what, s, want)
	}
}

func TestAcrossSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history.sqlite")
	first := open(t, path)
	for i, code := range []string{"a", "b/c", "a"} {
		first.Add(i+1, code)
	}
	first.SetOutput(2, "two")
	check(t, "its own", first.Range(0, 1, 0), "1/1 a, 1/2 b/c, 1/3 a")

	second := open(t, path)
	second.Add(1, "x := 1\n*x")
	second.Add(2, "a")
	third := open(t, path)
	third.Add(1, "[z]")
	third.Session() // it is written

	check(t, "all", second.Tail(-1), "1/1 a, 1/2 b/c, 1/3 a, 3/1 [z], 2/1 x := 1\n*x, 2/2 a")
	check(t, "the last, this session's last of all", second.Tail(3), "3/1 [z], 2/1 x := 1\n*x, 2/2 a")
	check(t, "none", second.Tail(0), "")
	check(t, "this session", second.Range(0, 1, 2), "2/1 x := 1\n*x")
	check(t, "the one before", second.Range(-1, 2, 0), "1/2 b/c, 1/3 a")
	check(t, "by number", third.Range(1, 3, 4), "1/3 a")
	check(t, "from the end", first.Range(0, -2, -1), "1/2 b/c")
	check(t, "search", second.Search("a", -1, false), "1/1 a, 1/3 a, 2/2 a")
	check(t, "each once", second.Search("*", -1, true), "1/2 b/c, 2/1 x := 1\n*x, 2/2 a, 3/1 [z]")
	check(t, "the last of each", second.Search("?", 1, true), "2/2 a")
	check(t, "across lines and slashes", second.Search("*[/:]*", -1, false), "1/2 b/c, 2/1 x := 1\n*x")
	check(t, "a broken pattern", second.Search("[a-", -1, false), "")
	if got := first.Range(0, 2, 3); len(got) != 1 || got[0].Output != "two" {
		t.Errorf("output: %+v", got)
	}
}

func TestConcurrentSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	const sessions, lines = 4, 50
	var stores [sessions]*Store
	for i := range stores {
		stores[i] = open(t, path)
	}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for line := range lines {
				s.Add(line+1, "code")
				s.SetOutput(line+1, "out")
			}
			s.Session()
		})
	}
	wg.Wait()
	if got := stores[0].Search("code", -1, false); len(got) != sessions*lines {
		t.Errorf("%d entries of %d", len(got), sessions*lines)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "history.sqlite")
	s := open(t, path)
	s.Add(1, "code")
	s.Session()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 { // the log and its index beside it
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
}

func TestEnvironmentStaysOut(t *testing.T) {
	s := open(t, "")
	for i, code := range []string{
		"%env TOKEN=hush", "x := 1\n  %env TOKEN hush hush\ny := 2", "%set_env TOKEN = hush", "%env\tA=hush\n%env B=hush", "%env TOKEN", "%env",
	} {
		s.Add(i+1, code)
	}
	got := s.Tail(-1)
	var texts []string
	for _, e := range got {
		texts = append(texts, e.Input)
	}
	want := []string{"%env TOKEN=…", "x := 1\n  %env TOKEN …\ny := 2", "%set_env TOKEN = …", "%env\tA=…\n%env B=…", "%env TOKEN", "%env"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

// TestIPythonsTables checks the file as a tool sees it that knows IPython's.
func TestIPythonsTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	s := Open(path, t.Errorf)
	s.Add(1, "6 * 7")
	s.SetOutput(1, "42")
	s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var line, cells int
	var source, output, start, end string
	err = db.QueryRow(`SELECT h.line, h.source_raw, o.output, s.start, s.end, s.num_cmds FROM history h
		JOIN output_history o USING (session, line) JOIN sessions s USING (session)`).Scan(&line, &source, &output, &start, &end, &cells)
	if err != nil || line != 1 || source != "6 * 7" || output != "42" || cells != 1 || start == "" || end < start {
		t.Errorf("%d %q %q %q–%q %d, %v", line, source, output, start, end, cells, err)
	}
}

// TestWithoutAFile checks that a history which can't be kept says so once and works on.
func TestWithoutAFile(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, []byte("not a folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	junk := filepath.Join(t.TempDir(), "junk.sqlite")
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(blocked, "history.sqlite"), junk} {
		var logged []string
		s := Open(path, func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) })
		s.Add(1, "a")
		s.Add(2, "b")
		check(t, path, s.Tail(-1), "1/1 a, 1/2 b")
		s.Close()
		if len(logged) != 1 || !strings.Contains(logged[0], "kept in memory") {
			t.Errorf("%s: logged %q", path, logged)
		}
	}
}

// TestWritesThatFail checks that what can't be written is found all the same, and written later.
func TestWritesThatFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	var logged []string
	full := Open(path, func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) })
	full.Add(1, "before")
	limit := func(pages int) {
		full.wait(func() {
			if _, err := full.conn.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
				t.Error(err)
			}
		})
	}
	limit(1) // no more than there are now
	large := strings.Repeat("x", 100_000)
	full.Add(2, large)
	full.SetOutput(2, "out")
	if got := full.Tail(1); len(got) != 1 || got[0].Input != large || got[0].Output != "out" {
		t.Errorf("on a full disk: %d entries", len(got))
	}
	if len(logged) != 1 || !strings.Contains(logged[0], "kept in memory") {
		t.Errorf("logged %q", logged)
	}
	limit(1 << 30)
	full.Add(3, "after")
	full.Close()

	again := open(t, path)
	got := again.Tail(-1)
	if len(got) != 3 || got[1].Input != large || got[1].Output != "out" || got[2].Input != "after" {
		t.Errorf("%d entries were kept", len(got))
	}
}
