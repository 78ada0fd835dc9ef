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
// between two characters of Chinese or Japanese, or beside full-width punctuation, leaves nothing, as
// their readers expect: no blank stands there. Whoever shows a text in fewer lines than it was written in uses this.
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

// Unwrapped gives a text that is no Markdown with each paragraph in one line: a single line break is
// where somebody's program broke a sentence, an empty line parts paragraphs.
func Unwrapped(s string) string {
	lines := strings.Split(Breaks(s), "\n")
	var out []string
	for from := 0; from < len(lines); {
		to := from
		for to < len(lines) && strings.TrimSpace(lines[to]) != "" {
			to++
		}
		if to > from {
			out = append(out, OneLine(strings.Join(lines[from:to], "\n")))
		}
		from = to + 1
	}
	return strings.Join(out, "\n")
}

// tight says whether a line break between two texts leaves no blank: where Chinese or Japanese
// stands on both sides, and beside full-width punctuation whatever stands there. What may belong to
// either goes with what stands beyond it (第3⏎条), but two figures never become one.
func tight(before, after string) bool {
	b, a := atEnd(withoutNote(before), utf8.DecodeLastRuneInString, func(s string, n int) string { return s[:len(s)-n] }),
		atEnd(after, utf8.DecodeRuneInString, func(s string, n int) string { return s[n:] })
	switch {
	case b.script == fullSign || a.script == fullSign:
		return true
	case b.figure && a.figure || b.script == spacedScript || a.script == spacedScript:
		return false
	}
	return b.script == unspacedScript || a.script == unspacedScript
}

// withoutNote gives a text without the sign of a footnote at its end ([^1]), which goes with the word
// that it stands at.
func withoutNote(s string) string {
	if !strings.HasSuffix(s, "]") {
		return s
	}
	from := max(0, len(s)-reach)
	if i := strings.LastIndex(s[from:], "[^"); i >= 0 && !strings.ContainsAny(s[from+i:], " \n") {
		return s[:from+i]
	}
	return s
}

// shared are marks of which the character beyond them says whether they are Chinese.
const shared = "“”‘’…⋯—·•・･%‰°"

// reach is how many characters are looked at for what stands beside a line break.
const reach = 16

// script says how a text is written at one of its ends.
type script int

const (
	eitherScript   script = iota // nothing there but what both share
	spacedScript                 // with blanks
	unspacedScript               // without: Chinese, Japanese
	fullSign                     // with punctuation that brings its own space
)

// edge is what stands at an end of a text, and whether it is a figure.
type edge struct {
	script script
	figure bool
}

// atEnd gives what stands at that end of s. Figures, symbols (℃, ①) and the shared marks go with
// what stands beyond them, as does what parts a figure: 3.5.
func atEnd(s string, next func(string) (rune, int), cut func(string, int) string) (at edge) {
	figures := false
	for i := range reach {
		r, n := next(s)
		if n == 0 {
			return at
		}
		s = cut(s, n)
		switch {
		case cjk(r) && !unicode.Is(unicode.Hangul, r):
			at.script = unspacedScript
			return at
		case unicode.IsNumber(r):
			figures, at.figure = true, at.figure || i == 0 && unicode.IsDigit(r)
		case strings.ContainsRune(shared, r), unicode.Is(unicode.So, r), figures && strings.ContainsRune(".,:/-", r):
		case wide(r) && !unicode.IsLetter(r):
			if at.script = unspacedScript; i == 0 {
				at.script = fullSign
			}
			return at
		default:
			at.script = spacedScript
			return at
		}
	}
	at.script = spacedScript
	return at
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
