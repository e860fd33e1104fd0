package gonum

import "github.com/rustygradients/rg/interp/symbols/internal/table"

type symbol table.Symbol

func register(path, name string, symbols []symbol) { table.Register(path, name, symbols) }
