package stdin

import (
	"io"
	"testing"
)

func lines(list ...string) func() (string, error) {
	return func() (string, error) {
		if len(list) == 0 {
			return "", io.EOF
		}
		l := list[0]
		list = list[1:]
		return l, nil
	}
}

func TestScan(t *testing.T) {
	defer Open(nil)
	Open(lines("1 2", "3 žluť", "x=7"))
	var a, b, c, d int
	var s string
	if n, err := Scan(&a, &b, &c); n != 3 || err != nil || a != 1 || b != 2 || c != 3 {
		t.Fatal(n, err, a, b, c)
	}
	if n, err := Scanln(&s); n != 1 || err != nil || s != "žluť" {
		t.Fatal(n, err, s)
	}
	if n, err := Scanf("x=%d\n", &d); n != 1 || err != nil || d != 7 {
		t.Fatal(n, err, d)
	}
	if n, err := Scan(&a); n != 0 || err == nil {
		t.Fatal("a source at its end gave", n, err)
	}
}

func TestOpenForgets(t *testing.T) {
	defer Open(nil)
	var a int
	Open(lines("1 2"))
	if _, err := Scan(&a); err != nil {
		t.Fatal(err)
	}
	Open(lines("5"))
	if _, err := Scan(&a); err != nil || a != 5 {
		t.Fatal(a, err)
	}
}
