// Package nn builds neural networks.
//
// A module is a plain struct with exported fields: tensors, other modules, or slices and maps of
// them. There is no base class and nothing to register; Parameters, StateDict, Train, Summary and their
// like find what they need by walking the fields. A module's forward pass is an ordinary method.
//
//	type Net struct {
//		Hidden *nn.Linear
//		Out    *nn.Linear
//	}
//
//	func (n *Net) Forward(x *tensor.Tensor) *tensor.Tensor {
//		h := n.Hidden.Forward(x).ReLU() // (B, 32)
//		return n.Out.Forward(h)         // (B, 10)
//	}
//
//	net := &Net{nn.NewLinear(64, 32), nn.NewLinear(32, 10)}
//	opt := optim.NewAdamW(nn.Parameters(net), optim.AdamWOptions{LR: 1e-2})
//	loss := nn.CrossEntropy(net.Forward(x), y)
//	loss.Backward()
//	opt.Step()
//	opt.ZeroGrad()
//
// # Names
//
// Names are PyTorch's: the path of fields, joined by dots, in snake_case, with indices for slices and
// keys for maps: "hidden.weight", "blocks.0.ln_1.bias". The struct tag rg gives a field the name that a
// checkpoint uses (`rg:"attn_q"`), leaves it out (`rg:"-"`), or says that it is a buffer, which is saved
// with the model but not trained (`rg:"running_mean,buffer"` or `rg:",buffer"`). Embedded structs add nothing
// to the path (in a cell, they count as a field of their type's name).
//
// A tensor is a parameter if it lies in an exported field that is not tagged as a buffer, is of floating
// point, and was not computed by a recorded operation. Keep other tensors (a mask, the last attention
// weights) in unexported fields or tag them.
package nn
