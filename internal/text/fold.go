package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// invisible says whether a person sees nothing of r, so that two names that look the same must
// not differ by it: format characters (zero width, bidirectional marks, soft hyphen, tags),
// control characters other than white space, and letters that are blank.
func invisible(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0', utf8.RuneError:
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) ||
		r >= '\ufff0' && r <= '\ufff8' || r >= 0xe0000 && r <= 0xe00ff
}

func space(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' }

// CleanName gives s as a name is stored: in normal form C (Unicode Standard Annex 15), without
// invisible characters, control characters or invalid bytes, white space collapsed to single
// spaces and gone at both ends. It changes nothing that a reader sees; the emoji that are joined
// from several by a zero-width character come apart.
func CleanName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case space(r):
			gap = b.Len() > 0
		case !invisible(r):
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// Line gives s as a title or another text of one line is stored: as Visible has it, without line
// breaks and tabs.
func Line(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	breaks := false // a line ended, and nothing was written since
	last := ' '
	rs := runes(s)
	for i, r := range rs {
		switch {
		case strings.ContainsRune(ends+"\t", r):
			breaks = true
			continue
		case breaks && unicode.IsSpace(r):
			continue
		case hidden(rs, i, last):
			continue
		}
		if breaks && b.Len() > 0 && !unicode.IsSpace(last) && !tight(b.String(), string(rs[i:min(i+reach+1, len(rs))])) {
			b.WriteByte(' ')
		}
		breaks = false
		b.WriteRune(r)
		last = r
	}
	return strings.TrimSpace(b.String())
}

// joins says whether a zero-width joiner or non-joiner beside r changes what a reader sees: in
// scripts whose letters join, and between the pictures of an emoji. In Latin, Greek, Cyrillic and
// Chinese it does not.
func joins(r rune) bool {
	if r < 0x80 || unicode.IsSpace(r) || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r >= 0xe0020 && r <= 0xe007f
}

// apostrophes are dropped inside a word, since people leave them out or type any of them.
const apostrophes = "'’‘ʼʻʹ′`´＇‛ʿʾ"

// gaps separate the parts of a name and are typed in many ways: hyphens, dashes, middle dots.
const gaps = "-‐‑‒–—―−﹣－_·・•‧∙⋅･"

// hyphens are those of the gaps that stand within a word, which others write without: co-operation.
const hyphens = "-‐‑﹣－"

// plain has the Latin letters that fold to others without being composed of a letter and a mark.
var plain = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ł': "l", 'ŋ': "n", 'ŧ': "t", 'ß': "ss", 'ĸ': "k",
}

// Fold gives the form by which texts and names are compared and searched, never shown: NFKC
// (full-width letters become half-width), case folded, invisible characters gone, accents off
// Latin and Greek letters (Cyrillic й and Japanese が stay what they are), apostrophes inside
// words dropped, hyphens and middle dots made spaces, spaces collapsed: "O'Neill-Ünal" becomes
// "oneill unal".
func Fold(s string) string { return fold(s, false) }

