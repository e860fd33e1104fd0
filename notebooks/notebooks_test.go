// Package notebooks holds the notebooks that rg ships, in teaching order. What they say is tested here;
// that they run is tested with the kernel.
package notebooks

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"go/format"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
)

// each runs a test on every shipped notebook.
func each(t *testing.T, f func(t *testing.T, name string, nb *notebook.Notebook)) {
	t.Helper()
	names, err := filepath.Glob("*.ipynb")
	if err != nil || len(names) == 0 {
		t.Fatalf("no notebooks here: %v", err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			nb, err := notebook.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, name, nb)
		})
	}
}

func TestKernelspec(t *testing.T) {
	each(t, func(t *testing.T, name string, nb *notebook.Notebook) {
		spec, _ := nb.Metadata["kernelspec"].(map[string]any)
		for key, want := range map[string]string{"name": "rg", "display_name": "Go (rg)", "language": "go"} {
			if spec[key] != want {
				t.Errorf("kernelspec %s is %v, want %q", key, spec[key], want)
			}
		}
	})
}

// Every cell type-checks after those before it, so that no change of the library leaves a notebook behind.
func TestCellsTypeCheck(t *testing.T) {
	each(t, func(t *testing.T, name string, nb *notebook.Notebook) {
		o := session.Options{Importer: symbols.Importer(), Named: symbols.Named, Names: symbols.Names}
		for _, i := range symbols.Preloaded() {
			o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
		}
		s := session.New(o)
		number := 0
		for _, c := range nb.Cells {
			if c.Type != notebook.Code {
				continue
			}
			number++
			parsed, err := s.Parse(number, c.Source)
			if err != nil {
				t.Fatalf("cell %q: %v", c.ID, err)
			}
			plan, err := s.Plan(parsed, session.PlanOptions{})
			if err != nil {
				t.Fatalf("cell %q: %v", c.ID, err)
			}
			plan.Commit()
		}
		if number == 0 {
			t.Error("there is no code in it")
		}
	})
}

// Cells are written as gofmt writes Go. (It can't read those that mix imports, types and statements.)
func TestCellsAreFormatted(t *testing.T) {
	each(t, func(t *testing.T, name string, nb *notebook.Notebook) {
		for _, c := range nb.Cells {
			if c.Type != notebook.Code {
				continue
			}
			if want, err := format.Source([]byte(c.Source)); err == nil && string(want) != c.Source {
				t.Errorf("cell %q is not formatted; gofmt writes\n%s", c.ID, want)
			}
			for line := range strings.SplitSeq(c.Source, "\n") {
				if n := columns(line); n > 75 {
					t.Errorf("cell %q: a line of %d characters is cut off on a page that nbconvert prints: %s", c.ID, n, line)
				}
			}
		}
	})
}

// columns is how wide a line is where a tab goes to the next multiple of eight columns, as it does in what
// nbconvert writes.
func columns(line string) int {
	n := 0
	for _, r := range line {
		if r == '\t' {
			n += 8 - n%8
		} else {
			n++
		}
	}
	return n
}

// What is committed was run from top to bottom, without an error, and is small.
func TestOutputs(t *testing.T) {
	each(t, func(t *testing.T, name string, nb *notebook.Notebook) {
		if info, err := os.Stat(name); err != nil || info.Size() > 2<<20 {
			t.Errorf("size: %v, %v", info.Size(), err)
		}
		number := 0
		for _, c := range nb.Cells {
			if c.Type != notebook.Code {
				continue
			}
			number++
			if got := c.ExecutionCount; got != number {
				t.Errorf("cell %q ran as [%d], want [%d]; run `make notebooks`", c.ID, got, number)
			}
			for _, o := range c.Outputs {
				if o.Type == "error" {
					t.Errorf("cell %q ends in an error", c.ID)
				}
				checkPictures(t, c.ID, o.Data)
			}
		}
	})
}

