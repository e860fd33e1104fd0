package notebook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Validate checks the rules of the nbformat 4.5 schema that the types of this package don't already
// keep, and the one that a schema can't say: ids are unique. Fields outside the format (Extra) are
// let through.
func (nb *Notebook) Validate() error {
	if nb.Minor < 0 {
		return fmt.Errorf("nbformat_minor %d is negative", nb.Minor)
	}
	if err := checkKeys(nb.Metadata, "metadata", metadataRules); err != nil {
		return err
	}
	ids := make(map[string]int, len(nb.Cells))
	for i, c := range nb.Cells {
		if c == nil {
			return fmt.Errorf("cell %d is nil", i+1)
		}
		if first, ok := ids[c.ID]; ok {
			return fmt.Errorf("cells %d and %d have the same id %q", first, i+1, c.ID)
		}
		ids[c.ID] = i + 1
		if err := c.validate(); err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *Cell) validate() error {
	if !validID(c.ID) {
		return fmt.Errorf("id %q is not 1 to 64 letters, digits, - or _", c.ID)
	}
	switch c.Type {
	case Code:
		if c.Attachments != nil {
			return errors.New("a code cell has no attachments")
		}
	case Markdown, Raw:
		if len(c.Outputs) > 0 || c.ExecutionCount != 0 {
			return fmt.Errorf("a %s cell has no outputs and no execution count", c.Type)
		}
	default:
		return fmt.Errorf("unknown cell_type %q", c.Type)
	}
	if c.ExecutionCount < 0 {
		return fmt.Errorf("execution_count %d is negative", c.ExecutionCount)
	}
	if err := checkKeys(c.Metadata, "metadata", cellRules); err != nil {
		return err
	}
	for name, v := range c.Attachments {
		bundle, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("attachment %q is not a MIME bundle", name)
		}
		if err := checkBundle(bundle); err != nil {
			return fmt.Errorf("attachment %q: %w", name, err)
		}
	}
	for i, o := range c.Outputs {
		if o == nil {
			return fmt.Errorf("output %d is nil", i+1)
		}
		if err := o.validate(); err != nil {
			return fmt.Errorf("output %d: %w", i+1, err)
		}
	}
	return nil
}

func (o *Output) validate() error {
	switch o.Type {
	case Stream:
		if o.Name == "" {
			return errors.New("a stream has a name")
		}
	case DisplayData, ExecuteResult:
		if o.ExecutionCount < 0 {
			return fmt.Errorf("execution_count %d is negative", o.ExecutionCount)
		}
		return checkBundle(o.Data)
	case ErrorOutput:
	default:
		return fmt.Errorf("unknown output_type %q", o.Type)
	}
	return nil
}

// checkBundle: values are text, except under JSON types.
func checkBundle(data map[string]any) error {
	for mime, v := range data {
		if isJSON(mime) {
			continue
		}
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%s must be text, not %T", mime, v)
		}
	}
	return nil
}

// A rule is what the schema says of one metadata key, should it be there.
type rule struct {
	want string
	ok   func(v any) bool
}

var metadataRules = map[string]rule{
	"kernelspec":    {"an object with a name and a display_name", hasStrings("name", "display_name")},
	"language_info": {"an object with a name", hasStrings("name")},
	"title":         {"a string", isString},
	"authors":       {"a list", func(v any) bool { _, ok := v.([]any); return ok }},
}

var cellRules = map[string]rule{
	"name":      {"a string that isn't empty", func(v any) bool { return isString(v) && v != "" }},
	"tags":      {"a list of different strings without commas", isTags},
	"jupyter":   {"an object", isObject},
	"execution": {"an object", isObject},
}

func checkKeys(m map[string]any, what string, rules map[string]rule) error {
	for key, r := range rules {
		if v, given := m[key]; given && !r.ok(v) {
			return fmt.Errorf("%s: %q must be %s", what, key, r.want)
		}
	}
	return nil
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }

func hasStrings(keys ...string) func(any) bool {
	return func(v any) bool {
		m, ok := v.(map[string]any)
		return ok && !slices.ContainsFunc(keys, func(k string) bool { return !isString(m[k]) })
	}
}

func isTags(v any) bool {
	tags, ok := v.([]any)
	seen := map[string]bool{}
	for _, t := range tags {
		s, isText := t.(string)
		if !isText || s == "" || strings.Contains(s, ",") || seen[s] {
			return false
		}
		seen[s] = true
	}
	return ok
}
