package access

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"entente/internal/fault"
	"entente/internal/text"
	"entente/standard/tlp"
)

// longestNational is how many characters a national mark has at most.
const longestNational = 60

// classified are the words by which states and the European Union declare classified material, as
// wordsOf gives them. Such material is not held here; whoever writes one of these as the mark of an
// object would say that it is. Behind the Chinese ones may stand for how long: 机密★10年.
var (
	classifiedChinese = []string{"国家秘密", "国家机密", "國家秘密", "國家機密", "绝密", "絕密", "机密", "機密", "秘密"}
	classified        = slices.Concat(classifiedChinese, []string{
		"secret", "top secret", "most secret", "confidential", "restricted",
		"nato secret", "nato confidential", "nato restricted", "cosmic top secret",
		"eu secret", "eu top secret", "eu confidential", "eu restricted",
		"secret ue", "secret ue eu secret", "tres secret ue", "tres secret ue eu top secret",
		"confidentiel ue", "confidentiel ue eu confidential", "restreint ue", "restreint ue eu restricted",
		"tres secret", "secret defense", "tres secret defense", "confidentiel", "confidentiel defense", "restreint",
		"geheim", "streng geheim", "vs vertraulich", "vs nfd", "vs nur fur den dienstgebrauch",
		"zeer geheim", "stg geheim", "stg zeer geheim", "stg confidentieel",
		"secreto", "reservado", "muito secreto", "segreto", "segretissimo", "riservato", "riservatissimo",
		"scisle tajne", "tajne", "poufne", "zastrzezone",
	})
)

// wordsOf brings a mark into the form in which it is compared: folded, without signs between the words.
func wordsOf(mark string) string {
	return strings.Join(strings.FieldsFunc(text.Fold(mark), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// declaresClassified says whether a mark, as a whole, is a word for classified material.
func declaresClassified(mark string) bool {
	w := wordsOf(mark)
	if slices.Contains(classified, w) {
		return true
	}
	first, term, _ := strings.Cut(w, " ")
	for _, c := range classifiedChinese {
		if rest, ok := strings.CutPrefix(first, c); ok && strings.Trim(rest+term, "0123456789年月日级件长期 ") == "" {
			return true
		}
	}
	return false
}

// CheckNational gives the faults of the field "national". What everybody may read has no such mark.
func CheckNational(mark tlp.Label, national string) (f fault.Fields) {
	switch {
	case national == "":
	case utf8.RuneCountInString(national) > longestNational:
		f.Add("national", national, "fault.national-long", "most", longestNational)
	case declaresClassified(national):
		f.Add("national", national, "fault.national-classified")
	case mark == tlp.CLEAR:
		f.Add("national", national, "fault.national-clear")
	}
	return f
}
