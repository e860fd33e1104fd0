// program: a word counter: a text of 10,000 words made, split by hand, counted, sorted and printed into a buffer.
package main

import (
	"fmt"
	"sort"
	"strings"
)

type rank struct {
	word  string
	count int
}

type byCount []rank

func (b byCount) Len() int { return len(b) }

func (b byCount) Less(i, j int) bool {
	if b[i].count != b[j].count {
		return b[i].count > b[j].count
	}
	return b[i].word < b[j].word
}

func (b byCount) Swap(i, j int) { b[i], b[j] = b[j], b[i] }

type random struct{ state uint32 }

func (r *random) next(n int) int {
	r.state ^= r.state << 13
	r.state ^= r.state >> 17
	r.state ^= r.state << 5
	return int(r.state) % n
}

var syllables = []string{"ka", "to", "mi", "ra", "ne", "so", "lu", "pe", "vo", "di"}

func compose(words int) string {
	r := &random{2463534242}
	var b strings.Builder
	for i := 0; i < words; i++ {
		for k := 1 + r.next(3); k > 0; k-- {
			b.WriteString(syllables[r.next(len(syllables))])
		}
		switch {
		case i%17 == 16:
			b.WriteString(".\n")
		case i%5 == 4:
			b.WriteString(", ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func split(text string) []string {
	var words []string
	start := -1
	for i := 0; i < len(text); i++ {
		switch {
		case letter(text[i]):
			if start < 0 {
				start = i
			}
		case start >= 0:
			words = append(words, text[start:i])
			start = -1
		}
	}
	if start >= 0 {
		words = append(words, text[start:])
	}
	return words
}

func count(words []string) []rank {
	counts := map[string]int{}
	for _, w := range words {
		counts[w]++
	}
	var list []rank
	for w, n := range counts {
		list = append(list, rank{w, n})
	}
	sort.Sort(byCount(list))
	return list
}

func run(n int) int {
	s := 0
	for range n {
		list := count(split(compose(10000)))
		var b strings.Builder
		for _, r := range list {
			fmt.Fprintf(&b, "%5d %s\n", r.count, r.word)
		}
		s += b.Len() + len(list)
	}
	return s
}
