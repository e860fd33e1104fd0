// Package version says which rg this is.
//
// What can be known comes from the build itself: the module version where the binary was installed
// by version, the commit where it was built in a checkout.
package version

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

const module = "github.com/rustygradients/rg"

// Info describes the running binary. Fields that the build doesn't know are empty.
type Info struct {
	Module   string // "v0.1.0", or "devel" for a build from a checkout
	Commit   string // the full hash
	Time     string // of the commit, RFC 3339
	Modified bool   // built with uncommitted changes
	Go       string // "go1.26.0"
	Platform string // "linux/amd64"
}

// Get returns what is known of the running binary.
var Get = sync.OnceValue(func() Info {
	info := Info{Module: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok {
		info.fill(build)
	}
	return info
})

func (i *Info) fill(build *debug.BuildInfo) {
	own := build.Main
	for _, dep := range build.Deps { // rg as a library of another program
		if dep.Path == module {
			own = *dep
		}
	}
	if own.Path == module && own.Version != "" && own.Version != "(devel)" {
		i.Module = own.Version
	}
	if build.Main.Path != module {
		return // the revision is the other program's
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			i.Commit = s.Value
		case "vcs.time":
			i.Time = s.Value
		case "vcs.modified":
			i.Modified = s.Value == "true"
		}
	}
}

// Number returns the version without its leading v, as Jupyter's implementation_version wants it;
// a build from a checkout is "0.0.0".
func (i Info) Number() string {
	if n, ok := strings.CutPrefix(i.Module, "v"); ok {
		return n
	}
	return "0.0.0"
}

// String returns one line, such as "rg v0.1.0 (1a2b3c4d5e6f, go1.26.0, linux/amd64)".
func (i Info) String() string {
	var about []string
	if i.Commit != "" {
		commit := i.Commit[:min(12, len(i.Commit))]
		if i.Modified {
			commit += " with changes"
		}
		about = append(about, commit)
	}
	about = append(about, i.Go, i.Platform)
	return "rg " + i.Module + " (" + strings.Join(about, ", ") + ")"
}
