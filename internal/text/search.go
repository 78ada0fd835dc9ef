package text

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// Unspaced says whether r belongs to a script in which words are not set apart, and so are found by
// their characters.
func Unspaced(r rune) bool { return cjk(r) }

// WithinWord says whether Index passes over r between the letters of a word: apostrophes, and what
// nobody sees.
func WithinWord(r rune) bool { return strings.ContainsRune(apostrophes, r) || invisible(r) }

// Ties says whether r is a hyphen, with which a word is found as without it.
func Ties(r rune) bool { return strings.ContainsRune(hyphens, r) }

// cjk says whether r belongs to a script that is written without spaces between words (Hangul,
// which has them, glues its particles on and is searched the same way).
func cjk(r rune) bool {
	return r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul) || r == 'ー')
}

// maxToken bounds a token in characters: an engine refuses or drops an overlong one. The same
// bound is kept for what is indexed and what is sought, so that nothing becomes unfindable.
const maxToken = 60

// Phrase is a list of tokens that must follow one another. With Prefix, the last of them need
// only be the beginning of a token of the text. Or is another token that does as well.
type Phrase struct {
	Tokens []string
	Prefix bool
	Or     string
}

// WordsVersion names the rules by which Index makes tokens. What was indexed by others is not found
// as Query asks for it: a change of the rules raises it, and an upgrade makes the index anew, with
// all that is derived of every kind. So a change of what all kinds derive alike raises it as well.
const WordsVersion = 3

// Index gives the tokens under which s is found, separated by spaces, for an engine that splits
// at spaces and keeps the order (FTS5 unicode61, tsvector simple). Words are folded and stemmed
// as English, whatever their language, since the same is done to a query. Chinese characters are
// taken as simplified ones, and those between which no letter or figure stands as one run, whatever
// quotation marks, brackets, dots and blanks do: so “一带一路”倡议 is found without its marks, and
// 张　伟 without the blank that pads a name. A run gives its overlapping pairs and then its last
// character alone: 移民局 gives 移民 民局 局. So every text is found by every string of 1, 2, 3 …
// characters of it, which is what Query relies on. Words with a hyphen are also found without it;
// those tokens stand at the end. Tokens hold letters and digits only.
func Index(s string) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	put := func(t string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	ps := pieces(s)
	for _, p := range ps {
		if !p.cjk {
			put(word(p.text))
			continue
		}
		rs := []rune(p.text)
		for i := range rs {
			put(pair(rs[i:min(i+2, len(rs))]))
		}
	}
	for i := range ps {
		if end := chain(ps, i); end > i+1 {
			put(together(ps[i:end]))
			for j := i; j+2 <= end && end > i+2; j++ {
				put(together(ps[j : j+2]))
			}
		}
	}
	return b.String()
}

// chain gives the end of the words that hyphens tie together from i on; i where none begins there.
func chain(ps []piece, i int) int {
	if ps[i].tied {
		return i
	}
	for i++; i < len(ps) && ps[i].tied; i++ {
	}
	return i
}

// together gives the token of words written as one.
func together(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.text)
	}
	return word(b.String())
}

// Query gives the phrases that must all occur in a text for it to match what a person typed. A
// run of n Chinese characters is a phrase of n−1 pairs, one character alone is the prefix of a
// pair; a word is one stemmed token; words that stand together without a space ("e-mail",
// "2019-03") are one phrase, and where hyphens alone tie them also one word. Nil means that nothing
// searchable was typed.
func Query(s string) []Phrase {
	var out []Phrase
	for _, chunk := range strings.FieldsFunc(s, space) {
		ps := pieces(chunk)
		for i := 0; i < len(ps); {
			if ps[i].cjk {
				rs := []rune(ps[i].text)
				ph := Phrase{Prefix: len(rs) == 1}
				for j := range max(len(rs)-1, 1) {
					ph.Tokens = append(ph.Tokens, pair(rs[j:min(j+2, len(rs))]))
				}
				out = append(out, ph)
				i++
				continue
			}
			var ph Phrase
			end := i
			for ; end < len(ps) && !ps[end].cjk; end++ {
				ph.Tokens = append(ph.Tokens, word(ps[end].text))
			}
			if len(ph.Tokens) > 1 && chain(ps, i) == end {
				ph.Or = together(ps[i:end])
			}
			out = append(out, ph)
			i = end
		}
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
		phrase := `"` + strings.Join(p.Tokens, " ") + `"`
		switch {
		case p.Prefix:
			phrase += "*"
		case p.Or != "":
			phrase = `(` + phrase + ` OR "` + p.Or + `")`
		}
		b.WriteString(phrase)
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
		if p.Or != "" {
			b.WriteString(" | '" + p.Or + "'")
		}
		b.WriteByte(')')
	}
	return b.String()
}

// piece is a word, or a run of Chinese characters. A word is tied when a hyphen alone stands between
// it and the one before.
type piece struct {
	text      string
	cjk, tied bool
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// pieces folds s and cuts it into words and runs of Chinese characters.
func pieces(s string) []piece {
	var out []piece
	s = simplified(fold(s, true))
	var run strings.Builder // Chinese characters; what is no letter does not part them
	start := -1             // of a word
	for i, r := range s + " " {
		if start >= 0 && (cjk(r) || !letter(r) && !unicode.IsMark(r)) {
			out = append(out, piece{text: s[start:i], tied: start > 0 && s[start-1] == '-'})
			start = -1
		}
		switch {
		case cjk(r):
			run.WriteRune(r)
		case letter(r) && start < 0:
			start = i
		}
		if run.Len() > 0 && (start == i || i == len(s)) {
			out = append(out, piece{text: run.String(), cjk: true})
			run.Reset()
		}
	}
	return out
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
