package text

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"  Zhang \t\n Wei ":               "Zhang Wei",
		"张　伟":                             "张 伟",
		"O'Neill-Ünal":                    "O'Neill-Ünal",
		"U\u0308nal":                      "Ünal",
		"\u202eevil\u202c\u200e":          "evil",
		"\u2067abc\u2069":                 "abc",
		"a\u200bb\u200cc\u200dd\ufeffe":   "abcde",
		"a\x00b\x07c\x7fd\u0085e":         "abcd e",
		"soft\u00adhyphen":                "softhyphen",
		"Ｆｕｌｌ":                            "Ｆｕｌｌ",
		"王\U0001F600":                     "王\U0001F600",
		"𬭎":                               "𬭎",
		"\xff\xfebad":                     "bad",
		"\u3164\u2800":                    "",
		"a\U000E0041b":                    "ab",
		"葛\U000E0100":                     "葛\U000E0100", // a variant of a Han character is part of a name
		strings.Repeat("长", 300):          strings.Repeat("长", 300),
		strings.Repeat("\u202e ", 300):    "",
		"a" + strings.Repeat("\u0301", 3): "á\u0301\u0301",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"O'Neill-Ünal":            "oneill unal",
		"O’NEILL‑ÜNAL":            "oneill unal",
		"O\u2019\u200bNeill Unal": "oneill unal",
		"ＭＭＳＰ２　（Ⅱ）":               "mmsp2 (ii)",
		"Łódź, Ærø, Þór, Straße":  "lodz, aero, thor, strasse",
		"Ħal Għargħur":            "hal gharghur",
		"İstanbul ISPARTA ılıca":  "istanbul isparta ilica",
		"Αθήνα ΆΓΙΟΣ":             "αθηνα αγιοσ",
		"Йордан":                  "йордан",
		"が":                       "が",
		"弗兰斯·蒂默曼斯":                "弗兰斯 蒂默曼斯",
		"所谓‘重点’工作":                "所谓 重点 工作",
		"the boys' house":         "the boys house",
		"l'immigration":           "limmigration",
		"\u202eabc\u202c\u200f":   "abc",
		"ϒ\xf3ϒ":                  "υυ",
		"a\x00b":                  "ab",
		"王\U0001F600":             "王\U0001F600",
		"葛\U000E0100":             "葛",
		"❤\ufe0f":                 "❤",
		"ﬁne":                     "fine",
		"--a--":                   "a",
		"caf\u0065\u0301":         "cafe",
		strings.Repeat("Ü", 300):  strings.Repeat("u", 300),
		"Vũ Thị Hằng, Đặng":       "vu thi hang, dang",
		"ǅ":                       "dz",
		"欧阳 娜":                    "欧阳 娜",
	} {
		got := Fold(in)
		if got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
		if twice := Fold(got); twice != got {
			t.Errorf("folding %q twice gives %q", got, twice)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"O'Neill-Ünal", "ＭＭＳＰ２", "欧阳", "\u202e", "\xff", "ΐ", "ŉ", "´", "㎏", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := Fold(s)
		if !utf8.ValidString(a) || strings.ContainsRune(a, 0) || strings.TrimSpace(a) != a {
			t.Fatalf("Fold(%q) = %q", s, a)
		}
		c := CleanName(s)
		if CleanName(c) != c || !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
			t.Fatalf("CleanName(%q) = %q, then %q", s, c, CleanName(c))
		}
	})
}

func sorted(lang string, in ...string) []string {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b string) int { return bytes.Compare(SortKey(lang, a), SortKey(lang, b)) })
	return out
}

