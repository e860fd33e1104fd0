package cell

import (
	"cmp"
	"go/format"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// Format returns a cell as gofmt would write it. Magics stay as they are, and so does the semicolon that silences
// a cell's result. The error is that of Parse.
func Format(code string) (string, error) {
	code = strings.ReplaceAll(code, "\r\n", "\n")
	if _, err := Parse(NewFileSet(), 0, code); err != nil {
		return "", err
	}
	c := &Cell{Code: code}
	c.File = NewFileSet().AddFile(FileName(0), -1, len(code)+1)
	c.File.SetLinesForContent([]byte(code))
	p := &cellParser{cell: c, text: []byte(code)}
	p.split()
	var b strings.Builder
	for _, piece := range p.pieces() {
		text := code[piece.start:piece.end]
		body := strings.TrimSpace(text)
		if !piece.magic {
			header := ""
			if piece.kind == declChunk {
				header = "package p\n\n" // the one that format.Source would add shares a line with comments
			}
			formatted, err := format.Source([]byte(header + body))
			if err != nil {
				return "", err
			}
			body = strings.TrimSpace(strings.TrimPrefix(string(formatted), header))
			if piece.silent {
				body = silenced(body)
			}
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if gap := text[:strings.Index(text, strings.TrimSpace(text))]; strings.Count(gap, "\n") > 1 {
				b.WriteByte('\n')
			}
		}
		b.WriteString(body)
	}
	return b.String(), nil
}

// piece is a part of a cell, with the blanks before it: declarations or statements, which gofmt understands, or a
// magic, which it must not see.
type piece struct {
	start, end int
	kind       kind
	magic      bool
	silent     bool // ends with the semicolon that silences the cell
}

// pieces covers the cell, comments and all.
func (p *cellParser) pieces() []piece {
	var list []piece
	for _, c := range p.chunks {
		k := c.kind
		if k == importChunk {
			k = declChunk
		}
		list = append(list, piece{start: c.start, end: c.end, kind: k})
	}
	for _, m := range p.cell.Magics {
		start := p.cell.File.Offset(m.Pos)
		one := piece{start: start, end: p.lineEnd(start, len(p.text)), magic: true}
		list = slices.DeleteFunc(list, func(c piece) bool { // what %time measures
			inside := one.start <= c.start && c.start < one.end
			if inside {
				one.end = max(one.end, p.lineEnd(c.end, len(p.text)))
			}
			return inside
		})
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b piece) int { return cmp.Compare(a.start, b.start) })

	// Neighbours of one kind are one piece; what stands between two belongs to the line that it is in.
	var joined []piece
	from := 0
	for i, c := range list {
		next := len(p.text)
		if i+1 < len(list) {
			next = list[i+1].start
		}
		if c.magic && strings.TrimSpace(p.cell.Code[from:c.start]) != "" { // comments
			joined = append(joined, piece{start: from, end: c.start, kind: stmtChunk})
			from = c.start
		}
		if !c.magic && i+1 < len(list) && !list[i+1].magic && list[i+1].kind == c.kind {
			continue
		}
		c.start, c.end = from, p.lineEnd(c.end, next)
		if i+1 == len(list) {
			c.silent = p.cell.Silent
			if !c.magic {
				c.end = next
			}
		}
		joined = append(joined, c)
		from = c.end
	}
	if strings.TrimSpace(p.cell.Code[from:]) != "" {
		joined = append(joined, piece{start: from, end: len(p.text), kind: stmtChunk})
	}
	return joined
}

// lineEnd returns where the line of a byte ends, or next if that comes before.
func (p *cellParser) lineEnd(at, next int) int {
	if i := strings.IndexByte(p.cell.Code[at:next], '\n'); i >= 0 {
		return at + i
	}
	return next
}

// silenced puts a semicolon after the last token.
func silenced(text string) string {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, []byte(text), nil, 0)
	end := 0
	for {
		pos, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return text[:end] + ";" + text[end:]
		case tok == token.SEMICOLON:
		case lit != "":
			end = file.Offset(pos) + len(lit)
		default:
			end = file.Offset(pos) + len(tok.String())
		}
	}
}
