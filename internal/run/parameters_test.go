package run

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
)

func tagged(src, tag string) *notebook.Cell {
	return &notebook.Cell{Type: notebook.Code, Source: src, Metadata: map[string]any{"tags": []any{tag}}}
}

func TestInject(t *testing.T) {
	const defaults = "import \"time\"\n// what can be set\nepochs := 3\nlr, name := 1e-3, \"run\"\nvar seed uint64 = 7\nvar scale = float32(2)\n" +
		"fast := true\nwait := 5 * time.Second\nwidths := []int{1, 2}\nnames := []string{}\nvar any1 any\nsign := -1\nletter := 'a'\nmodel := load()\n" +
		"ratio := 3 / 2.0\nvar pair, other = two()\nvar t time.Duration\n"
	for _, tt := range []struct{ param, want, err string }{
		{"epochs=20", "epochs = 20", ""},
		{"epochs=0x10", "epochs = 16", ""},
		{"epochs=1.5", "", `parameter epochs: it is of type int, and "1.5" is not`},
		{"lr=3e-4", "lr = 0.0003", ""},
		{"lr=1", "lr = 1.0", ""},
		{"lr=inf", "", "float64"},
		{"name=7", `name = "7"`, ""},
		{"name=a \"b\"=c", `name = "a \"b\"=c"`, ""},
		{"name=", `name = ""`, ""},
		{"seed=-1", "", "uint64"},
		{"seed=18446744073709551615", "seed = 18446744073709551615", ""},
		{"scale=0.1", "scale = 0.1", ""},
		{"fast=False", "fast = false", ""},
		{"fast=maybe", "", "bool"},
		{"wait=1m30s", "wait = 90000000000 // 1m30s", ""},
		{"t=2s", "t = 2000000000 // 2s", ""},
		{"widths=[64, 32]", "widths = []int{64, 32}", ""},
		{"widths=[]int{64}", "widths = []int{64}", ""},
		{"widths=[1.5]", "", "element 0"},
		{"widths=a b", "", "no Go expression"},
		{`names=["a", "b // c"]`, `names = []string{"a", "b // c"}`, ""},
		{"any1=some text", `any1 = "some text"`, ""},
		{"sign=2", "sign = 2", ""},
		{"letter=z", "letter = 'z'", ""},
		{"ratio=0.5", "ratio = 0.5", ""},
		{"model=nil", "model = nil", ""},
		{"other=f(1)", "other = f(1)", ""},
		{"epoch=1", "", "no parameter epoch: there are any1, epochs, "},
	} {
		nb := notebook.New()
		nb.Cells = []*notebook.Cell{{Type: notebook.Markdown, Source: "x"}, tagged(defaults, "parameters"), {Type: notebook.Code, Source: "train()"}}
		p, err := ParseParameter(tt.param)
		if err != nil {
			t.Fatal(err)
		}
		err = Inject(nb, []Parameter{p})
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.param, err, tt.err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.param, err)
		case len(nb.Cells) != 4 || nb.Cells[2].Source != "// Parameters\n"+tt.want || !nb.Cells[2].HasTag("injected-parameters"):
			t.Errorf("%s: cells %q", tt.param, nb.Cells[2].Source)
		}
	}
}

func TestInjectAgainAndWithoutCell(t *testing.T) {
	nb := notebook.New()
	nb.Cells = []*notebook.Cell{{Type: notebook.Code, Source: "train()"}}
	for range 2 {
		params := []Parameter{{"n", "3"}, {"x", "2.5"}, {"on", "true"}, {"s", "3 apples"}}
		if err := Inject(nb, params); err != nil {
			t.Fatal(err)
		}
		want := "// Parameters\nn := 3\nx := 2.5\non := true\ns := \"3 apples\""
		if len(nb.Cells) != 2 || nb.Cells[0].Source != want {
			t.Errorf("cells %q", nb.Cells[0].Source)
		}
	}
	nb.Cells[1] = tagged("n := (", "parameters")
	if err := Inject(nb, []Parameter{{"n", "3"}}); err == nil || !strings.Contains(err.Error(), "the cell of parameters") {
		t.Errorf("error %v", err)
	}
	for _, bad := range []string{"n", "=3", "2n=3", "a b=3"} {
		if _, err := ParseParameter(bad); err == nil {
			t.Errorf("%q is no parameter", bad)
		}
	}
}
