package headless

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rustygradients/rg/internal/atomicfile"
	"github.com/rustygradients/rg/internal/run"
)

// The elements of a JUnit report, as Jenkins, GitLab and GitHub read it: a suite is a notebook, a case a cell.
type (
	testSuites struct {
		XMLName  xml.Name    `xml:"testsuites"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Suites   []testSuite `xml:"testsuite"`
	}
	testSuite struct {
		Name      string     `xml:"name,attr"`
		Tests     int        `xml:"tests,attr"`
		Failures  int        `xml:"failures,attr"`
		Errors    int        `xml:"errors,attr"`
		Skipped   int        `xml:"skipped,attr"`
		Time      string     `xml:"time,attr"`
		Timestamp string     `xml:"timestamp,attr"`
		Cases     []testCase `xml:"testcase"`
	}
	testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		File    string   `xml:"file,attr"`
		Time    string   `xml:"time,attr"`
		Failure *problem `xml:"failure,omitempty"`
		Error   *problem `xml:"error,omitempty"`
		Skipped *problem `xml:"skipped,omitempty"`
	}
	problem struct {
		Message string `xml:"message,attr,omitempty"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// outcome is what became of a job.
type outcome struct {
	started time.Time
	took    time.Duration
	result  run.Result
	wrong   map[int]string // what --check found, by cell
	err     error
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// suite turns an outcome into XML. allowErrors: failed cells passed.
func suite(job Job, o outcome, allowErrors bool) testSuite {
	path := job.Target.Notebook
	class := strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(path), filepath.Ext(path)), "/", ".")
	s := testSuite{Name: path, Time: seconds(o.took), Timestamp: o.started.Format("2006-01-02T15:04:05")}
	for _, r := range o.result.Cells {
		c := testCase{Class: class, File: path, Name: fmt.Sprintf("cell %d", r.Cell), Time: seconds(r.Took)}
		switch {
		case r.State == run.Failed && !allowErrors:
			c.Failure = &problem{r.Err.Error(), r.Err.Name, plainText(strings.Join(r.Err.Traceback, "\n"))}
		case o.wrong[r.Cell] != "":
			c.Failure = &problem{"the outputs differ from those saved", "OutputsDiffer", plainText(o.wrong[r.Cell])}
		case r.State == run.Skipped:
			c.Skipped = &problem{Message: "tagged to be skipped"}
		case r.State == run.NotReached:
			c.Skipped = &problem{Message: "not reached: the run ended before"}
		}
		s.add(c)
	}
	if o.err != nil && s.Failures == 0 { // a full disk, a worker that doesn't start
		s.add(testCase{Class: class, File: path, Name: "notebook", Time: seconds(o.took), Error: &problem{Message: o.err.Error()}})
	}
	return s
}

func (s *testSuite) add(c testCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// plainText is text without colours, and without letters that XML has no place for.
func plainText(s string) string { return run.Plain(nil, s) }

// writeJUnit writes the report of all jobs.
func (r *Runner) writeJUnit(jobs []Job, outcomes []outcome, took time.Duration) error {
	all := testSuites{Name: "rgkernel run", Time: seconds(took)}
	for i, job := range jobs {
		s := suite(job, outcomes[i], r.Options.AllowErrors)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.JUnit), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(r.JUnit, append([]byte(xml.Header), append(text, '\n')...))
}
