package symbols

import (
	"bytes"
	"strings"
	"testing"

	"github.com/traefik/yaegi/interp"
)

// TestYaegi runs a program on the tables: calls, variables, constants, types, wrappers, overrides.
func TestYaegi(t *testing.T) {
	const program = `
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"strings"

	"github.com/rustygradients/rg/viz/display"
	"gonum.org/v1/gonum/mat"
)

type upper struct{ r io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, bytes.ToUpper(p[:n]))
	return n, err
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type temperature float64

func (t temperature) String() string { return fmt.Sprintf("%.1f °C", float64(t)) }

func main() {
	b, err := io.ReadAll(upper{strings.NewReader("hello")})
	fmt.Println(string(b), err)
	s := byLen{"ccc", "a", "bb"}
	sort.Sort(s)
	fmt.Println(s, rand.IntN(1), math.MaxUint16, math.Pi)
	fmt.Println(temperature(20), os.PathSeparator)
	m := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	var order binary.littleEndian = binary.LittleEndian
	fmt.Println(order.Uint16([]byte{1, 2}))
	fmt.Println(mat.Det(m) < -1.99, display.Text("x").Plain())
}
`
	var out bytes.Buffer
	i := interp.New(interp.Options{Stdout: &out, Stderr: &out})
	if err := i.Use(Exports()); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Eval(program); err != nil {
		t.Fatal(err)
	}
	want := "HELLO <nil>\n[a bb ccc] 0 65535 3.141592653589793\n20.0 °C 47\n513\ntrue x\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	if _, err := i.Eval(`os.Exit(3)`); err == nil || !strings.Contains(err.Error(), "exit") {
		t.Errorf("os.Exit(3) gives %v", err)
	}
}
