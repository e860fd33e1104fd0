//go:build cuda

package cublas

/*
#include "cublas.h"
#include "lt.h"
*/
import "C"

import "github.com/rustygradients/rg/tensor/dtype"

// Epilogue is what becomes of a product's sums before they are stored: Bias is added, then GELU applied.
type Epilogue struct {
	Bias   uint64 // address of M numbers of the product's type, for each column alike; 0 for none
	GELU   bool   // its tanh approximation
	Before uint64 // address of a matrix like C, which receives what GELU is applied to; 0 for none
}

// Plan is how cublasLt computes products of a kind.
type Plan struct {
	Workspace int // bytes of device memory that it takes meanwhile
	algorithm C.rg_lt_algorithm
}

// question is what a plan depends on: a product and an epilogue that have, in place of addresses, what these are multiples of.
type question struct {
	Product
	Epilogue
}

// BiasAlignment is what the address of a bias is a multiple of: no preference tells cublasLt of less, and algorithms take it for granted.
const BiasAlignment = 16

const (
	mostPlans     = 1024 // then they are made anew
	mostWorkspace = 32 << 20
	auxMultiple   = 8 // elements
)

// openLt makes cublasLt's own handle. What fails is left to cuBLAS.
func (h *Handle) openLt() {
	if h.l.lt != nil && C.rg_lt_create(h.l.lt, &h.lt) == 0 {
		h.plans = map[question]*Plan{}
	}
}

// Plan is how cublasLt computes a product with an epilogue, in the context that is the calling thread's; ErrUnsupported says that it doesn't. It is
// asked once for products of a kind.
func (h *Handle) Plan(p Product, e Epilogue) (*Plan, error) {
	switch {
	case h.lt == nil, e.Bias == 0 && !e.GELU, e.Before != 0 && !e.GELU:
		return nil, ErrUnsupported
	case e.GELU && p.DType == dtype.Float64: // who asks for float64 wants more than an approximation of unknown accuracy
		return nil, ErrUnsupported
	case e.Bias%BiasAlignment != 0:
		return nil, ErrUnsupported
	case e.Before != 0 && (p.C.Lead%auxMultiple != 0 || p.C.Step%auxMultiple != 0 || e.Before%BiasAlignment != 0):
		return nil, ErrUnsupported
	}
	q, err := inLt(p, e)
	if err != nil {
		return nil, err
	}
	q.workspace = mostWorkspace
	h.mu.Lock()
	defer h.mu.Unlock()
	kind := newQuestion(p, e)
	plan, known := h.plans[kind]
	if !known {
		plan = new(Plan)
		var workspace C.longlong
		if C.rg_lt_plan(h.l.lt, h.lt, &q, &plan.algorithm, &workspace) != 0 {
			plan = nil // it would refuse it again
		} else {
			plan.Workspace = int(workspace)
		}
		h.remember(kind, plan)
	}
	if plan == nil {
		return nil, ErrUnsupported
	}
	return plan, nil
}

// MultiplyBy queues a product as planned, with the address of plan.Workspace bytes. ErrUnsupported says that it failed: the product is for cuBLAS,
// which tells of what is wrong, if anything is, and from then on products of its kind are.
func (h *Handle) MultiplyBy(plan *Plan, p Product, e Epilogue, workspace uint64) error {
	q, err := inLt(p, e)
	if err != nil {
		return err
	}
	q.workspace, q.workspace_at = C.longlong(plan.Workspace), C.ulonglong(workspace)
	h.mu.Lock()
	defer h.mu.Unlock()
	if C.rg_lt_multiply(h.l.lt, h.lt, &q, &plan.algorithm, h.stream) != 0 {
		h.remember(newQuestion(p, e), nil)
		return ErrUnsupported
	}
	return nil
}

// remember keeps the plan of a kind, nil where there is none. The caller holds the lock.
func (h *Handle) remember(kind question, plan *Plan) {
	if len(h.plans) >= mostPlans {
		clear(h.plans)
	}
	h.plans[kind] = plan
}

func newQuestion(p Product, e Epilogue) question {
	for _, at := range []*uint64{&p.A.At, &p.B.At, &p.C.At, &e.Bias, &e.Before} {
		*at = min(*at&-*at, 256)
	}
	return question{p, e}
}

func inLt(p Product, e Epilogue) (q C.rg_lt_product, err error) {
	q.product, err = p.inC()
	q.scale = types[p.DType].scale
	q.bias, q.aux = C.ulonglong(e.Bias), C.ulonglong(e.Before)
	if e.Bias != 0 {
		q.epilogue |= C.RG_LT_BIAS
	}
	if e.GELU {
		q.epilogue |= C.RG_LT_GELU
	}
	if e.Before != 0 {
		q.epilogue |= C.RG_LT_AUX
	}
	return q, err
}
