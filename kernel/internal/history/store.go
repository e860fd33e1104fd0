package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // registers the driver
)

const (
	// busyTimeout is how long a write waits for another kernel's.
	busyTimeout = 5 * time.Second

	// delay is how long an entry waits for others that are written with it: a transaction costs as much
	// as many short cells.
	delay = 250 * time.Millisecond

	// maxBatch is how many entries wait for that.
	maxBatch = 1000

	// maxWaiting is how much work waits for the writer. More makes Add wait.
	maxWaiting = 4096
)

// schema is IPython's, less its column for source after magics, which are the same here.
const schema = `
CREATE TABLE IF NOT EXISTS sessions (session integer PRIMARY KEY AUTOINCREMENT, start timestamp, end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text, PRIMARY KEY (session, line));`

// overlay is this process's own: what could not be written, and all there is to find.
const overlay = `
CREATE TEMP TABLE unsaved (session integer, line integer, input text, output text, PRIMARY KEY (session, line));
CREATE TEMP VIEW entries AS
	SELECT h.session AS session, h.line AS line, h.source_raw AS input, o.output AS output
	FROM main.history h LEFT JOIN main.output_history o USING (session, line)
	UNION ALL SELECT session, line, input, output FROM unsaved WHERE input != '';`

// Entry is a cell that was run. Output is the text of its result, or "".
type Entry struct {
	Session int
	Line    int
	Input   string
	Output  string
}

// Store is the history as one session sees it. Its methods may be called from several goroutines.
type Store struct {
	path string
	logf func(format string, args ...any)

	work   chan func()
	quit   chan struct{} // closed by Close
	ended  chan struct{}
	closed sync.Once

	mu    sync.Mutex
	lines int
	batch []Entry // not written yet; its sessions are not known yet

	// What follows belongs to the goroutine that does the work.
	db      *sql.DB
	conn    *sql.Conn // the one connection: temporary tables are a connection's own
	session int
	failed  bool // the last write failed, and that has been logged
}

// Open returns the history in the file at path; an empty path means that it is kept in memory only.
// It returns at once. What goes wrong with the file is logged, once, and costs no entry while the
// process lives.
func Open(path string, logf func(format string, args ...any)) *Store {
	s := &Store{path: path, logf: logf, work: make(chan func(), maxWaiting), quit: make(chan struct{}), ended: make(chan struct{})}
	go s.run()
	return s
}

func (s *Store) run() {
	defer close(s.ended)
	if err := s.open(); err != nil {
		s.logf("history: %v; it is kept in memory", err)
		if err := s.openIn(":memory:"); err != nil {
			s.logf("history: %v; there is none", err)
		}
	}
	for open := true; open; {
		select {
		case f := <-s.work:
			f()
		case <-s.quit:
			open = false
		}
	}
	for len(s.work) > 0 {
		(<-s.work)()
	}
	s.flush()
	if s.db == nil {
		return
	}
	_, _ = s.conn.ExecContext(context.Background(), `UPDATE main.sessions SET end = ?, num_cmds = ? WHERE session = ?`, now(), s.count(), s.session)
	_ = s.conn.Close()
	_ = s.db.Close()
}

// open opens the file, which no one else may read, in a folder that it makes.
func (s *Store) open() error {
	if s.path == "" {
		return s.openIn(":memory:")
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	// SQLite gives its other files the mode of this one.
	err = f.Chmod(0o600)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(s.path)}
	return s.openIn(u.String())
}

func (s *Store) openIn(name string) (err error) {
	ctx := context.Background()
	if s.db, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = s.db.Close()
			s.db = nil
		}
	}()
	s.db.SetMaxOpenConns(1)
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds()),
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = NORMAL",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA cache_size = -512",
		schema,
		overlay,
	} {
		if _, err = s.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	row := s.conn.QueryRowContext(ctx, `INSERT INTO main.sessions (start) VALUES (?) RETURNING session`, now())
	if err = row.Scan(&s.session); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}

// now is a time in SQLite's usual form.
func now() string { return time.Now().UTC().Format("2006-01-02 15:04:05.000000") }

// envValue is what follows the name in a line that sets an environment variable.
var envValue = regexp.MustCompile(`(?m)^([ \t]*%(?:set_)?env[ \t]+\w+[ \t]*[= \t][ \t]*)\S.*$`)

// Add notes that line of this session was run. It doesn't wait for the disk, and as a rule wakes no one.
func (s *Store) Add(line int, input string) {
	if strings.Contains(input, "%") {
		input = envValue.ReplaceAllString(input, "${1}…")
	}
	s.mu.Lock()
	s.lines++
	s.mu.Unlock()
	s.note(Entry{Line: line, Input: input})
}

// SetOutput notes the result of a line that was added.
func (s *Store) SetOutput(line int, output string) {
	if output != "" {
		s.note(Entry{Line: line, Output: output})
	}
}

// note adds an entry to the batch, or an output to its input's entry, and has the batch written in a while.
func (s *Store) note(e Entry) {
	s.mu.Lock()
	i := len(s.batch) - 1
	for i >= 0 && s.batch[i].Line != e.Line {
		i--
	}
	if i >= 0 {
		s.batch[i].Output = e.Output
	} else {
		s.batch = append(s.batch, e) // also an output whose input is written already
	}
	n := len(s.batch)
	s.mu.Unlock()
	switch {
	case n >= maxBatch:
		s.do(s.flush)
	case n == 1:
		time.AfterFunc(delay, func() { s.do(s.flush) })
	}
}

