package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// What an operation has just made, that no one else has seen and no rule has saved, may be written over
// by the next. The methods of this file do that, in the middle of composed operations. They save the
// memory and a pass over it; the result and its gradient are those of the plain operation. The write is counted,
// so that a rule which saved the old elements after all would say so in Backward.

// addFresh is t + y in t's memory: a product and its bias.
func (t *Tensor) addFresh(y *Tensor) *Tensor {
	shape, ok := broadcastShapes(t.layout.Shape, y.layout.Shape)
	if !ok || !slices.Equal(shape, t.layout.Shape) || t.DType() != y.DType() || t.overlaps() || t.Device() != y.Device() {
		return t.Add(y)
	}
	backend.Poll()
	t.data.version.Add(1)
	out := t.Detach()
	must(t.backend().Binary(backend.Add, out.v(), t.v(), y.stretched(shape)), "add", t, y)
	return record(out, "add", nil, t, y)
}

// hideFuture sets the scores (…, T, S) of what a position may not see yet to -∞, in their own memory. Nothing
// is recorded: the softmax that follows makes zeros of these scores, and its gradient there is zero too.
func (t *Tensor) hideFuture() {
	backend.Poll()
	future := Options{DType: Bool, Device: t.Device()}.Ones(t.Dim(-2), t.Dim(-1)).Triu(1)
	scores := t.Detach()
	scores.data.version.Add(1)
	never, shape := scores.scalar("maskedfill", -inf, t.DType()), t.layout.Shape
	must(t.backend().Where(scores.v(), future.stretched(shape), never.stretched(shape), scores.v()), "maskedfill", t, future)
}
