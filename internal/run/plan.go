package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Target says where what comes of one notebook goes.
type Target struct {
	Notebook string // the file to run
	Executed string // the executed notebook; "" for none
	HTML     string // the report; "" for none
}

// PlanOptions are what a person asked for.
type PlanOptions struct {
	Output  string // a .ipynb or .html file, or a folder; "" for beside the notebook
	InPlace bool   // the executed notebook replaces the one that was read
	HTML    bool   // make a report too
	Check   bool   // the outputs are compared with the saved ones: nothing is written unless Output says where
}

// Plan decides where everything goes, before anything runs. Its errors are the user's mistakes.
func Plan(notebooks []string, opts PlanOptions) ([]Target, error) {
	if opts.InPlace && opts.Output != "" {
		return nil, errors.New("--inplace and --output exclude each other")
	}
	if opts.Check && opts.InPlace {
		return nil, errors.New("--check compares with the outputs that --inplace would replace; give one of the two")
	}
	if opts.Check && opts.HTML && opts.Output == "" {
		return nil, errors.New("--check writes nothing beside the notebook; say with --output where the report goes")
	}
	if len(notebooks) == 0 {
		return nil, errors.New("name a notebook to run")
	}
	ext := strings.ToLower(filepath.Ext(opts.Output))
	single := ext == ".ipynb" || ext == ".html"
	if info, err := os.Stat(opts.Output); err == nil && info.IsDir() {
		single = false
	}
	if single && len(notebooks) > 1 {
		return nil, fmt.Errorf("--output %s is one file, but %d notebooks are to be run; give a folder", opts.Output, len(notebooks))
	}

	var targets []Target
	written := map[string]string{}
	for _, nb := range notebooks {
		stem := strings.TrimSuffix(nb, filepath.Ext(nb))
		t := Target{Notebook: nb}
		switch {
		case opts.InPlace:
			t.Executed, t.HTML = nb, stem+".html"
		case opts.Check && opts.Output == "":
		case opts.Output == "":
			t.Executed, t.HTML = stem+".executed.ipynb", stem+".html"
		case single && ext == ".html":
			t.HTML = opts.Output
		case single:
			t.Executed, t.HTML = opts.Output, strings.TrimSuffix(opts.Output, filepath.Ext(opts.Output))+".html"
		default:
			base := filepath.Join(opts.Output, filepath.Base(stem))
			t.Executed, t.HTML = base+".ipynb", base+".html"
		}
		if !opts.HTML && !(single && ext == ".html") {
			t.HTML = ""
		}
		if !opts.InPlace && t.Executed != "" && same(t.Executed, nb) {
			return nil, fmt.Errorf("the output would overwrite %s itself; use --inplace if that is meant", nb)
		}
		for _, path := range []string{t.Executed, t.HTML} {
			if path == "" {
				continue
			}
			if by, ok := written[path]; ok {
				return nil, fmt.Errorf("%s and %s would both be written to %s", by, nb, path)
			}
			written[path] = nb
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// same says whether two paths lead to one file.
func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(ia, ib)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}
