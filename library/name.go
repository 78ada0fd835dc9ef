package library

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"entente/internal/text"
	"entente/standard/tlp"
)

// longestName is how many bytes a name may have, so that with a mark before it every file system
// takes it; a Chinese character is three.
const longestName = 180

// reserved are names that Windows keeps for devices, whatever follows the point.
var reserved = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

// CleanName gives a name under which every system can keep a file: the last part of a path,
// without invisible characters and signs that some system does not take, not hidden, not that of
// a device, and no longer than 180 bytes with its extension kept. It is never empty.
func CleanName(s string) string {
	s = strings.ToValidUTF8(s, "")
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, text.CleanName(s))
	s = trim(s)
	if stem, _, _ := strings.Cut(s, "."); slices.Contains(reserved, strings.ToLower(strings.TrimSpace(stem))) {
		s = "_" + s
	}
	if len(s) > longestName {
		ext := path.Ext(s)
		if len(ext) > 20 {
			ext = ""
		}
		s = trim(cut(strings.TrimSuffix(s, ext), longestName-len(ext))) + ext
	}
	if s == "" {
		return "file"
	}
	return s
}

// trim takes off what hides a file, and what Windows takes off itself.
func trim(s string) string { return strings.TrimLeft(strings.TrimRight(s, ". "), ". ") }

// cut shortens a text to n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// MarkedName is the name under which a file leaves the node: the mark stands first, behind it the
// national mark where there is one.
func MarkedName(mark tlp.Label, national, name string) string {
	m := strings.ReplaceAll(string(mark), ":", "-") + " "
	if national != "" {
		m += CleanName(national) + " "
	}
	return m + name
}

// Stem is a name without its extension: the title of a file that was given none.
func Stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