// fold is Fold. With hyphened, a hyphen between two letters of a script that has words stays, as
// "-", as does one between a letter and a figure (COVID-19).
func fold(s string, hyphened bool) string {
	// Normalization stops at an invalid byte; ´ would decompose into a space and an accent.
	s = strings.ToValidUTF8(s, "")
	s = norm.NFKC.String(strings.ReplaceAll(s, "´", "'"))
	s = norm.NFKC.String(cases.Fold().String(s))
	var words strings.Builder
	words.Grow(len(s))
	prev := ' '
	for rest := s; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		switch {
		case invisible(r):
			continue
		case strings.ContainsRune(apostrophes, r):
			// Chinese writes quotation marks with the same characters: they separate.
			next := visibleRune(rest)
			if unicode.IsLetter(prev) && !cjk(prev) && unicode.IsLetter(next) && !cjk(next) {
				continue
			}
			r = ' '
		case hyphened && strings.ContainsRune(hyphens, r) && tiedTo(prev, visibleRune(rest)):
			r = '-'
		case space(r), strings.ContainsRune(gaps, r):
			r = ' '
		}
		words.WriteRune(r)
		prev = r
	}
	var b strings.Builder
	b.Grow(len(s))
	gap, stripping := false, false
	for _, r := range norm.NFKD.String(words.String()) {
		switch {
		case r == ' ':
			gap = b.Len() > 0
			stripping = false
			continue
		case unicode.Is(unicode.Mn, r):
			if stripping || unicode.Is(unicode.Variation_Selector, r) {
				continue
			}
		default:
			stripping = unicode.In(r, unicode.Latin, unicode.Greek)
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		if p, ok := plain[r]; ok {
			b.WriteString(p)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFKC.String(b.String())
}

// tiedTo says whether a hyphen between two characters ties them: two figures are apart (2019-03).
func tiedTo(before, after rune) bool {
	return wordly(before) && (wordly(after) || unicode.IsDigit(after)) || unicode.IsDigit(before) && wordly(after)
}

// wordly says whether r is of a word that may be written with a hyphen.
func wordly(r rune) bool { return (unicode.IsLetter(r) || unicode.IsMark(r)) && !cjk(r) }

// visibleRune gives the first character of s that is not invisible, a space when there is none.
func visibleRune(s string) rune {
	for _, r := range s {
		if !invisible(r) {
			return r
		}
	}
	return ' '
}

// CollationVersion names the tables and rules that SortKey and Fold use. Keys of different versions
// do not compare: where it moved, an upgrade makes the stored ones anew.
const CollationVersion = "cldr" + collate.CLDRVersion + "-numeric-2"

// maxSortKey bounds a key, in bytes, so that it always fits an index row of either engine. The
// first 200 or so characters decide; what differs only behind them compares as equal.
const maxSortKey = 1024

type sorter struct {
	c   *collate.Collator
	buf collate.Buffer
}

var sorters sync.Map // language → *sync.Pool of *sorter: a collator serves one goroutine at a time

// SortKey gives the key by whose bytes texts sort as readers of lang expect (Unicode Technical
// Standard 10 with the tailoring of CLDR; Chinese by pinyin, or for "zh-u-co-stroke" by the number
// of strokes), digits by their number: "Output 9" before "Output 10". Keys of different languages
// do not compare. An unknown language sorts by the root order. CLDR reads each character one way (重庆 sorts under zhong), which is why names
// have a sort name that a person may change. The key is at most 1,024 bytes.
func SortKey(lang, s string) []byte {
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.Und
	}
	// One pool a language without script and region, so that input cannot make the map grow.
	base, _ := tag.Base()
	key := base.String()
	if tag.TypeForKey("co") == "stroke" {
		key += "-u-co-stroke"
	}
	p, ok := sorters.Load(key)
	if !ok {
		tag := language.Make(key)
		p, _ = sorters.LoadOrStore(key, &sync.Pool{New: func() any {
			return &sorter{c: collate.New(tag, collate.Numeric)}
		}})
	}
	pool := p.(*sync.Pool)
	so := pool.Get().(*sorter)
	defer pool.Put(so)
	so.buf.Reset()
	k := so.c.KeyFromString(&so.buf, firstRunes(CleanName(s), 400))
	return append([]byte(nil), k[:min(len(k), maxSortKey)]...)
}

// firstRunes gives at most n characters of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Pinyin gives the first sort name of a person with a Chinese name, one lower-case syllable per
// character without tones: 欧阳修 becomes "ou yang xiu", so that names sort by syllable as in
// Chinese lists. At the beginning, readings that a character has only as a family name are used
// (单 shan, 曾 zeng, 尉迟 yu chi). What is not Chinese is folded. The result is a proposal that a
// person may change: some families read their name otherwise.
func Pinyin(s string) string {
	s = CleanName(s)
	for _, n := range [...]int{2, 1} { // compound family names first
		head := firstRunes(s, n)
		if r, ok := families[head]; ok && utf8.RuneCountInString(s) > n {
			return strings.TrimSpace(r + " " + PinyinText(s[len(head):]))
		}
	}
	return PinyinText(s)
}

// PinyinText is Pinyin for titles and names of institutions and places, without the readings of
// family names but with those of some words: 银行 yin hang, 重庆 chong qing.
func PinyinText(s string) string {
	args := pinyin.Args{Style: pinyin.Normal}
	var b, other strings.Builder
	put := func(syllables string) {
		if syllables == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(syllables)
	}
	rest := CleanName(s)
	for rest != "" {
		if head := firstRunes(rest, 2); words[head] != "" {
			put(Fold(other.String()))
			other.Reset()
			put(words[head])
			rest = rest[len(head):]
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		p := pinyin.SinglePinyin(r, args)
		if r == '都' { // in names it is a capital, not "all"
			p = []string{"du"}
		}
		if len(p) == 0 {
			other.WriteRune(r)
			continue
		}
		put(Fold(other.String()))
		other.Reset()
		put(p[0])
	}
	put(Fold(other.String()))
	return b.String()
}

// families has the readings of family names where the dictionary's first reading is another
// one. Where families differ (覃 Qin, Tan; 盖 Ge, Gai; 乐 Yue, Le) it is the more frequent one.
var families = map[string]string{
	"单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "翟": "zhai", "盖": "ge", "朴": "piao",
	"区": "ou", "薄": "bo", "缪": "miao", "乐": "yue", "员": "yun", "召": "shao", "郇": "xun", "卜": "bu", "覃": "qin",
	"阚": "kan", "繁": "po", "秘": "bi", "祭": "zhai", "么": "yao", "洗": "xian", "折": "she", "句": "gou", "佴": "nai",
	"种": "chong", "都": "du", "宿": "su", "柏": "bai", "叶": "ye", "沈": "shen", "葛": "ge", "任": "ren", "华": "hua",
	"宁": "ning", "应": "ying", "牟": "mou", "莘": "shen", "车": "che", "石": "shi", "长": "chang", "盛": "sheng",
	"尹": "yin", "褚": "chu", "那": "na", "芮": "rui", "逄": "pang", "晁": "chao", "幺": "yao", "訾": "zi", "仝": "tong",
	"於": "yu", "谌": "chen", "贾": "jia", "隗": "wei", "冼": "xian", "能": "nai", "强": "qiang", "谷": "gu", "尉": "wei",
	"尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu", "欧阳": "ou yang",
	"单于": "chan yu", "乐正": "yue zheng", "拓跋": "tuo ba", "宰父": "zai fu", "鲜于": "xian yu", "淳于": "chun yu",
	"司马": "si ma", "诸葛": "zhu ge", "上官": "shang guan", "夏侯": "xia hou", "皇甫": "huang fu", "宇文": "yu wen",
	"呼延": "hu yan", "钟离": "zhong li", "濮阳": "pu yang", "公孙": "gong sun", "慕容": "mu rong", "司徒": "si tu",
}

// words has words of names and titles in this field in which a character is not read the
// dictionary's first way.
var words = map[string]string{
	"银行": "yin hang", "央行": "yang hang", "行业": "hang ye", "重庆": "chong qing", "厦门": "xia men", "六安": "lu an",
	"蚌埠": "beng bu", "西藏": "xi zang", "长江": "chang jiang", "长春": "chang chun", "长沙": "chang sha", "长城": "chang cheng",
	"长期": "chang qi", "长效": "chang xiao", "会计": "kuai ji", "协调": "xie tiao", "调解": "tiao jie", "调整": "tiao zheng",
	"参与": "can yu", "传播": "chuan bo", "台州": "tai zhou", "丽水": "li shui", "重点": "zhong dian", "重新": "chong xin",
	"重返": "chong fan", "遣返": "qian fan", "空白": "kong bai", "签证": "qian zheng", "省会": "sheng hui", "朝阳": "chao yang",
	"朝鲜": "chao xian", "便利": "bian li", "处理": "chu li", "处置": "chu zhi", "扎实": "zha shi", "率先": "shuai xian",
	"供应": "gong ying", "大夫": "dai fu", "音乐": "yin yue", "乐清": "yue qing", "番禺": "pan yu", "尉犁": "yu li",
}
