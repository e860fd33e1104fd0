package symbols

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// Importer returns the importer of every package that cells can import. All callers share it and
// the packages that it returns, so that types of one session are those of any other.
//
// Positions of imported objects belong to a file set of its own: they mean nothing in a caller's.
func Importer() types.ImporterFrom { return &shared }

// importer reads packages from the embedded data. The lock makes reading exclusive; a package that
// was returned is not written to any more.
type importer struct {
	mu       sync.Mutex
	fset     *token.FileSet
	packages map[string]*types.Package // also those that are only referred to, which are incomplete
}

var shared = importer{
	fset:     token.NewFileSet(),
	packages: map[string]*types.Package{},
}

// Import implements types.Importer.
func (im *importer) Import(path string) (*types.Package, error) { return im.ImportFrom(path, "", 0) }

// ImportFrom implements types.ImporterFrom. The folder means nothing here.
func (im *importer) ImportFrom(path, _ string, _ types.ImportMode) (*types.Package, error) {
	if _, ok := table.Lookup(path); !ok {
		return nil, unavailable(path)
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.load(path)
}

// load returns a package, also one that cells can't import but that others refer to.
func (im *importer) load(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := im.packages[path]; p != nil && p.Complete() {
		return p, nil
	}
	var pkg *types.Package
	var err error
	if isOwn(path) {
		pkg, err = im.loadStub(path)
	} else {
		pkg, err = im.loadExport(path)
	}
	if err != nil {
		return nil, fmt.Errorf("type information of %s: %w", path, err)
	}
	if runtime.GOOS != catalog.GOOS || runtime.GOARCH != catalog.GOARCH {
		localize(pkg)
	}
	return pkg, nil
}

func (im *importer) loadExport(path string) (*types.Package, error) {
	z, err := exportData()
	if err != nil {
		return nil, err
	}
	f, err := z.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("not embedded; run go generate ./interp/symbols")
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	return gcexportdata.Read(f, im.fset, im.packages, path)
}

// loadStub type-checks the declarations of one of rg's packages.
func (im *importer) loadStub(path string) (*types.Package, error) {
	src, err := stubSource(path)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(im.fset, stubName(path), src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: unlocked{im}, IgnoreFuncBodies: true, Sizes: types.SizesFor("gc", runtime.GOARCH)}
	pkg, err := config.Check(path, im.fset, []*ast.File{file}, nil)
	if err != nil {
		return nil, err
	}
	im.packages[path] = pkg
	return pkg, nil
}

// unlocked imports for a package that is itself being imported.
type unlocked struct{ *importer }

func (u unlocked) Import(path string) (*types.Package, error) { return u.load(path) }

func (u unlocked) ImportFrom(path, _ string, _ types.ImportMode) (*types.Package, error) {
	return u.load(path)
}

func isOwn(path string) bool { return strings.HasPrefix(path, catalog.Module+"/") }

// unavailable says why a path can't be imported, and what may have been meant.
func unavailable(path string) error {
	if why, ok := catalog.ExcludedStd[path]; ok {
		return fmt.Errorf("package %s is not available in cells: %s", path, why)
	}
	if _, ok := catalog.StdConstraint[path]; ok {
		return fmt.Errorf("package %s is not available in cells on %s/%s", path, runtime.GOOS, runtime.GOARCH)
	}
	if catalog.IsInternal(path) {
		return fmt.Errorf("package %s is internal to its module", path)
	}
	for _, p := range table.Paths() {
		if t, _ := table.Lookup(p); t.Name == path || strings.EqualFold(p, path) {
			return fmt.Errorf("no package %s; did you mean %q?", path, p)
		}
	}
	if catalog.IsStd(path) {
		return fmt.Errorf("package %s is not in the standard library", path)
	}
	return fmt.Errorf("package %s is not available: cells can import the standard library, gonum.org/v1/{gonum, plot} and %s packages", path, catalog.Module)
}

// localize gives constants their values on this platform. The embedded types are those of one
// platform; on others a few constants differ, such as runtime.GOOS and os.PathSeparator.
func localize(pkg *types.Package) {
	t, ok := table.Lookup(pkg.Path())
	if !ok {
		return
	}
	for name, v := range t.Symbols() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		if here := table.Constant(v); here.Kind() != constant.Unknown && !constant.Compare(here, token.EQL, c.Val()) {
			setConstant(c, here)
		}
	}
}

// setConstant changes a constant in place. go/types has no way to do it, and what refers to the
// object must see the new value.
func setConstant(c *types.Const, v constant.Value) {
	*c = *types.NewConst(c.Pos(), c.Pkg(), c.Name(), c.Type(), v)
}

// readAll reads an entry of one of the embedded archives.
func readAll(z fs.FS, name string) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
