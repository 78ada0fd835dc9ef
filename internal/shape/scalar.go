package shape

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errEncoding = errors.New("shape: text is not UTF-8")

// writeScalar writes s as a YAML scalar and ends the line. indent is that of the lines of a
// block. A text is plain where nobody could read it as anything else, a block where it has
// several lines, and in double quotes otherwise.
func writeScalar(b *strings.Builder, s string, indent int) error {
	switch {
	case !utf8.ValidString(s):
		return errEncoding
	case isPlain(s) && !looksTyped(s):
		b.WriteString(s)
	case isBlock(s):
		b.WriteString("|-\n")
		for line := range strings.SplitSeq(s, "\n") {
			if line != "" {
				writeIndent(b, indent)
				b.WriteString(line)
			}
			b.WriteByte('\n')
		}
		return nil
	default:
		quote(b, s)
	}
	b.WriteByte('\n')
	return nil
}

func writeIndent(b *strings.Builder, n int) {
	for range n {
		b.WriteByte(' ')
	}
}

// isPlain says whether s can stand without quotes, as value or as key.
func isPlain(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) {
		return false
	}
	return !strings.HasSuffix(s, ":") && !strings.HasSuffix(s, " ") &&
		!strings.Contains(s, ": ") && !strings.Contains(s, " #") && !strings.ContainsFunc(s, isOdd)
}

// isBlock says whether s can be a literal block that ends without a line end.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.ContainsAny(s[:1], " \n") || strings.HasSuffix(s, "\n") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasSuffix(line, " ") || strings.ContainsFunc(line, isOdd) {
			return false
		}
	}
	return true
}

// isOdd says whether r must be escaped: it breaks a line, or nobody would see it.
func isOdd(r rune) bool {
	switch r {
	case '\u00A0', '\u202F', '\u3000': // spaces of French and Chinese typography
		return false
	case '\u200C', '\u200D': // joiners, in emoji and in Persian
		return false
	}
	return !unicode.IsPrint(r)
}

// looksTyped says whether another reader of YAML than ours would take a plain s for a number, a
// truth value, nothing, or a date.
func looksTyped(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	_, notInt := strconv.ParseInt(s, 0, 64)
	_, notFloat := strconv.ParseFloat(s, 64)
	return notInt == nil || notFloat == nil || strings.Trim(s, "0123456789_.:+- TZ") == ""
}

// quote writes s in double quotes.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !isOdd(r):
			b.WriteRune(r)
		case r <= 0xFFFF:
			fmt.Fprintf(b, `\u%04X`, r)
		default:
			fmt.Fprintf(b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
}
