package symbols

import "testing"

func TestPopularity(t *testing.T) {
	const nn = "github.com/rustygradients/rg/tensor/nn"
	for _, tt := range []struct {
		what       string
		more, less int
	}{
		{"strings.Contains", Popularity("strings", "Contains"), Popularity("strings", "ToTitleSpecial")},
		{"fmt.Println", Popularity("fmt", "Println"), Popularity("fmt", "Sscanln")},
		{"nn.NewLinear", Popularity(nn, "NewLinear"), Popularity(nn, "nothing")},
		{"Tensor.Reshape", MemberPopularity(nn, "Reshape"), MemberPopularity(nn, "ZetaFunction")},
		{"Builder.WriteString", MemberPopularity("strings", "WriteString"), MemberPopularity("strings", "Cap")},
		{"package fmt", PackagePopularity("fmt"), PackagePopularity("container/ring")},
	} {
		if tt.more <= tt.less {
			t.Errorf("%s: %d, and its rare neighbour %d", tt.what, tt.more, tt.less)
		}
	}
}
