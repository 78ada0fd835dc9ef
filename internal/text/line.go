package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// ends are the characters that end a line: besides those of Unix, Windows and the old Macintosh the
// line break of a word processor (vertical tab), its page break (form feed), and those of Unicode.
const ends = "\n\r\v\f\u0085\u2028\u2029"

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Breaks gives s with \n for everything that ends a line.
func Breaks(s string) string {
	if !strings.ContainsAny(s, ends[1:]) {
		return s
	}
	return newlines.Replace(s)
}

// OneLine gives s in one line for showing it, every stretch of white space one blank. A line break
// between two characters of Chinese or Japanese leaves nothing, as their readers expect: no blank
// stands between those. Whoever shows a text in fewer lines than it was written in uses this.
func OneLine(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		from := strings.IndexFunc(s, unicode.IsSpace)
		if from < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:from])
		rest := strings.TrimLeftFunc(s[from:], unicode.IsSpace)
		gap := s[from : len(s)-len(rest)]
		if s = rest; s == "" {
			return b.String()
		}
		if b.Len() > 0 && !(strings.ContainsAny(gap, ends) && tight(b.String(), s)) {
			b.WriteByte(' ')
		}
	}
}

// Paragraphs gives lines that are parts of a text (headings, paragraphs, items of a list) in one
// line. Where a Chinese sentence ends nothing stands between them, behind a heading a blank does.
func Paragraphs(lines string) string {
	var b strings.Builder
	b.Grow(len(lines))
	for line := range strings.Lines(lines) {
		if line = OneLine(line); line == "" {
			continue
		}
		if r, _ := utf8.DecodeLastRuneInString(b.String()); b.Len() > 0 && (unicode.IsLetter(r) || unicode.IsNumber(r) || !tight(b.String(), line)) {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// tight says whether a line break between two texts leaves no blank: where Chinese or Japanese
// stands on both sides.
func tight(before, after string) bool {
	return unspaced(before, utf8.DecodeLastRuneInString, func(s string, n int) string { return s[:len(s)-n] }) &&
		unspaced(after, utf8.DecodeRuneInString, func(s string, n int) string { return s[n:] })
}

// shared are marks of which the character behind them says whether they are Chinese.
const shared = "“”‘’…⋯—·•"

// unspaced says whether the text at that end of s is written without blanks.
func unspaced(s string, next func(string) (rune, int), cut func(string, int) string) bool {
	for range 6 {
		r, n := next(s)
		if !strings.ContainsRune(shared, r) {
			return cjk(r) && !unicode.Is(unicode.Hangul, r) || wide(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
		}
		s = cut(s, n)
	}
	return false
}

// signs of a Chinese keyboard, by what stands for them where only ASCII has a meaning.
var narrow = strings.NewReplacer("。", ".", "、", ",", "・", ".", "‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-", "﹣", "-", "〇", "0",
	"\u00ad", "", "\u200b", "", "\ufeff", "", "\u00a0", " ", "\u2007", " ", "\u202f", " ")

// ASCII gives what was typed with a Chinese keyboard as the same keys give it on another one:
// full-width letters, figures, signs and blanks as narrow ones. For dates, hours, numbers, marks, codes and addresses,
// where nothing else has a meaning; never for a text.
func ASCII(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.TrimSpace(width.Narrow.String(narrow.Replace(s)))
		}
	}
	return s
}

// Unfit names the first character of s that no format we serve has a place for, and where it
// stands: a control character, one that Unicode keeps free of meaning, or a byte that is no UTF-8. ok
// is true when there is none.
func Unfit(s string) (name string, line, column int, ok bool) {
	line, column = 1, 1
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return fmt.Sprintf("byte %02X", s[i]), line, column, false
		case unicode.IsControl(r) && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF:
			return fmt.Sprintf("U+%04X", r), line, column, false
		case r == '\n':
			line, column = line+1, 0
		}
		column++
	}
	return "", 0, 0, true
}
