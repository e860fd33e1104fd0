// Package tensortest helps to test tensors: AllClose compares them, GradCheck holds gradients against
// central differences, and Conformance is the suite that every backend must pass.
//
//	func TestConformance(t *testing.T) { tensortest.Conformance(t, mybackend.New()) }
package tensortest
