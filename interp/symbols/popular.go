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

// popular is read when it is first asked for: it takes a millisecond.
var popular = sync.OnceValue(func() map[string]map[string]int {
	all := map[string]map[string]int{}
	for line := range strings.Lines(popularText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		names := make(map[string]int, len(f)/2)
		for i := 1; i+1 < len(f); i += 2 {
			if n, err := strconv.Atoi(f[i+1]); err == nil {
				names[f[i]] = n + 1
			}
		}
		all[f[0]] = names
	}
	return all
})

// Popularity says how often Go code uses what a package exports: 0 where it was never seen, else one
// more than the binary logarithm of a count.
func Popularity(path, name string) int { return popular()[path][name] }

// MemberPopularity is Popularity for fields and methods of a package's types. Types of one name are
// not told apart, but rg's are from all others.
func MemberPopularity(path, name string) int {
	if isOwn(path) {
		return popular()[catalog.Module+"."][name]
	}
	return popular()["."][name]
}

// PackagePopularity is Popularity of all that a package exports.
func PackagePopularity(path string) int {
	most := 0
	for _, n := range popular()[path] {
		most = max(most, n)
	}
	return most
}
