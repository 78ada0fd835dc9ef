package text

import (
	_ "embed" // the table of variants
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed variants.txt
var variantsTable string

// variants gives for a traditional character, or a regional variant, the character by which both are
// found (decision 18).
var variants = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune, 4200)
	for line := range strings.Lines(variantsTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for pair := range strings.FieldsSeq(line) {
			from, n := utf8.DecodeRuneInString(pair)
			to, _ := utf8.DecodeRuneInString(pair[n:])
			m[from] = to
		}
	}
	return m
})

// simplified gives s with one character for all variants of it. It is for finding alone: 乾 is
// another word than 干, and a name stays as its bearer writes it.
func simplified(s string) string {
	table := variants()
	return strings.Map(func(r rune) rune {
		if r >= 0x2e80 {
			if v, ok := table[r]; ok {
				return v
			}
		}
		return r
	}, s)
}

// Sought gives the form in which a name is looked for by a part of it, never shown: folded, one
// character for all its variants, without blanks and hyphens, which people put or leave out, and
// without the signs beside Chinese characters.
func Sought(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	last, signs := ' ', ""
	for _, r := range simplified(Fold(s)) {
		switch {
		case r == ' ':
			continue
		case !letter(r) && !unicode.IsMark(r):
			signs += string(r)
			if len(signs) > maxToken { // a line of signs is no name
				signs = ""
			}
			continue
		case !cjk(r) && !cjk(last):
			b.WriteString(signs)
		}
		signs = ""
		b.WriteRune(r)
		last = r
	}
	if !cjk(last) {
		b.WriteString(signs)
	}
	return b.String()
}