func TestSortKey(t *testing.T) {
	for lang, want := range map[string][]string{
		"en":             {"Activity 2", "Activity 10", "Émigré", "emigrant 1", "Output 9", "output 10", "zone"},
		"zh":             {"北京", "波恩", "广州", "欧盟", "上海", "张伟", "中国"},
		"zh-u-co-stroke": {"丁一", "王一", "张一", "曾一"},
		"sv":             {"Arvika", "Zorn", "Åre", "Ängelholm", "Öland"},
		"de":             {"Ängelholm", "Arvika", "Öland", "Zorn"},
		"xx":             {"a", "b"},
		"??":             {"a", "b"},
	} {
		shuffled := slices.Clone(want)
		slices.Reverse(shuffled)
		if lang == "en" {
			want = []string{"Activity 2", "Activity 10", "emigrant 1", "Émigré", "Output 9", "output 10", "zone"}
		}
		if got := sorted(lang, shuffled...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	if !bytes.Equal(SortKey("zh-Hans-CN", "重庆"), SortKey("zh", "重庆")) {
		t.Error("a tag with a region sorts otherwise")
	}
	for _, s := range []string{strings.Repeat("长", 300), strings.Repeat("9", 5000), strings.Repeat("á", 100000), "\x00", "\xff", "\U0001F600"} {
		if k := SortKey("zh", s); len(k) > maxSortKey {
			t.Errorf("a key of %d bytes", len(k))
		}
	}
	if k := SortKey("en", ""); len(k) != 0 && bytes.Compare(k, SortKey("en", "a")) >= 0 {
		t.Error("nothing sorts after something")
	}
}

func TestSortKeyTogether(t *testing.T) {
	want := SortKey("zh", "国家移民管理局 12")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if !bytes.Equal(SortKey("zh", "国家移民管理局 12"), want) {
					t.Error("keys differ between goroutines")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestPinyin(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "张伟": "zhang wei", "单霁翔": "shan ji xiang", "曾国藩": "zeng guo fan", "解缙": "xie jin", "仇英": "qiu ying",
		"查良镛": "zha liang yong", "翟志刚": "zhai zhi gang", "尉迟恭": "yu chi gong", "欧阳修": "ou yang xiu", "朴槿惠": "piao jin hui",
		"区伟": "ou wei", "万俟卨": "mo qi xie", "长孙无忌": "zhang sun wu ji", "任华": "ren hua", "卜偃": "bu yan", "王曾": "wang ceng",
		"吕布": "lv bu", "张 伟": "zhang wei", "ZHANG Wei": "zhang wei", "O'Neill-Ünal": "oneill unal", "欧阳": "ou yang", "单": "dan",
		"\u202e张伟\u200b": "zhang wei", "叶圣陶": "ye sheng tao", "沈从文": "shen cong wen", "覃志": "qin zhi",
	} {
		if got := Pinyin(in); got != want {
			t.Errorf("Pinyin(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"解放": "jie fang", "中国人民银行": "zhong guo ren min yin hang", "重庆": "chong qing", "成都": "cheng du", "西藏": "xi zang",
		"EU中国2019": "eu zhong guo 2019", "弗兰斯·蒂默曼斯": "fu lan si di mo man si", "部长": "bu zhang",
	} {
		if got := PinyinText(in); got != want {
			t.Errorf("PinyinText(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkSortKey(b *testing.B) {
	for b.Loop() {
		SortKey("zh", "中欧人员往来和移民领域对话第二期支持项目研讨会 12")
	}
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  a  b ": "a  b", "one\r\n\ttwo": "one two", "第一行\n第二行": "第一行第二行", "中 \n en": "中 en",
		"abc\u202etxt.exe": "abctxt.exe", "a\u2066b\u2069\u200f": "ab", "Bor\u200bder\ufeffless\u00ad": "Borderless",
		"👩\u200d👩\u200d👧": "👩\u200d👩\u200d👧", "a\u200db 👩\u200d": "ab 👩", "می\u200cخواهم": "می\u200cخواهم", "क्\u200dष": "क्\u200dष",
		"移\u200d民": "移民", "🏴\U000e0067\U000e0062\U000e007f": "🏴\U000e0067\U000e0062\U000e007f", "x\U000e0067": "x",
		"O'Neill-Ünal": "O'Neill-Ünal", "欧阳　先生": "欧阳　先生", "nul\x00": "nul\x00", "half \xe6\xac\n": "half \xe6\xac\n",
	} {
		got := Line(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := Line(got); again != got {
			t.Errorf("%q: %q again gives %q", in, got, again)
		}
	}
}
