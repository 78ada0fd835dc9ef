package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"entente/internal/text"
)

// Piece is a part of a text: with Hit one that was sought, to be marked.
type Piece struct {
	Text string
	Hit  bool
}

// unit is a word, or one Chinese character, of a text: where it stands and by what it is found.
type unit struct {
	from, to int // bytes
	token    string
	han      bool
	tied     bool // a word that a hyphen alone parts from the one before
}

func units(s string) (out []unit) {
	begin := -1
	flush := func(end int) {
		if begin < 0 {
			return
		}
		if token := strings.TrimSpace(text.Index(s[begin:end])); token != "" {
			tied := false
			if n := len(out); n > 0 && !out[n-1].han {
				r, size := utf8.DecodeRuneInString(s[out[n-1].to:begin])
				tied = out[n-1].to+size == begin && text.Ties(r)
			}
			out = append(out, unit{begin, end, token, false, tied})
		}
		begin = -1
	}
	for at, r := range s {
		_, size := utf8.DecodeRuneInString(s[at:])
		next, _ := utf8.DecodeRuneInString(s[at+size:])
		inside := unicode.IsLetter(r) || unicode.IsNumber(r) || begin >= 0 && (unicode.IsMark(r) ||
			text.WithinWord(r) && unicode.IsLetter(next) && !text.Unspaced(next))
		switch {
		case text.Unspaced(r):
			flush(at)
			out = append(out, unit{from: at, to: at + size, token: text.Index(string(r)), han: true})
		case inside:
			if begin < 0 {
				begin = at
			}
		default:
			flush(at)
		}
	}
	flush(len(s))
	return out
}

// together gives the words that hyphens tie to one another as the words that they make, and each
// two of them that stand side by side.
func together(s string, us []unit) (out []unit) {
	for i := 0; i < len(us); {
		end := i + 1
		for end < len(us) && us[end].tied {
			end++
		}
		for j := i; j+2 <= end; j++ {
			out = append(out, compound(s, us[j:j+2]))
		}
		if end > i+2 {
			out = append(out, compound(s, us[i:end]))
		}
		i = end
	}
	return out
}

func compound(s string, us []unit) unit {
	var b strings.Builder
	for _, u := range us {
		b.WriteString(s[u.from:u.to])
	}
	return unit{from: us[0].from, to: us[len(us)-1].to, token: text.Index(b.String())}
}

// needles gives what to look for in units: words or characters that follow one another, as
// text.Query reads what was typed.
func needles(words string) (out [][]unit) {
	if r := []rune(words); len(r) > maxWords {
		words = string(r[:maxWords])
	}
	for chunk := range strings.FieldsSeq(words) {
		var run []unit
		flush := func() {
			if len(run) == 0 {
				return
			}
			out = append(out, run)
			if all := together(chunk, run); len(all) > 0 && all[len(all)-1].from == run[0].from && all[len(all)-1].to == run[len(run)-1].to {
				out = append(out, all[len(all)-1:])
			}
			run = nil
		}
		for _, u := range units(chunk) {
			if n := len(run); n > 0 && run[n-1].han != u.han {
				flush()
			}
			run = append(run, u)
		}
		flush()
	}
	return out[:min(len(out), 2*maxPhrase)]
}

// span is a stretch of a text, in bytes.
type span struct{ from, to int }

// spans finds the needles in a text.
func spans(s string, ns [][]unit) (out []span) {
	us := units(s)
	compounds := together(s, us)
	for _, n := range ns {
		for i := 0; i+len(n) <= len(us); i++ {
			ok := true
			for j := range n {
				if u := us[i+j]; u.token != n[j].token || u.han != n[j].han {
					ok = false
					break
				}
			}
			if ok {
				out = append(out, span{us[i].from, us[i+len(n)-1].to})
			}
		}
		for _, u := range compounds {
			if len(n) == 1 && !n[0].han && u.token == n[0].token {
				out = append(out, span{u.from, u.to})
			}
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.from - b.from })
	merged := out[:0]
	for _, p := range out {
		if n := len(merged); n > 0 && p.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, p.to)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}

// Mark cuts a text into pieces, those sought among them marked.
func Mark(s, words string) []Piece { return pieces(s, spans(s, needles(words))) }

func pieces(s string, hits []span) (out []Piece) {
	at := 0
	for _, h := range hits {
		if h.from > at {
			out = append(out, Piece{Text: s[at:h.from]})
		}
		out = append(out, Piece{s[h.from:h.to], true})
		at = h.to
	}
	if at < len(s) {
		out = append(out, Piece{Text: s[at:]})
	}
	return out
}

// Excerpt gives about so many characters of a text around the first thing sought, marked; nil
// when nothing sought occurs in it.
func Excerpt(s, words string, runes int) []Piece {
	s = text.Paragraphs(s)
	ns := needles(words)
	hits := spans(s, ns)
	if len(hits) == 0 {
		return nil
	}
	from := back(s, hits[0].from, runes/3)
	to := forth(s, max(from, hits[0].to), runes-len([]rune(s[from:hits[0].to])))
	cut := s[from:to]
	out := pieces(cut, spans(cut, ns))
	if from > 0 {
		out = slices.Insert(out, 0, Piece{Text: "…"})
	}
	if to < len(s) {
		out = append(out, Piece{Text: "…"})
	}
	return out
}

// back gives a place at most n characters before at, where a word begins.
func back(s string, at, n int) int {
	place := at
	for i := at; i > 0 && n > 0; n-- {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if i == 0 || text.Unspaced(r) || before == ' ' {
			place = i
		}
	}
	return place
}

// forth gives a place at most n characters behind at, where a word ends.
func forth(s string, at, n int) int {
	place := at
	for i, r := range s[at:] {
		if n--; n < 0 {
			return place
		}
		if r == ' ' {
			place = at + i
		} else if text.Unspaced(r) {
			place = at + i + utf8.RuneLen(r)
		}
	}
	return len(s)
}
