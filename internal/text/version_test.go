package text

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// Texts of many sorts: what is stored was made of such.
var kept = []string{
	"EU-China Dialogue on Migration and Mobility", "Mobility partnerships’ officials, re-admitted in 2019-03", "Über naïve Ångström, ŁÓDŹ", "Output 9", "Output 10",
	"中欧人员往来和移民领域对话", "国家移民管理局（北京）", "重庆 重量", "e-mail: info@example.org", "ﬁne ①②③", "ⅣКириллица", "Ｈａｌｆ－ｗｉｄｔｈ", "ｶﾀｶﾅ한국어", "  spaces\tand\nlines ", "é", "e\u0301",
	"“一带一路”倡议", "會議紀要，弗兰斯·蒂默曼斯", "co-operation, state-of-the-art",
}

func sumOf(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h[:8])
}

// TestStoredForms: sort keys, folded names and the words of the search stand in databases. Where one
// is made otherwise its version has to be raised, or what was stored before would be sorted and
// found by other rules; a library that moves its tables is noticed here too.
func TestStoredForms(t *testing.T) {
	var keys, words []string
	for _, s := range kept {
		for _, lang := range []string{"en", "zh", "de", "zh-u-co-stroke", ""} {
			keys = append(keys, string(SortKey(lang, s)))
		}
		keys = append(keys, Fold(s), Sought(s))
		words = append(words, Index(s))
	}
	words = append(words, Index("COVID-19, 3-D, 2019-03"))
	// A new version is a new line; a line is never changed.
	collations := map[string]string{
		"cldr23-numeric-1": "fe4933d4a699fee0", // without Sought, and without the last three texts
		"cldr23-numeric-2": "432aa273f4c8b3b3",
	}
	indexes := map[int]string{
		1: "9f61847fcd641d7d", // without the last three texts
		2: "5eff82422e4a1661", // without the text beside those kept
		3: "1410fdd396c400c7",
	}
	if got := sumOf(keys...); got != collations[CollationVersion] {
		t.Errorf("sort keys or folded names are made otherwise (%s) than version %s says: raise CollationVersion and enter a line for it", got, CollationVersion)
	}
	if got := sumOf(words...); got != indexes[WordsVersion] {
		t.Errorf("words are made otherwise (%s) than version %d says: raise WordsVersion and enter a line for it", got, WordsVersion)
	}
}
