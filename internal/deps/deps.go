//go:build tools

package deps

import (
	_ "github.com/alecthomas/chroma/v2"
	_ "github.com/go-zeromq/zmq4"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/spf13/cobra"
	_ "github.com/traefik/yaegi/extract"
	_ "github.com/traefik/yaegi/interp"
	_ "github.com/traefik/yaegi/stdlib"
	_ "github.com/yuin/goldmark"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/tools/go/gcexportdata"
	_ "gonum.org/v1/gonum/floats"
	_ "gonum.org/v1/gonum/mat"
	_ "gonum.org/v1/gonum/optimize"
	_ "gonum.org/v1/gonum/stat"
	_ "gonum.org/v1/plot"
	_ "gonum.org/v1/plot/plotter"
	_ "gonum.org/v1/plot/vg/vgimg"
	_ "gonum.org/v1/plot/vg/vgsvg"
)
