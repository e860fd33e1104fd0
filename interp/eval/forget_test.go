//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"bytes"
	"flag"
	"go/types"
	"os"
	"runtime"
	"testing"
	"weak"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/internal/randprog"
	"github.com/rustygradients/rg/interp/symbols"
)

var forgetAlways = flag.Bool("forget", false, "drop dead variables at every call of compiled code")

func TestMain(m *testing.M) {
	flag.Parse()
	if *forgetAlways || os.Getenv("RG_FORGET") != "" {
		eval.ForgetAlways()
	}
	os.Exit(m.Run())
}

// TestKeepsNoProgram: code and types that live on keep nothing of what the checker knows of their
// program.
func TestKeepsNoProgram(t *testing.T) {
	var programs []weak.Pointer[types.Package]
	var functions []any
	for seed := range uint64(40) {
		var out bytes.Buffer
		x, err := eval.New(eval.Options{Stdout: &out, Stderr: &out})
		if err != nil {
			t.Fatal(err)
		}
		p, err := program.Load("p.go", []byte(randprog.New(seed).Source()), symbols.Importer())
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Load(p); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, weak.Make(p.Pkg))
		functions = append(functions, eval.Functions(x))
	}
	for range 3 { // threads that wait in a pool are freed at the second
		runtime.GC()
	}
	for seed, p := range programs {
		if p.Value() != nil {
			t.Errorf("the program of seed %d is kept", seed)
		}
	}
	runtime.KeepAlive(functions)
}
