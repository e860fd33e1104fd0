// Package catalog lists what cells can import: the one place to add a package or to leave one out.
// The generator turns it into symbol tables, type information and documentation.
package catalog

import "strings"

// Module is rg's own module path.
const Module = "github.com/rustygradients/rg"

// Platform is the platform whose type information is embedded. Constants that differ elsewhere are
// set right when the importer reads them.
const (
	GOOS   = "linux"
	GOARCH = "amd64"
)

// Package is one importable package of rg's own.
type Package struct {
	Path string
	Name string // the name under which every session has it already; "" for those a cell must import
}

// Own lists rg's packages, in the order in which sessions list them.
var Own = []Package{
	{Path: Module + "/tensor", Name: "tensor"},
	{Path: Module + "/tensor/nn", Name: "nn"},
	{Path: Module + "/tensor/optim", Name: "optim"},
	{Path: Module + "/tensor/data", Name: "data"},
	{Path: Module + "/tensor/prof", Name: "prof"},
	{Path: Module + "/viz", Name: "viz"},
	{Path: Module + "/viz/display", Name: "display"},
	{Path: Module + "/interp/rg", Name: "rg"},
	{Path: Module + "/gpu"},
	{Path: Module + "/tensor/backend"},
	{Path: Module + "/tensor/dtype"},
	{Path: Module + "/tensor/safetensors"},
}

// Gonum lists the packages of gonum.org/v1/gonum: linear algebra, statistics, optimisation and what
// their signatures need.
var Gonum = []string{
	"gonum.org/v1/gonum/blas",
	"gonum.org/v1/gonum/floats",
	"gonum.org/v1/gonum/floats/scalar",
	"gonum.org/v1/gonum/mat",
	"gonum.org/v1/gonum/optimize",
	"gonum.org/v1/gonum/stat",
	"gonum.org/v1/gonum/stat/combin",
	"gonum.org/v1/gonum/stat/distuv",
}

// Plot lists the packages of gonum.org/v1/plot that drawing a figure takes.
var Plot = []string{
	"gonum.org/v1/plot",
	"gonum.org/v1/plot/font",
	"gonum.org/v1/plot/palette",
	"gonum.org/v1/plot/palette/moreland",
	"gonum.org/v1/plot/plotter",
	"gonum.org/v1/plot/plotutil",
	"gonum.org/v1/plot/text",
	"gonum.org/v1/plot/vg",
	"gonum.org/v1/plot/vg/draw",
	"gonum.org/v1/plot/vg/vgimg",
	"gonum.org/v1/plot/vg/vgsvg",
}

// ExcludedStd names the packages of the standard library that cells can't import, and why.
var ExcludedStd = map[string]string{
	"expvar":                 "importing it adds a handler to the default HTTP server of the whole session",
	"net/http/pprof":         "importing it adds handlers to the default HTTP server of the whole session",
	"plugin":                 "loads shared objects that a Go toolchain made; needs cgo",
	"runtime/cgo":            "only for C code, which cells don't have",
	"runtime/race":           "a hook of the race detector without an API",
	"testing/cryptotest":     "only for tests run by go test",
	"crypto/mlkem/mlkemtest": "only for tests run by go test",
}

// StdConstraint gives build constraints to the tables of packages that don't exist, or differ in
// what they export, on other platforms. Where the constraint fails cells can't import the package.
var StdConstraint = map[string]string{
	"log/syslog": "!windows && !plan9 && !js && !wasip1",
	"syscall":    GOOS + " && " + GOARCH,
}

// IsStd reports whether path can only be one of the standard library's.
func IsStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// IsInternal reports whether path names a package that Go's rule of internal folders hides.
func IsInternal(path string) bool {
	for elem := range strings.SplitSeq(path, "/") {
		if elem == "internal" || elem == "vendor" {
			return true
		}
	}
	return false
}
