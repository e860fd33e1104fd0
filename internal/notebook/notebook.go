package notebook

import "strings"

// The version that is written. Notebooks of a later 4.x keep their own minor number.
const (
	Format = 4
	Minor  = 5
)

// The types of cells.
const (
	Code     = "code"
	Markdown = "markdown"
	Raw      = "raw"
)

// The types of outputs.
const (
	Stream        = "stream"
	DisplayData   = "display_data"
	ExecuteResult = "execute_result"
	ErrorOutput   = "error"
)

// Notebook is a whole .ipynb file.
type Notebook struct {
	Minor    int // the 4.x that was read, or Minor if the file's was older
	Metadata map[string]any
	Cells    []*Cell
	Extra    map[string]any // fields outside the format
}

// New returns an empty notebook.
func New() *Notebook { return &Notebook{Minor: Minor, Metadata: map[string]any{}} }

// Cell is one cell. Outputs and ExecutionCount belong to code cells only.
type Cell struct {
	Type           string
	ID             string
	Source         string
	Metadata       map[string]any
	Attachments    map[string]any // file name → MIME bundle; nil if there are none
	Outputs        []*Output
	ExecutionCount int            // the n of In [n]; 0 if the cell has not run
	Extra          map[string]any // fields outside the format
}

// Output is one output of a code cell. Which fields count depends on Type.
type Output struct {
	Type string

	// Stream
	Name string // "stdout" or "stderr"
	Text string

	// DisplayData and ExecuteResult
	Data           map[string]any // MIME type → text, base64 text, or any JSON value for JSON types
	Metadata       map[string]any
	ExecutionCount int // ExecuteResult only; 0 for none

	// ErrorOutput
	ErrorName  string
	ErrorValue string
	Traceback  []string

	Extra map[string]any // fields outside the format
}

// HasTag says whether the cell's metadata carries the tag.
func (c *Cell) HasTag(tag string) bool {
	tags, _ := c.Metadata["tags"].([]any)
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}

// Language returns the language that the notebook says it is written in, in lower case, or "".
func (nb *Notebook) Language() string {
	for _, at := range [][2]string{{"kernelspec", "language"}, {"language_info", "name"}} {
		m, _ := nb.Metadata[at[0]].(map[string]any)
		if s, _ := m[at[1]].(string); s != "" {
			return strings.ToLower(s)
		}
	}
	return ""
}

// Title returns the text of the first heading in a Markdown cell, without its markup, or "".
func (nb *Notebook) Title() string {
	for _, c := range nb.Cells {
		if c.Type != Markdown {
			continue
		}
		fenced := false
		for line := range strings.Lines(c.Source) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
				fenced = !fenced
			}
			text := strings.TrimLeft(line, "#")
			if level := len(line) - len(text); fenced || level == 0 || level > 6 || !strings.HasPrefix(text, " ") {
				continue
			}
			if text = strings.Trim(text, "# \t"); text != "" {
				return strings.NewReplacer("`", "", "**", "", "__", "").Replace(text)
			}
		}
	}
	return ""
}
