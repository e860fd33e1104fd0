// Package folder reads folders of Go source beside a notebook, for cells to import.
//
//	loader := &folder.Loader{Dir: ".", Fset: fset, Importer: symbols.Importer()}
//	path, ok := loader.Resolve("./mylib") // or the path of a folder in the module of a go.mod above
//	pkg, err := loader.Load(path)         // *check.Errors where the source is at fault
//
// A folder is a package as the go command sees it: its files without tests, those that the build
// constraints of this system leave out, and those whose names begin with _ or a dot. It may import
// whatever cells can, and other folders. There is no cgo and no embedding of files.
//
// A Package doesn't change. Changed tells that the files have, and a Loader that is given the packages
// that are live reads anew what has changed, and what imports that. The new package is another one to
// go/types: its path ends in a number that no other has. Which of its types are what they were before
// is said by Same.
package folder
