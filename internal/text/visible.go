package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible gives s without the invisible characters that turn its direction round or make two texts
// differ that look the same: marks, embeddings, overrides and isolates of direction, characters of
// no width. Those that join or part the letters of a script, and the pictures of an emoji, stay
// between such. Control characters and invalid bytes stay: they are a fault to be told.
func Visible(s string) string {
	if !utf8.ValidString(s) || !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) {
		return s
	}
	var b strings.Builder
	last := ' '
	rs := []rune(s)
	for i, r := range rs {
		if !hidden(rs, i, last) {
			b.WriteRune(r)
			last = r
		}
	}
	return b.String()
}

// hidden says whether the character at a place is such a one, behind the last that is not.
func hidden(rs []rune, i int, last rune) bool {
	r := rs[i]
	switch {
	case !unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r): // the latter are signs that are seen
		return false
	case r == '\u200c' || r == '\u200d':
		return i+1 == len(rs) || !joins(last) || !joins(rs[i+1])
	}
	return !(r >= 0xe0020 && r <= 0xe007f && joins(last)) // tags make the flags of regions
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
