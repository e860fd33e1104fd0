//go:build cuda

package gpu_test

import (
	"math"
	"testing"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// recurrent is a character model with a hidden state, by hand.
type recurrent struct {
	Embed         *nn.Embedding
	In, Back, Out *nn.Linear
}

func (m *recurrent) loss(x, y *tensor.Tensor) *tensor.Tensor {
	h := tensor.ZerosLike(m.In.Forward(m.Embed.Forward(x.Select(1, 0)))) // (B, H)
	var states []*tensor.Tensor
	for i := range x.Dim(1) {
		h = m.In.Forward(m.Embed.Forward(x.Select(1, i))).Add(m.Back.Forward(h)).Tanh()
		states = append(states, h)
	}
	return nn.CrossEntropy(m.Out.Forward(tensor.Stack(1, states...)).Flatten(0, 1), y.Flatten(0, 1))
}

// transformer has a block that is computed again in the backward pass.
type transformer struct {
	Embed *nn.Embedding
	Block *nn.Block
	Norm  *nn.LayerNorm
	Out   *nn.Linear
}

func (m *transformer) loss(x, y *tensor.Tensor) *tensor.Tensor {
	h := tensor.Checkpoint(func(in []*tensor.Tensor) *tensor.Tensor { return m.Block.Forward(in[0]) }, m.Embed.Forward(x))
	return nn.CrossEntropy(m.Out.Forward(m.Norm.Forward(h)).Flatten(0, 1), y.Flatten(0, 1))
}

type convolutional struct {
	Conv *nn.Conv2D
	Norm *nn.BatchNorm
	Out  *nn.Linear
}

func (m *convolutional) loss(x, y *tensor.Tensor) *tensor.Tensor {
	h := m.Norm.Forward(m.Conv.Forward(x)).ReLU().MaxPool2D(tensor.PoolOptions{Kernel: 2})
	return nn.CrossEntropy(m.Out.Forward(h.Dropout(0.1).Flatten(1, -1)), y)
}

type variational struct{ Mean, Log, Out *nn.Linear }

func (m *variational) loss(x, noise *tensor.Tensor) *tensor.Tensor {
	mean, log := m.Mean.Forward(x), m.Log.Forward(x) // (B, Z)
	z := mean.Add(log.MulScalar(0.5).Exp().Mul(noise))
	kl := mean.Square().Add(log.Exp()).Sub(log).SubScalar(1).Mean().MulScalar(0.5)
	return m.Out.Forward(z).Sub(x).Square().Mean().Add(kl)
}

// penalised has the gradient of a gradient in its loss.
type penalised struct{ In, Out *nn.Linear }

func (m *penalised) loss(x, y *tensor.Tensor) *tensor.Tensor {
	x = x.Detach().SetRequiresGrad(true)
	out := m.Out.Forward(m.In.Forward(x).Tanh())
	g := tensor.Grad([]*tensor.Tensor{out.Sum()}, []*tensor.Tensor{x}, tensor.BackwardOptions{CreateGraph: true})[0]
	return out.Sub(y).Square().Mean().Add(g.Square().Sum().AddScalar(1e-6).Sqrt())
}

// Whole training loops, of the kinds that people write, give on a GPU the losses of the CPU. What comes to the host are single numbers: a step's loss, the
// norm of its gradients, whether they are finite.
func TestLoops(t *testing.T) {
	b, err := cuda.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	count := b.(*cuda.Backend).Count
	const steps = 6
	for name, build := range map[string]func() (model any, loss func() *tensor.Tensor){
		"char-RNN": func() (any, func() *tensor.Tensor) {
			m := &recurrent{nn.NewEmbedding(11, 8), nn.NewLinear(8, 16), nn.NewLinear(16, 16), nn.NewLinear(16, 11)}
			x, y := tensor.RandInt(0, 11, 4, 5), tensor.RandInt(0, 11, 4, 5)
			return m, func() *tensor.Tensor { return m.loss(x, y) }
		},
		"char-GPT": func() (any, func() *tensor.Tensor) {
			m := &transformer{nn.NewEmbedding(11, 16), nn.NewBlock(16, 2), nn.NewLayerNorm(16), nn.NewLinear(16, 11)}
			x, y := tensor.RandInt(0, 11, 3, 7), tensor.RandInt(0, 11, 3, 7)
			return m, func() *tensor.Tensor { return m.loss(x, y) }
		},
		"CNN": func() (any, func() *tensor.Tensor) {
			m := &convolutional{nn.NewConv2D(1, 4, nn.ConvOptions{Kernel: 3, Padding: 1}), nn.NewBatchNorm(4), nn.NewLinear(4*4*4, 10)}
			x, y := tensor.Randn(6, 1, 8, 8), tensor.RandInt(0, 10, 6)
			return m, func() *tensor.Tensor { return m.loss(x, y) }
		},
		"VAE": func() (any, func() *tensor.Tensor) {
			m := &variational{nn.NewLinear(12, 3), nn.NewLinear(12, 3), nn.NewLinear(3, 12)}
			x := tensor.Randn(8, 12)
			return m, func() *tensor.Tensor { return m.loss(x, tensor.Randn(8, 3)) }
		},
		"gradient penalty": func() (any, func() *tensor.Tensor) {
			m := &penalised{nn.NewLinear(5, 9), nn.NewLinear(9, 1)}
			x, y := tensor.Randn(8, 5), tensor.Randn(8, 1)
			return m, func() *tensor.Tensor { return m.loss(x, y) }
		},
	} {
		for _, half := range []bool{false, true} {
			kind := map[bool]string{false: "float32", true: "autocast"}[half]
			t.Run(name+"/"+kind, func(t *testing.T) {
				train := func(device tensor.Device) (losses []float64) {
					defer tensor.SetDefaultDevice(device)()
					tensor.ManualSeed(5)
					model, loss := build()
					params := nn.Parameters(model)
					opt := optim.NewAdamW(params, optim.AdamWOptions{LR: 1e-2})
					rate := optim.Cosine{Peak: 1e-2, Warmup: 2, Steps: steps}
					scaler := optim.NewGradScaler(optim.GradScalerOptions{})
					for step := range steps {
						before := count()
						opt.SetLR(rate.At(step))
						var l *tensor.Tensor
						if half {
							tensor.Autocast(tensor.BFloat16, func() { l = loss() })
							scaler.Scale(l).Backward()
							scaler.Unscale(opt)
							optim.ClipGradNorm(params, 1)
							scaler.Step(opt)
							scaler.Update()
						} else {
							l = loss()
							l.Backward()
							optim.ClipGradNorm(params, 1)
							opt.Step()
						}
						opt.ZeroGrad()
						losses = append(losses, l.Item())
						after := count()
						bytes, copies := after.Downloaded-before.Downloaded, after.Downloads-before.Downloads
						if emu.Used() && device != tensor.CPU && (bytes > 8*copies || copies > 3) {
							t.Errorf("step %d: %d bytes came to the host in %d copies", step, bytes, copies)
						}
					}
					return losses
				}
				got, want := train(gpu.Device(0)), train(tensor.CPU)
				limit := map[bool]float64{false: 1e-4, true: 2e-2}[half]
				for i := range got {
					if !(math.Abs(got[i]-want[i]) <= limit*(1+math.Abs(want[i]))) {
						t.Errorf("step %d: loss %v, on the CPU %v", i, got[i], want[i])
					}
				}
				if !(want[steps-1] < want[0]) {
					t.Errorf("the loss went from %v to %v", want[0], want[steps-1])
				}
			})
		}
	}
}