func (s *Store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

// flush writes the batch to the file, after what could not be written before; where that fails, it is
// kept in memory.
func (s *Store) flush() {
	s.mu.Lock()
	batch := s.batch
	s.batch = nil
	s.mu.Unlock()
	for i := range batch {
		batch[i].Session = s.session
	}
	if s.db == nil || len(batch) == 0 {
		return
	}
	err := s.transaction(func(tx *sql.Tx) error {
		if s.failed {
			for _, move := range []string{
				`INSERT OR REPLACE INTO main.history SELECT session, line, input, input FROM unsaved WHERE input != ''`,
				`INSERT OR REPLACE INTO main.output_history SELECT session, line, output FROM unsaved WHERE output != ''`,
				`DELETE FROM unsaved`,
			} {
				if _, err := tx.Exec(move); err != nil {
					return err
				}
			}
		}
		for _, e := range batch {
			if e.Input != "" {
				if _, err := tx.Exec(`INSERT OR REPLACE INTO main.history (session, line, source, source_raw) VALUES (?, ?, ?, ?)`, e.Session, e.Line, e.Input, e.Input); err != nil {
					return err
				}
			}
			if e.Output != "" {
				if _, err := tx.Exec(`INSERT OR REPLACE INTO main.output_history (session, line, output) VALUES (?, ?, ?)`, e.Session, e.Line, e.Output); err != nil {
					return err
				}
			}
		}
		return nil
	})
	switch {
	case err == nil:
		s.failed = false
		return
	case !s.failed:
		s.logf("history: %s: %v; what is run from now on is kept in memory", s.path, err)
		s.failed = true
	}
	err = s.transaction(func(tx *sql.Tx) error {
		for _, e := range batch {
			if _, err := tx.Exec(`INSERT INTO unsaved (session, line, input, output) VALUES (?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET output = excluded.output`, e.Session, e.Line, e.Input, e.Output); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.logf("history: %v", err)
	}
}

func (s *Store) transaction(f func(*sql.Tx) error) error {
	tx, err := s.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// do has the writer do something after all that it was given before.
func (s *Store) do(f func()) {
	select {
	case s.work <- f:
	case <-s.ended:
	}
}

// Session returns the number of this session, or 0 if there is no history, when all that was handed over
// is written.
func (s *Store) Session() (number int) {
	s.wait(func() { s.flush(); number = s.session })
	return number
}

// wait has the writer do something and returns when it is done.
func (s *Store) wait(f func()) {
	done := make(chan struct{})
	s.do(func() { defer close(done); f() })
	select {
	case <-done:
	case <-s.ended:
	}
}

// Close writes what waits and closes the file. No other method may be called after it.
func (s *Store) Close() {
	s.closed.Do(func() { close(s.quit) })
	<-s.ended
}

// Range returns what has start ≤ line < stop in a session. A session of 0 is this one and negative ones
// count back from it; a stop of 0 means to the end, and in this session negative lines count back from
// its end.
func (s *Store) Range(session, start, stop int) (found []Entry) {
	s.wait(func() {
		if session <= 0 {
			session += s.session
		}
		if session == s.session {
			start, stop = fromEnd(start, s.count()), fromEnd(stop, s.count())
		}
		where := `WHERE session = ? AND line >= ?`
		args := []any{session, start}
		if stop != 0 {
			where += ` AND line < ?`
			args = append(args, stop)
		}
		found = s.query(where+` ORDER BY line`, args...)
	})
	return found
}

func fromEnd(line, lines int) int {
	if line < 0 {
		return max(line+lines+1, 1)
	}
	return line
}

// Tail returns the last n entries of all sessions, this one's last; a negative n means all.
func (s *Store) Tail(n int) (found []Entry) {
	s.wait(func() {
		found = s.query(`ORDER BY session = ? DESC, session DESC, line DESC LIMIT ?`, s.session, n)
	})
	slices.Reverse(found)
	return found
}

// Search returns the last n entries whose whole input matches a glob, in which * and ? match any
// characters; of equal ones only the last if unique. A negative n means all.
func (s *Store) Search(pattern string, n int, unique bool) (found []Entry) {
	where := `WHERE input GLOB ?`
	if unique {
		// SQLite takes the other columns from the row that has the maximum.
		where = `WHERE input GLOB ? GROUP BY input HAVING max(session * 4294967296 + line)`
	}
	s.wait(func() { found = s.query(where+` ORDER BY session DESC, line DESC LIMIT ?`, pattern, n) })
	slices.Reverse(found)
	return found
}

func (s *Store) query(rest string, args ...any) (found []Entry) {
	if s.db == nil {
		return nil
	}
	s.flush()
	rows, err := s.conn.QueryContext(context.Background(), `SELECT session, line, input, coalesce(output, '') FROM entries `+rest, args...)
	if err != nil {
		s.logf("history: %v", err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := rows.Scan(&e.Session, &e.Line, &e.Input, &e.Output); err != nil {
			s.logf("history: %v", err)
			return found
		}
		found = append(found, e)
	}
	if err := rows.Err(); err != nil {
		s.logf("history: %v", err)
	}
	return found
}
