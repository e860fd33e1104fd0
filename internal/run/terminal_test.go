package run

import (
	"bytes"
	"testing"
)

func TestPlain(t *testing.T) {
	var w bytes.Buffer
	for in, want := range map[string]string{
		"":                            "",
		"plain":                       "plain",
		"\x1b[1m\x1b[31mred\x1b[0m x": "red x",
		"cut \x1b[3":                  "cut ",
	} {
		if got := Plain(&w, in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}
