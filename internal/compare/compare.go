package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rustygradients/rg/internal/notebook"
)

// ignored are MIME types that are not compared, as in nbval: pictures in pixels depend on versions of what drew
// them, and models of widgets have random names.
var ignored = map[string]bool{"image/png": true, "image/jpeg": true, "application/vnd.jupyter.widget-view+json": true}

// Difference is one thing in which two runs of a cell differ.
type Difference struct {
	Key        string // "stdout", "ename", or a MIME type
	Saved, New []string
}

// Outputs returns how new outputs differ from the saved ones.
func Outputs(saved, now []*notebook.Output, rules *Rules) []Difference {
	a, b := gather(saved, rules), gather(now, rules)
	var diffs []Difference
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !slices.Equal(a[k], b[k]) {
			diffs = append(diffs, Difference{k, a[k], b[k]})
		}
	}
	return diffs
}

// gather files outputs under what they are.
func gather(outputs []*notebook.Output, rules *Rules) map[string][]string {
	of := map[string][]string{}
	streams := map[string]string{}
	for _, o := range outputs {
		switch o.Type {
		case notebook.Stream:
			streams[o.Name] += o.Text
		case notebook.ErrorOutput:
			of["ename"] = append(of["ename"], rules.apply(o.ErrorName))
			of["evalue"] = append(of["evalue"], rules.apply(o.ErrorValue))
		default:
			for mime, v := range o.Data {
				if ignored[mime] {
					continue
				}
				text, ok := v.(string)
				if !ok {
					raw, err := json.Marshal(v) // keys sorted
					if err != nil {
						raw = fmt.Append(nil, v)
					}
					text = string(raw)
				}
				of[mime] = append(of[mime], rules.apply(text))
			}
		}
	}
	for name, text := range streams {
		of[name] = append(of[name], rules.apply(text))
	}
	return of
}

// String shows the difference as a person reads it: lines that are gone with -, new ones with +.
func (d Difference) String() string {
	switch {
	case len(d.New) == 0:
		return d.Key + " is missing:\n" + marked("-", d.Saved)
	case len(d.Saved) == 0:
		return d.Key + " was not there:\n" + marked("+", d.New)
	case len(d.Saved) != len(d.New):
		return fmt.Sprintf("%s: %d outputs, saved were %d:\n%s%s", d.Key, len(d.New), len(d.Saved), marked("-", d.Saved), marked("+", d.New))
	}
	var b strings.Builder
	for i := range d.Saved {
		if d.Saved[i] != d.New[i] {
			which := ""
			if len(d.Saved) > 1 {
				which = fmt.Sprintf(" (output %d of %d)", i+1, len(d.Saved))
			}
			fmt.Fprintf(&b, "%s differs%s:\n%s", d.Key, which, Lines(d.Saved[i], d.New[i]))
		}
	}
	return b.String()
}

func marked(mark string, texts []string) string {
	var b strings.Builder
	for _, t := range texts {
		for _, line := range splitLines(t) {
			b.WriteString(mark + clip(line) + "\n")
		}
	}
	return b.String()
}
