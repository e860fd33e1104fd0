package eval

import "errors"

// ErrUnavailable says that this executor can't run here. It wraps the reason.
var ErrUnavailable = errors.New("the eval engine is not available here")
