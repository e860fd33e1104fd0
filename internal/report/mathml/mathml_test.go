package mathml

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func body(t *testing.T, tex string, display bool) string {
	t.Helper()
	m, err := FromTeX(tex, display)
	if err != nil {
		t.Errorf("%s: %v", tex, err)
		return ""
	}
	wellFormed(t, m)
	_, m, _ = strings.Cut(m, "<semantics><mrow>")
	m, _, _ = strings.Cut(m, "</mrow><annotation")
	return m
}

func wellFormed(t *testing.T, m string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(m))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, m)
		}
	}
}

func TestFromTeX(t *testing.T) {
	for _, tc := range []struct{ tex, want string }{
		{`x`, `<mi>x</mi>`},
		{`3.14`, `<mn>3.14</mn>`},
		{`1.`, `<mn>1</mn><mo>.</mo>`},
		{`a-b`, `<mi>a</mi><mo>−</mo><mi>b</mi>`},
		{`x_i^2`, `<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>`},
		{`x^2_i`, `<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>`},
		{`x_{ij}`, `<msub><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>`},
		{`f''`, `<msup><mi>f</mi><mo>′′</mo></msup>`},
		{`f'^2`, `<msup><mi>f</mi><mrow><mo>′</mo><mn>2</mn></mrow></msup>`},
		{`\frac12`, `<mfrac><mn>1</mn><mn>2</mn></mfrac>`},
		{`x^10`, `<msup><mi>x</mi><mn>1</mn></msup><mn>0</mn>`},
		{`\mathbb 1`, `<mn>𝟙</mn>`},
		{`\frac{a}{b}`, `<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>`},
		{`\sqrt x`, `<msqrt><mi>x</mi></msqrt>`},
		{`\sqrt[3]{x}`, `<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>`},
		{`\alpha\Gamma`, `<mi>α</mi><mi mathvariant="normal">Γ</mi>`},
		{`a \le b`, `<mi>a</mi><mo>≤</mo><mi>b</mi>`},
		{`a<b`, `<mi>a</mi><mo>&lt;</mo><mi>b</mi>`},
		{`\mathbb{R}^n`, `<msup><mrow><mi mathvariant="normal">ℝ</mi></mrow><mi>n</mi></msup>`},
		{`\mathbf W`, `<mi mathvariant="normal">𝐖</mi>`},
		{`\mathcal{L}`, `<mrow><mi mathvariant="normal">ℒ</mi></mrow>`},
		{`\mathrm{ReLU}(x)`, `<mi>ReLU</mi><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>`},
		{`\text{if } x`, "<mtext>if\u00a0</mtext><mi>x</mi>"},
		{`\hat y`, `<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>`},
		{`\log x`, "<mrow><mi>log</mi><mo>\u2061</mo></mrow><mi>x</mi>"},
		{`\left(\right.`, `<mrow><mo stretchy="true" form="prefix">(</mo></mrow>`},
		{`\{a\}`, `<mo stretchy="false">{</mo><mi>a</mi><mo stretchy="false">}</mo>`},
		{`{}^T`, `<msup><mrow></mrow><mi>T</mi></msup>`},
		{`a % note`, `<mi>a</mi>`},
	} {
		if got := body(t, tc.tex, false); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.tex, got, tc.want)
		}
	}
}

func TestLimits(t *testing.T) {
	if got := body(t, `\sum_i x`, true); !strings.HasPrefix(got, "<munder>") {
		t.Errorf("display: %s", got)
	}
	if got := body(t, `\sum_i x`, false); !strings.HasPrefix(got, "<msub>") {
		t.Errorf("inline: %s", got)
	}
	if got := body(t, `\frac{1}{\sum_i x}`, true); !strings.Contains(got, "<msub>") {
		t.Errorf("fraction: %s", got)
	}
	if got := body(t, `\begin{aligned}\sum_i x\end{aligned}`, true); !strings.Contains(got, "<munder>") {
		t.Errorf("aligned: %s", got)
	}
	if got := body(t, `\int_0^1 x`, true); !strings.HasPrefix(got, "<msubsup>") {
		t.Errorf("integral: %s", got)
	}
	if got := body(t, `\underbrace{x}_{n}`, false); !strings.HasPrefix(got, "<munder><munder>") {
		t.Errorf("underbrace: %s", got)
	}
}

