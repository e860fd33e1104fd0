package main

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
	"github.com/rustygradients/rg/viz/display"
)

// Modules, optimizers, schedules and datasets of one's own, by rg's interfaces.
type Net struct {
	Embed  *nn.Embedding `rg:"wte"`
	Blocks []*Residual   `rg:"h"`
	Head   nn.Layer
	Scale  *tensor.Tensor
	Extra  map[string]*nn.Linear
	cache  *tensor.Tensor
	hidden int
}

type Residual struct {
	*nn.Linear
	Norm *nn.LayerNorm
	Drop Noise
}

func (r *Residual) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.Add(r.Drop.Forward(r.Linear.Forward(r.Norm.Forward(x)))) // (B, D)
}

// Noise behaves in another way in evaluation.
type Noise struct{ mode *nn.Mode }

func (n Noise) SetMode(m nn.Mode) { *n.mode = m }
func (n Noise) Forward(x *tensor.Tensor) *tensor.Tensor {
	if *n.mode == nn.Evaluation {
		return x
	}
	return x.MulScalar(1.5)
}

func (n *Net) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = n.Embed.Forward(x)
	for _, b := range n.Blocks {
		x = b.Forward(x)
	}
	return n.Head.Forward(x).Mul(n.Scale)
}

type Square struct{}

func (Square) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Mul(x) }

// Generic modules.
type Wrap[L nn.Layer] struct {
	Inner L
	Gain  *tensor.Tensor
}

func (w Wrap[L]) Forward(x *tensor.Tensor) *tensor.Tensor { return w.Inner.Forward(x).Mul(w.Gain) }

// Signs moves against the gradient's sign.
type Signs struct {
	params []*tensor.Tensor
	rate   float64
	steps  int
}

func (s *Signs) Step() {
	tensor.NoGrad(func() {
		for _, p := range s.params {
			if g := p.Grad(); g != nil {
				p.CopyFrom(p.Sub(g.Sign().MulScalar(s.rate)))
			}
		}
	})
	s.steps++
}
func (s *Signs) ZeroGrad() {
	for _, p := range s.params {
		p.ZeroGrad()
	}
}
func (s *Signs) Params() []*tensor.Tensor { return s.params }
func (s *Signs) LR() float64              { return s.rate }
func (s *Signs) SetLR(r float64)          { s.rate = r }
func (s *Signs) StateDict() optim.State   { return optim.State{Steps: []int{s.steps}, LR: s.rate} }
func (s *Signs) LoadStateDict(st optim.State) error {
	if len(st.Steps) != 1 {
		return fmt.Errorf("signs: %d steps", len(st.Steps))
	}
	s.steps, s.rate = st.Steps[0], st.LR
	return nil
}

type Triangle struct{ peak float64 }

func (t Triangle) At(step int) float64 { return t.peak * math.Abs(float64(step%4)-2) / 2 }

type Lagged struct{ optim.Schedule }

func (l Lagged) At(step int) float64 { return l.Schedule.At(step - 1) }

type Parity struct{ n int }

func (p Parity) Len() int { return p.n }
func (p Parity) Get(index []int) (x, y *tensor.Tensor) {
	var xs []float32
	var ys []int
	for _, i := range index {
		xs = append(xs, float32(i&1), float32(i>>1&1))
		ys = append(ys, (i&1)^(i>>1&1))
	}
	return tensor.FromSlice(xs).Reshape(len(index), 2), tensor.FromSlice(ys)
}

type Card struct{ n int }

func (c Card) HTML() string   { return fmt.Sprintf("<b>%d</b>", c.n) }
func (c Card) String() string { return fmt.Sprint("card ", c.n) }

func train(m nn.Layer, opt optim.Optimizer, s optim.Schedule, d data.Dataset, steps int) (first, last float64) {
	for i := range steps {
		for l := data.NewLoader(d, data.LoaderOptions{BatchSize: 4}); l.Next(); {
			x, y := l.Batch()
			loss := nn.CrossEntropy(m.Forward(x), y)
			opt.SetLR(s.At(i))
			loss.Backward()
			opt.Step()
			opt.ZeroGrad()
			last = loss.Item()
			if first == 0 {
				first = last
			}
		}
	}
	return first, last
}

