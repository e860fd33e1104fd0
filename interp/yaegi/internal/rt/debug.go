package rt

import (
	"fmt"
	"os"
	"runtime/debug"
)

func debugRaw(v any) {
	if os.Getenv("RAW") != "" {
		fmt.Printf("RAW %T %v\n%s\n", v, v, debug.Stack())
	}
}
