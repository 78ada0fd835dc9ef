package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible gives s without the invisible characters that turn its direction round or make two texts
// differ that look the same: marks, embeddings, overrides and isolates of direction, characters of
// no width, letters that are blank, selectors of a form that the character before them does not have.
// Those that join or part the letters of a script, and the pictures of an emoji, stay
// between such. Control characters and invalid bytes stay: they are a fault to be told.
func Visible(s string) string {
	if !utf8.ValidString(s) || !strings.ContainsFunc(s, func(r rune) bool { return ignorable(r) || r == blankBraille }) {
		return s
	}
	var b strings.Builder
	last := ' '
	rs := runes(s)
	for i, r := range rs {
		if !hidden(rs, i, last) {
			b.WriteRune(r)
			last = r
		}
	}
	return b.String()
}

// blankBraille is the pattern without a dot. Outside Braille it is a blank that does not count as one.
const blankBraille = '\u2800'

// runes gives the characters of s, such a pattern as the blank it is.
func runes(s string) []rune {
	braille := func(r rune) bool { return r > blankBraille && r <= '\u28ff' }
	rs := []rune(s)
	for i, r := range rs {
		if r == blankBraille && (i == 0 || !braille(rs[i-1])) && (i+1 == len(rs) || !braille(rs[i+1])) {
			rs[i] = ' '
		}
	}
	return rs
}

// ignorable says whether r may be one of which nothing is seen.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// hidden says whether the character at a place is such a one, behind the last that is not.
func hidden(rs []rune, i int, last rune) bool {
	r, after := rs[i], ' '
	if i+1 < len(rs) {
		after = rs[i+1]
	}
	switch {
	case !ignorable(r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r): // the latter are signs that are seen
		return false
	case r == '\u200c' || r == '\u200d':
		return !joins(last) || !joins(after)
	case unicode.Is(unicode.Variation_Selector, r):
		return !selects(last, r, after)
	}
	return !(r >= 0xe0020 && r <= 0xe007f && joins(last)) // tags make the flags of regions
}

// selects says whether a variation selector gives the character before it a form that is seen: of
// symbols, emoji and keys (1️⃣), and of letters in scripts that have such forms. The variants of Chinese
// characters are not kept, since few fonts show them and no search tells them apart.
func selects(before, selector, after rune) bool {
	if selector >= 0xe0100 || unicode.Is(unicode.Inherited, before) {
		return false
	}
	return joins(before) || unicode.Is(unicode.Sm, before) || strings.ContainsRune("‼⁉", before) ||
		after == '\u20e3' && strings.ContainsRune("#*0123456789", before)
}

// Visible is Visible for each language. A translation that was made of the original as it stands
// was made of what is seen of it.
func (m Multi) Visible() Multi {
	seen := func(v Version) bool { return Visible(v.Text) == v.Text }
	all := true
	for _, v := range m {
		all = all && seen(v)
	}
	if all {
		return m
	}
	orig := m.OriginalLang()
	was, is := Hash(m[orig].Text), Hash(Visible(m[orig].Text))
	c := Multi{}
	for l, v := range m {
		v.Text = Visible(v.Text)
		if v.Of == was {
			v.Of = is
		}
		c[l] = v
	}
	return c
}
