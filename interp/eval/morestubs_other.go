//go:build ((!unix && amd64) || arm64) && go1.26 && !go1.27

package eval

import "fmt"

func moreStubs(ptr) (ptr, error) {
	return nil, fmt.Errorf("this session has had %d methods, which is all there is room for: restart it", stubCount)
}
