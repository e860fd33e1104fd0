package worker

import "context"

// stdin is the process's os.Stdin. A pipe of this system doesn't tell whether someone reads from it;
// fmt.Scan and rg.Input in cells don't need it.
type stdin struct{}

func newStdin() (*stdin, error) { return &stdin{}, nil }

func (*stdin) enter() {}

func (*stdin) leave() {}

func (*stdin) serve(ctx context.Context, _ func() (string, error)) error {
	<-ctx.Done()
	return nil
}
