package text

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// cjk says whether r belongs to a script that is written without spaces between words (Hangul,
// which has them, glues its particles on and is searched the same way).
func cjk(r rune) bool {
	return r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul) || r == 'ー')
}

// maxToken bounds a token in characters: an engine refuses or drops an overlong one. The same
// bound is kept for what is indexed and what is sought, so that nothing becomes unfindable.
const maxToken = 60

// Phrase is a list of tokens that must follow one another. With Prefix, the last of them need
// only be the beginning of a token of the text.
type Phrase struct {
	Tokens []string
	Prefix bool
}

// WordsVersion names the rules by which Index makes tokens. What was indexed by others is not found
// as Query asks for it: a change of the rules raises it, and an upgrade makes the index anew, with
// all that is derived of every kind. So a change of what all kinds derive alike raises it as well.
const WordsVersion = 1

// Index gives the tokens under which s is found, separated by spaces, for an engine that splits
// at spaces and keeps the order (FTS5 unicode61, tsvector simple). Words are folded and stemmed
// as English, whatever their language, since the same is done to a query. A run of Chinese
// characters gives its overlapping pairs and then its last character alone: 移民局 gives 移民 民局
// 局. So every text is found by every string of 1, 2, 3 … characters of it, which is what Query
// relies on. Tokens hold letters and digits only.
func Index(s string) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	put := func(t string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	for _, p := range pieces(joinNames(s)) {
		if !p.cjk {
			put(word(p.text))
			continue
		}
		rs := []rune(p.text)
		for i := range rs {
			put(pair(rs[i:min(i+2, len(rs))]))
		}
	}
	return b.String()
}

// Query gives the phrases that must all occur in a text for it to match what a person typed. A
// run of n Chinese characters is a phrase of n−1 pairs, one character alone is the prefix of a
// pair; a word is one stemmed token; words that stand together without a space ("e-mail",
// "2019-03") are one phrase. Nil means that nothing searchable was typed.
func Query(s string) []Phrase {
	var out []Phrase
	for _, chunk := range strings.FieldsFunc(s, space) {
		var words []string
		flush := func() {
			if len(words) > 0 {
				out = append(out, Phrase{Tokens: words})
				words = nil
			}
		}
		for _, p := range pieces(chunk) {
			if !p.cjk {
				words = append(words, word(p.text))
				continue
			}
			flush()
			rs := []rune(p.text)
			ph := Phrase{Prefix: len(rs) == 1}
			for i := range max(len(rs)-1, 1) {
				ph.Tokens = append(ph.Tokens, pair(rs[i:min(i+2, len(rs))]))
			}
			out = append(out, ph)
		}
		flush()
	}
	return out
}

// FTS5 writes the phrases as an expression for "match" of SQLite's FTS5 (sqlite.org/fts5.html,
// section 3), all of which must occur. It is "" when there are none; FTS5 takes no empty query.
func FTS5(ps []Phrase) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString(`"` + strings.Join(p.Tokens, " ") + `"`)
		if p.Prefix {
			b.WriteByte('*')
		}
	}
	return b.String()
}

// TSQuery writes the phrases for PostgreSQL's to_tsquery('simple', …), all of which must occur.
func TSQuery(ps []Phrase) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteString(" & ")
		}
		b.WriteString("('" + strings.Join(p.Tokens, "' <-> '") + "'")
		if p.Prefix {
			b.WriteString(":*")
		}
		b.WriteByte(')')
	}
	return b.String()
}

type piece struct {
	text string
	cjk  bool
}

// pieces folds s and cuts it into words and runs of Chinese characters.
func pieces(s string) []piece {
	var out []piece
	s = Fold(s)
	start, kind := 0, 0 // kind: 0 between pieces, 1 word, 2 Chinese
	for i, r := range s {
		k := 0
		switch {
		case cjk(r):
			k = 2
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r) && kind == 1:
			k = 1
		}
		if k != kind {
			if kind != 0 {
				out = append(out, piece{s[start:i], kind == 2})
			}
			start, kind = i, k
		}
	}
	if kind != 0 {
		out = append(out, piece{s[start:], kind == 2})
	}
	return out
}

// joinNames takes out the space by which names of two characters are padded to the width of
// three in Chinese lists (张　伟), so that 张伟 finds them.
func joinNames(s string) string {
	rs := []rune(s)
	han := func(i int) bool { return i >= 0 && i < len(rs) && cjk(rs[i]) }
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(rs); i++ {
		if rs[i] == ' ' || rs[i] == '\u3000' {
			j := i
			for j < len(rs) && (rs[j] == ' ' || rs[j] == '\u3000') {
				j++
			}
			if han(i-1) && !han(i-2) && han(j) && !han(j+1) {
				i = j - 1
				continue
			}
		}
		b.WriteRune(rs[i])
	}
	return b.String()
}

// word gives the token of a folded word.
func word(s string) string {
	s = firstRunes(s, maxToken)
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return rare(s)
		}
	}
	return english.Stem(s, true)
}

func pair(rs []rune) string { return rare(string(rs)) }

// rare writes a character that SQLite's tables (Unicode 6.1) take for no letter by its number, so
// that names with one (𬭎) stay whole and are found by it.
func rare(s string) string {
	known := true
	for _, r := range s {
		known = known && !unknown(r)
	}
	if known {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if !unknown(r) {
			b.WriteRune(r)
			continue
		}
		const hex = "0123456789abcdef"
		b.WriteByte('u')
		for shift := 20; shift >= 0; shift -= 4 {
			b.WriteByte(hex[r>>shift&15])
		}
	}
	return b.String()
}

func unknown(r rune) bool {
	return r > 0xffff || r >= 0x4db6 && r <= 0x4dbf || r >= 0x9fcd && r <= 0x9fff
}
