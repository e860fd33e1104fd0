package main

import "fmt"

var fs []func()

func push(a ...any) func() { return func() { fmt.Println(a...) } }
func main() {
	for i := 0; i < 3; i++ {
		arg := []any{i}
		fs = append(fs, func() { fmt.Println(arg...) })
	}
	for i := 0; i < 3; i++ {
		fs = append(fs, push(i))
		m := map[string]int{"a": i}
		fs = append(fs, push(m))
		var x any = i
		fs = append(fs, push(x))
		defer fmt.Println("d", i)
	}
	for _, f := range fs {
		f()
	}
}
