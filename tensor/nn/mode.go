package nn

// Mode is what a module is used for: dropout and batch normalisation work in training only.
type Mode uint8

// The modes. A new module is in training.
const (
	Training Mode = iota
	Evaluation
)

func (m Mode) String() string {
	if m == Evaluation {
		return "evaluation"
	}
	return "training"
}

// ModeSetter is a module that behaves differently in training and in evaluation.
type ModeSetter interface {
	SetMode(Mode)
}

// Train puts m and all modules in it into training.
func Train(m any) { setMode(m, Training) }

// Eval puts m and all modules in it into evaluation. Gradients are another matter: see tensor.NoGrad.
func Eval(m any) { setMode(m, Evaluation) }

func setMode(m any, mode Mode) {
	walkModules(m, func(_ string, m any) {
		if s, ok := m.(ModeSetter); ok {
			s.SetMode(mode)
		}
	})
}
