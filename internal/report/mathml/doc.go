// Package mathml turns the TeX formulas of notebooks into MathML Core, which browsers draw without
// a script.
//
// It knows the part of TeX's math mode that people write in notebooks: scripts, fractions, roots,
// accents, Greek, operators, alphabets, fences, matrices, cases and aligned lines. There are no
// macros. A formula with anything else gives an error, and the caller shows its source instead.
//
//	m, err := mathml.FromTeX(`\frac{1}{n}\sum_i x_i`, true)
//
// Letters of other alphabets are written as the Unicode characters made for them: MathML Core has
// no mathvariant but "normal".
package mathml