func close(a, b *tensor.Tensor) bool { return a.AllClose(b, tensor.CloseOptions{}) }

func main() {
	tensor.ManualSeed(1)
	mode := nn.Training
	net := &Net{Embed: nn.NewEmbedding(5, 4), Head: nn.NewSequential(nn.NewLinear(4, 3), Square{}, nn.LayerFunc(func(x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(1) })), Scale: tensor.Full(2, 3).SetRequiresGrad(true), Extra: map[string]*nn.Linear{"b": nn.NewLinear(1, 2), "a": nn.NewLinear(2, 1)}}
	for range 2 {
		net.Blocks = append(net.Blocks, &Residual{nn.NewLinear(4, 4), nn.NewLayerNorm(4), Noise{&mode}})
	}
	var m nn.Layer = net
	ids := tensor.FromSlice([]int{0, 4, 2})
	out := m.Forward(ids)
	fmt.Println(out.Shape(), nn.NumParameters(m), len(nn.Parameters(net)))
	for _, p := range nn.NamedParameters(net) {
		fmt.Println("  ", p.Name, p.Tensor.Shape())
	}
	nn.Eval(m)
	fmt.Println(mode, close(out, m.Forward(ids)))
	nn.Train(m)
	fmt.Println(mode, close(out, m.Forward(ids)))
	state := nn.StateDict(net)
	fmt.Println(slices.Sorted(maps.Keys(state))[:3])
	delete(state, "scale")
	fmt.Println(nn.LoadStateDict(net, state) != nil)
	m.Forward(ids).Sum().Backward()
	fmt.Println(net.Scale.Grad().Shape(), net.Blocks[0].Weight.Grad().Shape(), nn.NamedParameters(net)[0].Tensor == net.Embed.Weight)
	fmt.Printf("%T %T %v\n", m, net.Head, reflect.TypeOf(net).Implements(reflect.TypeFor[nn.Layer]()))
	fmt.Println(nn.Summary(net))

	x := tensor.FromSlice([]float32{1, 2, 3, 4}).Reshape(2, 2)
	w := Wrap[*nn.Linear]{nn.NewLinear(2, 2), tensor.Ones(2).SetRequiresGrad(true)}
	ww := Wrap[Wrap[*nn.Linear]]{w, tensor.Full(3, 2)}
	fmt.Println(close(ww.Forward(x), w.Forward(x).MulScalar(3)), len(nn.Parameters(ww)), len(nn.Parameters(&ww)))
	fmt.Printf("%T\n", ww)
	for _, p := range nn.NamedParameters(ww) {
		fmt.Println("  ", p.Name, p.Tensor.Shape())
	}

	mlp := nn.NewSequential(nn.NewLinear(2, 8), nn.Tanh{}, nn.NewLinear(8, 2))
	for _, opt := range []optim.Optimizer{optim.NewAdamW(nn.Parameters(mlp)), &Signs{params: nn.Parameters(mlp)}, optim.NewSGD(nn.Parameters(mlp))} {
		first, last := train(mlp, opt, Lagged{Triangle{0.02}}, Parity{8}, 40)
		st := opt.StateDict()
		fmt.Printf("%T %v %.3f %v\n", opt, last <= first+1e-3, opt.LR(), opt.LoadStateDict(st))
	}
	var s optim.Optimizer = &Signs{}
	fmt.Println(s.LoadStateDict(optim.State{}))
	fmt.Println(display.Render(Card{3}).Plain(), display.Render(&Card{4}).Plain(), display.Render([]Card{{1}, {2}}).Plain())
	func() {
		defer func() {
			e, ok := recover().(*tensor.Error)
			fmt.Println(e, ok)
		}()
		w.Forward(tensor.Ones(2, 3))
	}()
}
