package complete

import "testing"

func BenchmarkComplete(b *testing.B) {
	tests := []struct{ name, code string }{
		{"tensor.", "tensor.|"},
		{"x.", "x := tensor.Zeros(2)\nx.|"},
		{"names", "|"},
		{"prefix", "s|"},
		{"broken", "if true {\n\tfmt.Println(origin.X,\n\tfor {\n\torigin.|"},
	}
	env := testEnv(b)
	for _, test := range tests {
		code, pos := cursor(b, test.code)
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				Complete(env, code, pos)
			}
		})
	}
}
