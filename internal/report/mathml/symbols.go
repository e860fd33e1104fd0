package mathml

import "strings"

func pairs(s string) map[string]string {
	m := map[string]string{}
	f := strings.Fields(s)
	for i := 0; i+1 < len(f); i += 2 {
		m[f[i]] = f[i+1]
	}
	return m
}

// letters slant as variables do.
var letters = pairs(`alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ
	vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ
	varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω ell ℓ hbar ℏ imath ı jmath ȷ`)

// uprightLetters stand straight.
var uprightLetters = pairs(`Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ
	Omega Ω infty ∞ partial ∂ nabla ∇ emptyset ∅ varnothing ∅ Re ℜ Im ℑ aleph ℵ wp ℘ forall ∀ exists ∃
	nexists ∄ top ⊤ bot ⊥ angle ∠ triangle △ ldots … dots … cdots ⋯ dotsc … dotsb ⋯ vdots ⋮ ddots ⋱
	prime ′ degree ° checkmark ✓ star ⋆ dagger † % % # # & &amp; $ $ _ _`)

var operators = pairs(`times × cdot ⋅ div ÷ pm ± mp ∓ ast ∗ circ ∘ bullet • odot ⊙ oplus ⊕ otimes ⊗
	ominus ⊖ wedge ∧ land ∧ vee ∨ lor ∨ neg ¬ lnot ¬ cap ∩ cup ∪ setminus ∖ mid ∣ parallel ∥ perp ⊥
	le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ lt < gt > ll ≪ gg ≫ approx ≈ sim ∼ simeq ≃ cong ≅
	equiv ≡ propto ∝ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ triangleq ≜ coloneqq ≔
	to → rightarrow → longrightarrow ⟶ leftarrow ← gets ← longleftarrow ⟵ leftrightarrow ↔ mapsto ↦
	Rightarrow ⇒ implies ⟹ Leftarrow ⇐ Leftrightarrow ⇔ iff ⟺ uparrow ↑ downarrow ↓ hookrightarrow ↪
	colon : prec ≺ succ ≻ preceq ⪯ succeq ⪰ models ⊨ vdash ⊢ therefore ∴ because ∵ asymp ≍ star ⋆ lhd ⊲`)

var large = pairs(`sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁
	bigotimes ⨂ bigvee ⋁ bigwedge ⋀`)

var fences = pairs(`{ { } } lbrace { rbrace } lbrack [ rbrack ] langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋
	lceil ⌈ rceil ⌉ vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ | ‖`)

var negated = pairs(`= ≠ \in ∉ < ≮ > ≯ \le ≰ \leq ≰ \ge ≱ \geq ≱ \equiv ≢ \approx ≉ \sim ≁ \subset ⊄ \subseteq ⊈ \exists ∄`)

// functions: whether scripts go under the name.
var functions = func() map[string]bool {
	m := map[string]bool{}
	for _, f := range strings.Fields("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg deg dim hom ker arg") {
		m[f] = false
	}
	for _, f := range strings.Fields("max min sup inf lim limsup liminf argmax argmin det gcd Pr") {
		m[f] = true
	}
	return m
}()

func functionName(name string) string {
	switch name {
	case "limsup", "liminf":
		return "lim\u2009" + name[3:]
	case "argmax", "argmin":
		return "arg\u2009" + name[3:]
	}
	return name
}

var spaces = map[string]string{
	",": ".167em", "thinspace": ".167em", ":": ".222em", ">": ".222em", ";": ".278em", "!": "-.167em",
	" ": ".333em", "enspace": ".5em", "quad": "1em", "qquad": "2em",
}

var accents = pairs(`hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ vec → overrightarrow →
	dot ˙ ddot ¨ check ˇ breve ˘ mathring ˚ overbrace ⏞ underbrace ⏟ underline _`)

var fonts = map[string]string{
	"mathrm": "normal", "mathbf": "bold", "mathit": "italic", "mathbb": "double-struck",
	"mathcal": "script", "mathscr": "script", "mathfrak": "fraktur", "mathsf": "sans", "mathtt": "mono",
	"boldsymbol": "bold-italic", "bm": "bold-italic", "mathnormal": "italic",
}

var sizes = map[string]string{
	"big": "1.2em", "bigl": "1.2em", "bigr": "1.2em", "bigm": "1.2em", "Big": "1.8em", "Bigl": "1.8em", "Bigr": "1.8em", "Bigm": "1.8em",
	"bigg": "2.4em", "biggl": "2.4em", "biggr": "2.4em", "Bigg": "3em", "Biggl": "3em", "Biggr": "3em",
}

type environment struct{ open, end, attr string }

var environments = map[string]environment{
	"matrix": {}, "smallmatrix": {}, "array": {}, "pmatrix": {open: "(", end: ")"}, "bmatrix": {open: "[", end: "]"},
	"Bmatrix": {open: "{", end: "}"}, "vmatrix": {open: "|", end: "|"}, "Vmatrix": {open: "‖", end: "‖"},
	"cases":   {open: "{", attr: ` class="left"`},
	"aligned": {attr: aligned}, "align": {attr: aligned}, "split": {attr: aligned}, "eqnarray": {attr: aligned},
	"gathered": {attr: displayed}, "gather": {attr: displayed}, "equation": {attr: displayed},
}

const (
	aligned   = ` class="aligned" displaystyle="true"`
	displayed = ` displaystyle="true"`
)

// alphabet maps letters and digits to the Unicode characters of a mathematical alphabet. What the
// alphabet lacks stays as it is.
func alphabet(font, s string) string {
	a, ok := alphabets[font]
	if !ok {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case a.except[r] != 0:
			r = a.except[r]
		case 'A' <= r && r <= 'Z' && a.upper != 0:
			r += a.upper - 'A'
		case 'a' <= r && r <= 'z' && a.lower != 0:
			r += a.lower - 'a'
		case '0' <= r && r <= '9' && a.digit != 0:
			r += a.digit - '0'
		case 'α' <= r && r <= 'ω' && a.greek != 0:
			r += a.greek - 'α'
		}
		b.WriteRune(r)
	}
	return b.String()
}

type letterSet struct {
	upper, lower, digit, greek rune
	except                     map[rune]rune // letters that Unicode had before it had the alphabet
}

var alphabets = map[string]letterSet{
	"bold":        {upper: 0x1D400, lower: 0x1D41A, digit: 0x1D7CE, greek: 0x1D6C2},
	"bold-italic": {upper: 0x1D468, lower: 0x1D482, digit: 0x1D7CE, greek: 0x1D736},
	"sans":        {upper: 0x1D5A0, lower: 0x1D5BA, digit: 0x1D7E2},
	"mono":        {upper: 0x1D670, lower: 0x1D68A, digit: 0x1D7F6},
	"double-struck": {upper: 0x1D538, lower: 0x1D552, digit: 0x1D7D8, except: map[rune]rune{
		'C': 'ℂ', 'H': 'ℍ', 'N': 'ℕ', 'P': 'ℙ', 'Q': 'ℚ', 'R': 'ℝ', 'Z': 'ℤ',
	}},
	"script": {upper: 0x1D49C, lower: 0x1D4B6, except: map[rune]rune{
		'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ', 'e': 'ℯ', 'g': 'ℊ', 'o': 'ℴ',
	}},
	"fraktur": {upper: 0x1D504, lower: 0x1D51E, except: map[rune]rune{
		'C': 'ℭ', 'H': 'ℌ', 'I': 'ℑ', 'R': 'ℜ', 'Z': 'ℨ',
	}},
}
