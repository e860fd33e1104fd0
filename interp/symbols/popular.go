package symbols

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

//go:embed data/popular.txt
var popularText string

// popular has a function for each line of the table, which reads it when it is first asked for: of a hundred
// and seventy packages a session uses a few.
var popular = sync.OnceValue(func() map[string]func() map[string]int {
	all := map[string]func() map[string]int{}
	for line := range strings.Lines(popularText) {
		if path, rest, ok := strings.Cut(line, " "); ok && path != "#" {
			all[path] = sync.OnceValue(func() map[string]int { return counts(rest) })
		}
	}
	return all
})

// counts reads names and logarithms, one after the other.
func counts(text string) map[string]int {
	f := strings.Fields(text)
	names := make(map[string]int, len(f)/2)
	for i := 0; i+1 < len(f); i += 2 {
		if n, err := strconv.Atoi(f[i+1]); err == nil {
			names[f[i]] = n + 1
		}
	}
	return names
}

// popularOf is the table of a package; nil where there is none.
func popularOf(path string) map[string]int {
	if read := popular()[path]; read != nil {
		return read()
	}
	return nil
}

// Popularity says how often Go code uses what a package exports: 0 where it was never seen, else one
// more than the binary logarithm of a count.
func Popularity(path, name string) int { return popularOf(path)[name] }

// MemberPopularity is Popularity for fields and methods of a package's types. Types of one name are
// not told apart, but rg's are from all others.
func MemberPopularity(path, name string) int {
	if isOwn(path) {
		return popularOf(catalog.Module + ".")[name]
	}
	return popularOf(".")[name]
}

// PackagePopularity is Popularity of all that a package exports.
func PackagePopularity(path string) int {
	most := 0
	for _, n := range popularOf(path) {
		most = max(most, n)
	}
	return most
}
