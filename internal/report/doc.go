// Package report turns an executed notebook into one HTML page that needs nothing else.
//
// The page asks the network for nothing and runs no script: pictures are data: URIs, styles and
// formulas are in the page (MathML), and a content security policy holds a browser to that. It reads well on light
// and dark screens, on a phone and on paper.
//
//	page, err := report.HTML(nb, report.Options{Dir: filepath.Dir(path)})
//
// What is trusted: text/html outputs, which came from the notebook's own cells, go into the page as
// they are, as in Jupyter after running a notebook; the policy still keeps their scripts from
// running. Everything else is escaped: Markdown cells can't carry HTML but for a few harmless tags,
// SVG pictures are shown as images, in which no script runs, and text is text.
package report
