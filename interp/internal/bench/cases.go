package main

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// benchCase is something to time, in Go and in Python.
type benchCase struct {
	name, what string
	program    bool // a whole program, not one construct
	goSource   []byte
	pySource   []byte
}

func readCases(pattern *regexp.Regexp) ([]benchCase, error) {
	files, err := testdata.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var small, programs []benchCase
	for _, f := range files {
		name, isGo := strings.CutSuffix(f.Name(), ".go")
		if !isGo || !pattern.MatchString(name) {
			continue
		}
		c := benchCase{name: name}
		if c.goSource, err = testdata.ReadFile(path.Join("testdata", name+".go")); err != nil {
			return nil, err
		}
		if c.pySource, err = testdata.ReadFile(path.Join("testdata", name+".py")); err != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(string(c.goSource), "\n")
		c.what = strings.TrimSuffix(strings.TrimPrefix(first, "// "), ".")
		if c.what, c.program = strings.CutPrefix(c.what, "program: "); c.program {
			programs = append(programs, c)
		} else {
			small = append(small, c)
		}
	}
	return append(small, programs...), nil
}

// checkN is the n whose result is compared.
const checkN = 3

const goDriver = `
func main() {
	bench_fmt.Println(run(%[1]d))
	n := 1
	for enough := 0; enough < 2; { // twice, for one may have been interrupted
		start := bench_time.Now()
		run(n)
		if bench_time.Since(start).Milliseconds() >= %[2]d {
			enough++
		} else {
			enough = 0
			n *= 2
		}
	}
	for i := 0; i < %[3]d; i++ {
		start := bench_time.Now()
		run(n)
		bench_fmt.Println(float64(bench_time.Since(start).Nanoseconds()) / float64(n))
	}
}
`

const pyDriver = `

if __name__ == "__main__":
    import time

    print(run(%[1]d))
    n = 1
    enough = 0
    while enough < 2:
        start = time.perf_counter()
        run(n)
        if time.perf_counter() - start >= %[2]d / 1000:
            enough += 1
        else:
            enough = 0
            n *= 2
    for _ in range(%[3]d):
        start = time.perf_counter()
        run(n)
        print((time.perf_counter() - start) * 1e9 / n)
`

// goProgram is the case as a whole program that prints a result, then the nanoseconds of each round.
func (c benchCase) goProgram(o options) []byte {
	src := strings.Replace(string(c.goSource), "package main\n", "package main\n\nimport bench_fmt \"fmt\"\nimport bench_time \"time\"\n", 1)
	return fmt.Appendf([]byte(src), goDriver, checkN, o.atLeast.Milliseconds(), o.rounds)
}

func (c benchCase) pyProgram(o options) []byte {
	return fmt.Appendf(append([]byte{}, c.pySource...), pyDriver, checkN, o.atLeast.Milliseconds(), o.rounds)
}
