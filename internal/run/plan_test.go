package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlan(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"d", "odd.html"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := filepath.FromSlash
	for _, tc := range []struct {
		name string
		in   []string
		opts PlanOptions
		want []Target
	}{
		{"plain", []string{p("x/a.ipynb")}, PlanOptions{}, []Target{{p("x/a.ipynb"), p("x/a.executed.ipynb"), ""}}},
		{"html", []string{"a.ipynb"}, PlanOptions{HTML: true}, []Target{{"a.ipynb", "a.executed.ipynb", "a.html"}}},
		{
			"in place",
			[]string{"a.ipynb", "b.ipynb"},
			PlanOptions{InPlace: true, HTML: true},
			[]Target{{"a.ipynb", "a.ipynb", "a.html"}, {"b.ipynb", "b.ipynb", "b.html"}},
		},
		{"file", []string{"a.ipynb"}, PlanOptions{Output: p("o/x.ipynb")}, []Target{{"a.ipynb", p("o/x.ipynb"), ""}}},
		{"file and html", []string{"a.ipynb"}, PlanOptions{Output: "x.ipynb", HTML: true}, []Target{{"a.ipynb", "x.ipynb", "x.html"}}},
		{"html file", []string{"a.ipynb"}, PlanOptions{Output: "x.html"}, []Target{{"a.ipynb", "", "x.html"}}},
		{"folder", []string{p("x/a.ipynb"), "b.ipynb"}, PlanOptions{Output: "d", HTML: true}, []Target{
			{p("x/a.ipynb"), p("d/a.ipynb"), p("d/a.html")}, {"b.ipynb", p("d/b.ipynb"), p("d/b.html")},
		}},
		{"folder called html", []string{"a.ipynb"}, PlanOptions{Output: "odd.html"}, []Target{{"a.ipynb", p("odd.html/a.ipynb"), ""}}},
		{"new folder", []string{"a.ipynb"}, PlanOptions{Output: p("new/")}, []Target{{"a.ipynb", p("new/a.ipynb"), ""}}},
	} {
		got, err := Plan(tc.in, tc.opts)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

func TestPlanErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tc := range []struct {
		in   []string
		opts PlanOptions
		want string
	}{
		{nil, PlanOptions{}, "name a notebook"},
		{[]string{"a.ipynb"}, PlanOptions{InPlace: true, Output: "x"}, "exclude each other"},
		{[]string{"a.ipynb", "b.ipynb"}, PlanOptions{Output: "x.ipynb"}, "give a folder"},
		{[]string{"a.ipynb"}, PlanOptions{Output: "a.ipynb"}, "--inplace"},
		{[]string{filepath.Join("d", "a.ipynb")}, PlanOptions{Output: "d"}, "--inplace"},
		{[]string{"a.ipynb", filepath.Join("x", "a.ipynb")}, PlanOptions{Output: "d"}, "both be written"},
	} {
		if got, err := Plan(tc.in, tc.opts); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v %+v: %v, %v; want %q", tc.in, tc.opts, got, err, tc.want)
		}
	}
}
