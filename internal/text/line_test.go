package text

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// breaksIn has texts in several lines and the same in one.
var breaksIn = map[string]string{
	"第一行，\n第二行。": "第一行，第二行。", "第一行\n第二行": "第一行第二行", "第一行\r\n第二行": "第一行第二行", "第一行\v第二行": "第一行第二行",
	"第一行\u2028第二行": "第一行第二行", "中文\nEnglish": "中文 English", "English\n中文": "English 中文", "one\ntwo": "one two", "2019\n年": "2019年", "page 3\n中文": "page 3 中文",
	"后行：\nIOM说": "后行：IOM说", "IOM，\nEU": "IOM，EU", "IOM\n（EU）": "IOM（EU）", "the\n“中文” text": "the “中文” text", "甲\n１２乙": "甲１２乙", "甲１\n乙": "甲１乙",
	"甲１\n２乙": "甲１ ２乙", "甲12\n34": "甲12 34", "甲℃\n乙": "甲℃乙", "25℃\n左右": "25℃左右", "甲①\n乙": "甲①乙", "甲\n②乙": "甲②乙", "第3\n条": "第3条", "第Ⅳ\n条": "第Ⅳ条",
	"2019年3月\n12日": "2019年3月12日", "增长3.5%\n以上": "增长3.5%以上", "增长\n3.5%以上": "增长3.5%以上", "U.S.\n中文": "U.S. 中文", "中文,\n中文": "中文, 中文",
	"他说：\n“好。”\n就这样": "他说：“好。”就这样", "the “text”\n中文": "the “text” 中文", "中文……\n中文": "中文……中文", "ひらがな\nカタカナー\n漢字": "ひらがなカタカナー漢字",
	"한국어\n문장": "한국어 문장", "ＥＵ\n中国": "ＥＵ 中国", "移民 政策": "移民 政策", "（一）\n（二）": "（一）（二）", "中文。  \n  中文": "中文。中文", "—\n—": "— —",
	"[^1]\n完": "[^1]完", "移民[^12]\n完": "移民[^12]完", "text[^1]\n完": "text[^1] 完", "移民[^1]\ntext": "移民[^1] text", "[1]\n完": "[1] 完", "折\n・": "折・", "・\n折": "・折",
	"折・\n中": "折・中",
}

func TestOneLine(t *testing.T) {
	for in, want := range breaksIn {
		if got := OneLine(in); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", in, got, want)
		}
	}
	if got := OneLine(" \n a \n"); got != "a" {
		t.Errorf("%q", got)
	}
	for in, want := range map[string]string{
		"背景\n第一段。\n第二段。": "背景 第一段。第二段。", "Background\nOne.\nTwo.": "Background One. Two.", "": "",
	} {
		if got := Paragraphs(in); got != want {
			t.Errorf("Paragraphs(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestUnwrapped: a line break inside a paragraph is none of its words, an empty line parts paragraphs.
func TestUnwrapped(t *testing.T) {
	for in, want := range map[string]string{
		"就中欧\n学生流动问题答复": "就中欧学生流动问题答复", "于\r\n2026年\n\n \n第二段": "于2026年\n第二段", "one\ntwo\v\fthree\n": "one two\nthree", "\n \n": "",
	} {
		if got := Unwrapped(in); got != want {
			t.Errorf("Unwrapped(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestSoftBreaks: the same in Markdown, for every way in which it is printed.
func TestSoftBreaks(t *testing.T) {
	for in, want := range breaksIn {
		if strings.Contains(in, "  \n") || strings.HasPrefix(in, "—") { // a hard break, a rule
			continue
		}
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"**重点**\n工作，\n*继续*":              "重点工作，继续",
		"[链接](/x)\n之后":                   "链接之后",
		"- 第一，\n  第二\n- third\n  fourth": "第一，第二\nthird fourth",
		"> 第一\n> 第二":                     "第一第二",
		"第一  \n第二":                       "第一\n第二",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	for _, b := range Blocks("第一行，\n**第二行**。") {
		words := ""
		for _, s := range b.Spans {
			words += s.Text
		}
		if words != "第一行，第二行。" {
			t.Errorf("in a document %q", words)
		}
	}
	if got := string(HTML("第一行，\n第二行。")); got != "<p>第一行，第二行。</p>\n" {
		t.Errorf("on a page %q", got)
	}
}

func TestASCII(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "2019-03": "2019-03", "２０１９－０３－１２": "2019-03-12", "０９：３０": "09:30", "１．５": "1.5", "１。５": "1.5", "－１２": "-12", "ＴＬＰ：ＧＲＥＥＮ": "TLP:GREEN",
		"　ａ＠ｂ．ｏｒｇ　": "a@b.org", "２０１９～": "2019~", "２０１９—０３": "2019-03", "ｈｔｔｐｓ：／／ａ．ｏｒｇ／ｂ？ｃ": "https://a.org/b?c", "ｅｎ，ｚｈ、ｆｒ": "en,zh,fr", "１\u00a0": "1",
	} {
		if got := ASCII(in); got != want {
			t.Errorf("ASCII(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnfit(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a\n\t中": "", "\uFFFD": "", "ab\x00": "U+0000 1:3", "a\n中文\x07": "U+0007 2:3", "a\xff": "byte FF 1:2", "\u0080": "U+0080 1:1", "\uFFFE": "U+FFFE 1:1",
	} {
		name, line, column, ok := Unfit(in)
		got := ""
		if !ok {
			got = name + " " + string(rune('0'+line)) + ":" + string(rune('0'+column))
		}
		if got != want {
			t.Errorf("Unfit(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestVariants: the table says of every character what it becomes in the end, and changes nothing
// that folding would bring back.
func TestVariants(t *testing.T) {
	table := variants()
	if len(table) < 4000 {
		t.Fatalf("only %d", len(table))
	}
	for from, to := range table {
		if _, again := table[to]; again || from == to || !cjk(from) || !cjk(to) || norm.NFKC.String(string(from)) != string(from) || norm.NFKC.String(string(to)) != string(to) {
			t.Errorf("%c %c", from, to)
		}
	}
	for _, same := range [][]string{
		{"会议纪要", "會議紀要"},
		{"台湾", "臺灣"},
		{"着力", "著力"},
		{"里面", "裏面", "裡面"},
		{"群众", "羣眾", "群衆"},
		{"答复", "答覆"},
		{"了解", "瞭解"},
		{"边境", "邊境"},
		{"签证", "簽證"},
		{"公共卫生", "公共衛生", "公共衞生"},
		{"为", "為", "爲"},
		{"于", "於"},
		{"秘书", "秘書", "祕書"},
	} {
		for _, s := range same {
			if Sought(s) != Sought(same[0]) || Index(s) != Index(same[0]) {
				t.Errorf("%s and %s are not one", s, same[0])
			}
		}
	}
}

func TestSought(t *testing.T) {
	for in, want := range map[string]string{
		"“一带一路”倡议": "一带一路倡议", "弗兰斯·蒂默曼斯": "弗兰斯蒂默曼斯", "张　伟": "张伟", "Co‑Operation": "cooperation", "co operation": "cooperation",
		"policy-making": "policymaking", "ＥＵ": "eu", "Café": "cafe", "%": "%", "a%b": "a%b", "EU（欧盟）": "eu欧盟", "": "", "soft\u00adhyphen": "softhyphen",
	} {
		if got := Sought(in); got != want {
			t.Errorf("Sought(%q) = %q, want %q", in, got, want)
		}
	}
}
