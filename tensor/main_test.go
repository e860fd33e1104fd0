package tensor_test

import (
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/reference"
)

func init() { backend.Register("reference", reference.New()) }
