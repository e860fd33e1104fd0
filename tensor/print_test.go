package tensor_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// TestPrintsAsNumPy compares the text of tensors with that of NumPy's arrays; see testdata/gen_prints.py.
func TestPrintsAsNumPy(t *testing.T) {
	raw, err := os.ReadFile("testdata/prints.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			DType string
			Shape []int
			Data  []string
			Text  string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 400 {
		t.Fatalf("there are %d cases", len(file.Cases))
	}
	bad := 0
	for _, c := range file.Cases {
		values, wholes := make([]float64, len(c.Data)), make([]int64, len(c.Data))
		for i, v := range c.Data {
			if values[i], err = strconv.ParseFloat(v, 64); err != nil {
				t.Fatal(err)
			}
			wholes[i], _ = strconv.ParseInt(v, 10, 64) // of integers
		}
		dt := named(t, c.DType)
		x := tensor.FromSlice(values)
		if dt == tensor.Int64 {
			x = tensor.FromSlice(wholes)
		}
		x = x.Reshape(c.Shape...).To(dt)
		text := x.String()
		if got := strings.TrimSpace(text[:strings.LastIndex(text, c.DType)]); got != c.Text {
			if bad++; bad < 12 {
				t.Errorf("%s %v: got\n%s\nwant\n%s", c.DType, c.Shape, got, c.Text)
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d differ", bad, len(file.Cases))
	}
}
