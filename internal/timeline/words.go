package timeline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"entente/internal/text"
)

// latin holds the widths of ASCII.
var latin = func() (w [0x80]float64) {
	for r := range w {
		switch c := rune(r); {
		case strings.ContainsRune(" .,;:'|!ijlI", c):
			w[r] = 0.29
		case strings.ContainsRune("frt()[]-/\"*", c):
			w[r] = 0.38
		case strings.ContainsRune("mwMW@%&", c):
			w[r] = 0.84
		case c >= 'A' && c <= 'Z':
			w[r] = 0.64
		default:
			w[r] = 0.54
		}
	}
	return w
}()

// em estimates how wide a character is in its font size. It errs on the wide side: a word that
// ends early is better than one that runs into its neighbour.
func em(r rune) float64 {
	switch {
	case r < 0x80:
		return latin[r]
	case r >= 0x2e80 && r <= 0xa4cf, r >= 0x1100 && r <= 0x115f, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe4f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x20000 && r <= 0x3fffd,
		r == '—', r == '…', r == '“', r == '”', r == '‘', r == '’':
		return 1 // Han, kana, Hangul, full-width signs, and quotation marks as Chinese fonts draw them
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1f000:
		return 1.3
	}
	return 0.6
}

func measure(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += em(r)
	}
	return w * size
}

// plain makes s one line of what XML can hold.
func plain(s string) string {
	if tidy(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return ' '
		case r == 0xfffe || r == 0xffff:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return text.OneLine(s)
}

// tidy says that plain has nothing to do, as is the rule.
func tidy(s string) bool {
	space := true
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == ' ' && space || r >= 0x80 && (r < 0xa1 || r == utf8.RuneError || r >= 0xfffe && r <= 0xffff || unicode.IsSpace(r)) {
			return false
		}
		space = r == ' '
	}
	return !space || s == ""
}

const (
	noStart = "，。、；：？！）》」』】”’…％,.;:?!)]%" // may not begin a line
	noEnd   = "（《「『【“‘([$"                // may not end one
)

// joined says that r belongs to the character before it.
func joined(before, r rune) bool {
	return r >= 0x80 && (em(r) == 0 || r >= 0x1f3fb && r <= 0x1f3ff) || before == 0x200d
}

// wrap sets s in at most lines lines of a width, the last one cut with an ellipsis if need be.
// Latin breaks at spaces, Han anywhere but where a sign would stand alone. Where the last line
// would hold a lonely word, the lines are made more even.
func wrap(s string, width, size float64, lines int) []string {
	s = plain(s)
	out := set(s, width, size, lines)
	n := len(out)
	if n < 2 || measure(out[n-1], size) > width*0.4 {
		return out
	}
	var first []string
	for narrow := measure(s, size) / float64(n); narrow < width; narrow += size {
		even := set(s, narrow, size, n)
		if strings.HasSuffix(even[len(even)-1], ellipsis) && !strings.HasSuffix(s, ellipsis) {
			continue
		}
		if first == nil {
			first = even
		}
		if !slices.ContainsFunc(even[:len(even)-1], inWord) {
			return even
		}
	}
	if first != nil {
		return first
	}
	return out
}

// inWord says that a line ends between two Han characters.
func inWord(line string) bool {
	r, _ := utf8.DecodeLastRuneInString(line)
	return em(r) >= 1 && !strings.ContainsRune(signs, r)
}

// signs are where a line of Han ends well.
const signs = "，、；：）》」"

const ellipsis = "…"

func set(s string, width, size float64, lines int) []string {
	var out []string
	for len(out) < lines-1 && measure(s, size) > width {
		n := breakAt(s, width/size)
		if n >= len(s) {
			break
		}
		out = append(out, strings.TrimSpace(s[:n]))
		s = strings.TrimSpace(s[n:])
	}
	return append(out, cut(s, width, size))
}

// breakAt gives the byte where a line of s has to end, at least one character on. Han may break
// between any two characters, which cuts words in two: a sign in the line's second half goes first.
func breakAt(s string, ems float64) int {
	w, last, sign := 0.0, 0, 0
	var before rune
	for i, r := range s {
		if i > 0 && !joined(before, r) {
			wide := em(before) >= 1 || em(r) >= 1
			switch {
			case before == ' ', before == '-' || before == '–' || before == '/',
				wide && !strings.ContainsRune(noStart, r) && !strings.ContainsRune(noEnd, before) && r != ' ':
				last = i
				if strings.ContainsRune(signs, before) && w > ems*0.45 {
					sign = i
				}
			}
		}
		w += em(r)
		if r != ' ' && w > ems && i > 0 && !joined(before, r) {
			if sign > 0 {
				return sign
			}
			if last > 0 {
				return last
			}
			return i
		}
		before = r
	}
	return len(s)
}

// cut shortens s to a width, saying so with an ellipsis.
func cut(s string, width, size float64) string {
	s = plain(s)
	if measure(s, size) <= width {
		return s
	}
	n := breakChars(s, width/size-em('…'))
	if space := strings.LastIndexByte(s[:n], ' '); space > n*6/10 {
		n = space
	}
	return strings.TrimRightFunc(s[:n], func(r rune) bool { return strings.ContainsRune(" ,.;:，。、；：-–—(（", r) }) + ellipsis
}

// breakChars gives the byte after the last whole character that fits.
func breakChars(s string, ems float64) int {
	w, fits := 0.0, 0
	var before rune
	for i, r := range s {
		if !joined(before, r) {
			if w > ems {
				return fits
			}
			fits = i
		}
		w += em(r)
		before = r
	}
	if w > ems {
		return fits
	}
	return len(s)
}
