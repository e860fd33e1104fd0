package session

import "context"

type lateKey struct{}

// WithLate returns a context for Executor.Run. When another cell has begun to run, what goroutines of
// this one print goes to f, so that it can be shown as this cell's.
func WithLate(ctx context.Context, f func(stream, text string)) context.Context {
	return context.WithValue(ctx, lateKey{}, f)
}

// Late returns what WithLate has put into a context, or nil.
func Late(ctx context.Context) func(stream, text string) {
	f, _ := ctx.Value(lateKey{}).(func(stream, text string))
	return f
}