// checkPictures reads what the notebook keeps of a picture, as a page without a kernel must.
func checkPictures(t *testing.T, cell string, data map[string]any) {
	t.Helper()
	svg, isSVG := data["image/svg+xml"].(string)
	pixels, isPNG := data["image/png"].(string)
	if isSVG != isPNG {
		t.Errorf("cell %q has only one of SVG and PNG", cell)
	}
	if text, _ := data["text/plain"].(string); len(data) > 0 && text == "" {
		t.Errorf("cell %q has an output without text", cell)
	}
	if isSVG {
		// nbconvert shows an SVG at its own width, and a printed page has room for 587 pixels of A4.
		m := regexp.MustCompile(`^<svg [^>]*\bwidth="([0-9.]+)"`).FindStringSubmatch(svg)
		if m == nil {
			t.Errorf("cell %q: the SVG has no width", cell)
		} else if w, err := strconv.ParseFloat(m[1], 64); err != nil || w > 587 {
			t.Errorf("cell %q: an SVG of %s pixels is cut off on a page that nbconvert prints", cell, m[1])
		}
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("cell %q: SVG: %v", cell, err)
				break
			}
		}
	}
	if isPNG {
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(pixels, "\n", ""))
		if err != nil {
			t.Errorf("cell %q: PNG: %v", cell, err)
		} else if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Errorf("cell %q: PNG: %v", cell, err)
		}
	}
}

// textOf is what the cells of a notebook say, by their names.
func textOf(t *testing.T, name string) map[string]string {
	t.Helper()
	nb, err := notebook.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			plain, _ := o.Data["text/plain"].(string)
			text[c.ID] += o.Text + plain
		}
	}
	return text
}

// The GPT learns, its heads specialise, what is saved comes back the same, and a block taken out is missed
// until the others have learned to do without.
func TestGPTOutputs(t *testing.T) {
	text := textOf(t, "02-char-gpt.ipynb")
	number := func(cell, pattern string) float64 {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text[cell])
		if m == nil {
			t.Fatalf("cell %q says %q, want a match of %s", cell, text[cell], pattern)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if n := number("model", `(\d+),664 parameters`); n != 817 {
		t.Errorf("%v thousand parameters", n)
	}
	end := number("train", `held out .*→ ([0-9.]+), lowest`)
	if start := number("setup", `([0-9.]+)`); start < 4 || end > 1.35 {
		t.Errorf("the loss went from %v to %v", start, end)
	}
	if n := strings.Count(text["train"], "│ The LORD"); n != 4 {
		t.Errorf("%d samples while it trained, want 4", n)
	}
	if share := number("attention", `layer 0: .*1 back (\d+) %.*`); share < 20 {
		t.Errorf("no head of the first layer looks back: %s", text["attention"])
	}
	if bits := number("surprise", `([0-9.]+) bits of surprise`); bits > 2 {
		t.Errorf("%v bits of surprise a character of a psalm that it has not seen", bits)
	}
	if a, b := number("save", `([0-9.]+) trained`), number("save", `([0-9.]+) loaded`); a != b {
		t.Errorf("loss %v before saving, %v after loading", a, b)
	}
	hurt, healed := number("surgery", `([0-9.]+) without`), number("heal", `held out .*→ ([0-9.]+), lowest`)
	if !(end < healed && healed < hurt) {
		t.Errorf("loss %v whole, %v without a block, %v healed", end, hurt, healed)
	}
	for _, want := range []string{"matmul", "outside operations", "Measured peaks"} {
		if !strings.Contains(text["profile"], want) {
			t.Errorf("the profile lacks %q", want)
		}
	}
}

// The quickstart shows what it promises: a live curve, a confusion matrix, wrong guesses, and at least 95 % of
// the digits right.
func TestQuickstartOutputs(t *testing.T) {
	text := textOf(t, "01-quickstart.ipynb")
	for id, want := range map[string]string{
		"autograd":  `autograd 1\.972602\s+by hand  1\.972602`,
		"train":     `cross-entropy\s+train .*\s+test .*\s+step 1,800 / 1,800`,
		"confusion": `accuracy on digits it has never seen: 9[5-9]\.\d %`,
		"wrong":     `grayscale images, 8×8\s+\d, not \d`,
	} {
		if !regexp.MustCompile(want).MatchString(text[id]) {
			t.Errorf("cell %q says %q, want a match of %s", id, text[id], want)
		}
	}
	m := regexp.MustCompile(`accuracy ([0-9.]+) %`).FindStringSubmatch(text["confusion"])
	if m == nil {
		t.Fatal("no accuracy in the confusion matrix's text")
	}
	if v, err := strconv.ParseFloat(m[1], 64); err != nil || v < 95 {
		t.Errorf("accuracy is %v, %v", v, err)
	}
}