// What notebooks on deep learning are full of is understood.
func TestFieldsFormulas(t *testing.T) {
	for _, tex := range []string{
		`\mathcal{L}(\theta) = -\frac{1}{N}\sum_{i=1}^{N} \log p_\theta(y_i \mid x_i)`,
		`\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_{j} e^{z_j}}`,
		`\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V`,
		`\theta_{t+1} = \theta_t - \eta\,\nabla_\theta \mathcal{L}`,
		`\hat m_t = \frac{m_t}{1-\beta_1^t}, \quad \hat v_t = \frac{v_t}{1-\beta_2^t}`,
		`\text{LN}(x) = \gamma \odot \frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta`,
		`\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}`,
		`f(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}`,
		`\begin{aligned} a &= b + c \\ &= d \\ \end{aligned}`,
		`\begin{align*} a &= b \\[2pt] c &= d \end{align*}`,
		`x \in \mathbb{R}^{B \times T \times C}`,
		`\mathrm{KL}(p \,\|\, q) = \mathbb{E}_{x\sim p}\left[\log\frac{p(x)}{q(x)}\right]`,
		`\arg\max_a Q(s,a), \operatorname*{argmax}_a`,
		`\lVert w \rVert_2 \le \lfloor n/2 \rfloor`,
		`\bigl(\tfrac12\bigr)^2, \binom{n}{k}`,
		`\left.\frac{\partial f}{\partial x}\right|_{x=0}`,
		`\left\{ x \middle| x > 0 \right\}`,
		`\boldsymbol{\mu} \sim \mathcal{N}(0, \sigma^2 \mathbf{I})`,
		`a \not= b \not\in C`,
		`\overline{AB} \stackrel{\text{def}}{=} \overset{*}{x}`,
		`W x + b \tag{1} \label{eq:a}`,
	} {
		body(t, tex, true)
		body(t, tex, false)
	}
}

func TestErrors(t *testing.T) {
	for _, tex := range []string{
		``, ` `, `{`, `}`, `\frac{a}`, `\frac`, `\unknown`, `x^`, `x^1^2`, `x_1_2`, `\left(x`, `\right)`, `\left q x\right)`,
		`\begin{matrix} a`, `\begin{matrix} a \end{pmatrix}`, `\begin{nothing}\end{nothing}`, `a & b`, `a \\ b`, `\text{a`,
		`\text x`, `$`, `#`, `\`, "\x01", "\xff", `\sqrt[3`, `\not a`, `\operatorname{a\,b}`, strings.Repeat("{", 1000), strings.Repeat(`\sqrt`, 1000) + "x",
	} {
		if m, err := FromTeX(tex, false); err == nil {
			t.Errorf("%q gave %s", tex, m)
		}
	}
}

func TestNothingEscapes(t *testing.T) {
	for _, tex := range []string{
		`<script>alert(1)</script>`, `\text{<script>x</script>}`, `\operatorname{<b>}`, `"&quot;`, `\tag{<i>}`, `x_{"><img>}`,
	} {
		m, err := FromTeX(tex, false)
		if err != nil {
			continue
		}
		wellFormed(t, m)
		if strings.Contains(m, "<script") || strings.Contains(m, "<img") || strings.Contains(m, "<b>") || strings.Contains(m, "<i>") {
			t.Errorf("%s: markup came through: %s", tex, m)
		}
	}
}

func FuzzFromTeX(f *testing.F) {
	for _, tex := range []string{
		`\frac{1}{n}\sum_{i=1}^n x_i'^2`, `\begin{cases}a & b \\[2pt] c\end{cases}`, `\left(\middle|\right]`,
		`\mathbb{R}\text{ <b>&}`, `\sqrt[3]{\hat x}`, `\not= \big( \underbrace{x}_{y}`, `\begin{array}{cc}1\end{array}`,
	} {
		f.Add(tex, true)
	}
	f.Fuzz(func(t *testing.T, tex string, display bool) {
		m, err := FromTeX(tex, display)
		if err != nil {
			return
		}
		wellFormed(t, m)
	})
}
