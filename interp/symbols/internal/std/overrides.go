package std

import (
	"fmt"
	"log"

	"github.com/rustygradients/rg/interp/symbols/exit"
	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// A cell that ends the process would take every value of the session with it. These end the cell.
func init() {
	table.Override("os.Exit", func(code int) { panic(exit.Code(code)) })
	table.Override("log.Fatal", func(v ...any) { fatal(fmt.Sprint(v...)) })
	table.Override("log.Fatalf", func(format string, v ...any) { fatal(fmt.Sprintf(format, v...)) })
	table.Override("log.Fatalln", func(v ...any) { fatal(fmt.Sprintln(v...)) })
}

// fatal logs on the standard logger as its Fatal functions do. Depth 3 names the function's caller.
func fatal(s string) {
	if err := log.Output(3, s); err != nil {
		fmt.Print(s)
	}
	panic(exit.Code(1))
}
