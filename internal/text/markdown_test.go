package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func para(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "<p>"), "</p>\n") }

// TestEmphasis has what people write beside Chinese punctuation, and what must stay as CommonMark
// has it. [ ] stand for strong, { } for em in what is expected.
func TestEmphasis(t *testing.T) {
	for in, want := range map[string]string{
		// each side, each mark
		"**“中文”**的":         "[“中文”]的",
		"的**“中文”**":         "的[“中文”]",
		"的**“中文”**的":        "的[“中文”]的",
		"中文**（重点）**中文":      "中文[（重点）]中文",
		"中文**(重点)**中文":      "中文[(重点)]中文",
		"**重点：**内容":         "[重点：]内容",
		"**重点:**内容":         "[重点:]内容",
		"内容。**重点**。内容":      "内容。[重点]。内容",
		"**重点。**内容":         "[重点。]内容",
		"**重点，**内容":         "[重点，]内容",
		"内容**，重点**":         "内容[，重点]",
		"**一、**二":           "[一、]二",
		"**真的！**好":          "[真的！]好",
		"**真的？**好":          "[真的？]好",
		"**一；**二":           "[一；]二",
		"见**《路线图》**全文":      "见[《路线图》]全文",
		"称**「重点」**者":        "称[「重点」]者",
		"称**『重点』**者":        "称[『重点』]者",
		"称**【重点】**者":        "称[【重点】]者",
		"称**〈重点〉**者":        "称[〈重点〉]者",
		"**‘中文’**的":         "[‘中文’]的",
		"他说**“好……”**后":      "他说[“好……”]后",
		"等等**……重点**后":       "等等[……重点]后",
		"**重点……**后文":        "[重点……]后文",
		"前文**——重点**":        "前文[——重点]",
		"**重点——**后文":        "[重点——]后文",
		"**重点～**后":          "[重点～]后",
		"**增长5%**的":         "[增长5%]的",
		"**“EU”**和中国":       "[“EU”]和中国",
		"中国**“EU”**EU":      "中国[“EU”]EU",
		"EU**“一带一路”**EU":    "EU[“一带一路”]EU",
		"EU**（中文）**EU":      "EU[（中文）]EU",
		"EU**《路线图》**MMSP":   "EU[《路线图》]MMSP",
		"**重点.**EU":         "[重点.]EU",
		"2019年**（Ⅱ期）**2020": "2019年[（Ⅱ期）]2020",
		"*“中文”*的":           "{“中文”}的",
		"中文*（重点）*中文":        "中文{（重点）}中文",
		"***“中文”***的":       "{[“中文”]}的",
		"*中文**“重点”**中文*":    "{中文[“重点”]中文}",
		"**中文*“重点”*中文**":    "[中文{“重点”}中文]",
		"“**中文**”的":         "“[中文]”的",
		"（**中文**）":          "（[中文]）",
		"**A**（中文）**B**":    "[A]（中文）[B]",
		"**一：**甲**二：**乙":    "[一：]甲[二：]乙",
		"**一**、**二**、**三**": "[一]、[二]、[三]",
		"**“甲”**和**“乙”**":   "[“甲”]和[“乙”]",
		"**“甲”****“乙”**":    "[“甲”****“乙”]",
		"中文**重点**中文":        "中文[重点]中文",
		"中文*重点*中文":          "中文{重点}中文",
		"**한국어(조사)**는":      "[한국어(조사)]는",
		"**第一行。\n第二行**后":    "[第一行。第二行]后",
		"**𠮷野家。**𠮷":         "[𠮷野家。]𠮷",
		"称**[条约](/zh/x)**者": `称[<a href="/zh/x" rel="noopener nofollow">条约</a>]者`,
		"**`码`**的":          "[<code>码</code>]的",

		// as CommonMark
		"a * b":             "a * b",
		"a * b * c":         "a * b * c",
		"5 * 3，4 * 2":       "5 * 3，4 * 2",
		"中文 * 中文 * 中文":      "中文 * 中文 * 中文",
		"snake_case_name":   "snake_case_name",
		"中文_重点_中文":          "中文_重点_中文",
		"文件_名_（二）":          "文件_名_（二）",
		"_重点_":              "{重点}",
		"__重点__。":           "[重点]。",
		"**bold**":          "[bold]",
		"*em* and **bold**": "{em} and [bold]",
		"a**b**c":           "a[b]c",
		"**bold**, (*em*)":  "[bold], ({em})",
		"“**Hello**” he":    "“[Hello]” he",
		"**“Hello”** he":    "[“Hello”] he",
		"** not**":          "** not**",
		"**not **":          "**not **",
		"** 不 **":           "** 不 **",
		"a*\"b\"*c":         "a*&#34;b&#34;*c",
		"a**(b)":            "a**(b)",
		`\*\*中文\*\*`:        "**中文**",
		"*a **b** c*":       "{a [b] c}",
		"*a **b***":         "{a [b]}",
		"word—**b**—word":   "word—[b]—word",
		"**中文":              "**中文",
		"~~gone~~":          "~~gone~~",
	} {
		want = strings.NewReplacer("[", "<strong>", "]", "</strong>", "{", "<em>", "}", "</em>").Replace(want)
		if got := para(string(HTML(in))); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestHTML(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"# A\n\n## B\n\n### C\n\n###### F": "<h3>A</h3>\n<h4>B</h4>\n<h5>C</h5>\n<h6>F</h6>\n",
		"移民\n政策\nand\nresearch":            "<p>移民政策\nand\nresearch</p>\n",
		"    indented":                     "<p>indented</p>\n",
		"```\n<b>\n```":                    "<pre><code>&lt;b&gt;\n</code></pre>\n",
		"3. a\n4. b":                       "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n",
		"| a | b |\n|:--|--:|\n| 1 | 2 |":  "<table>\n<thead>\n<tr>\n<th align=\"left\">a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"left\">1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n</table>\n",
		"> q":                              "<blockquote>\n<p>q</p>\n</blockquote>\n",
		"[a](https://example.org/?a=1&b=2 \"t\")":            `<p><a href="https://example.org/?a=1&amp;b=2" title="t" rel="noopener nofollow">a</a></p>` + "\n",
		"[a](/zh/meetings#x) [b](#top)":                      `<p><a href="/zh/meetings#x" rel="noopener nofollow">a</a> <a href="#top" rel="noopener nofollow">b</a></p>` + "\n",
		"https://example.org/a.":                             `<p><a href="https://example.org/a" rel="noopener nofollow">https://example.org/a</a>.</p>` + "\n",
		"详见https://example.org/a。下文":                         `<p>详见<a href="https://example.org/a" rel="noopener nofollow">https://example.org/a</a>。下文</p>` + "\n",
		"（https://example.org/a）":                            `<p>（<a href="https://example.org/a" rel="noopener nofollow">https://example.org/a</a>）</p>` + "\n",
		"见“https://example.org/a_b_c(d)”":                    `<p>见“<a href="https://example.org/a_b_c(d)" rel="noopener nofollow">https://example.org/a_b_c(d)</a>”</p>` + "\n",
		"中http://. 中https:// xhttp://a.b [中https://a.b](/c)": `<p>中http://. 中https:// xhttp://a.b <a href="/c" rel="noopener nofollow">中https://a.b</a></p>` + "\n",
		"- a\n\n      b\n\n        c":                        "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n<p>c</p>\n</li>\n</ul>\n",
		"a@example.org":                                      `<p><a href="mailto:a@example.org" rel="noopener nofollow">a@example.org</a></p>` + "\n",
		"<mailto:a@example.org>":                             `<p><a href="mailto:a@example.org" rel="noopener nofollow">mailto:a@example.org</a></p>` + "\n",
		"www.example.org":                                    `<p><a href="http://www.example.org" rel="noopener nofollow">www.example.org</a></p>` + "\n",
		"ftp://example.org <ftp://e.org>":                    "<p>ftp://example.org ftp://e.org</p>\n",
		"![an *emblem*](https://e.org/x.png)":                "<p>an <em>emblem</em></p>\n",
		// hostile
		"<script>alert(1)</script>":                 "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
		"<img src=x onerror=alert(1)>":              "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n",
		"a <b>b</b>":                                "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n",
		"[x](javascript:alert(1))":                  "<p>x</p>\n",
		"[x](JaVaScRiPt:alert(1))":                  "<p>x</p>\n",
		"[x](&#106;avascript:alert(1))":             "<p>x</p>\n",
		"[x](<java\tscript:alert(1)>)":              "<p>x</p>\n",
		"[x](vbscript:x) [y](data:text/html,x)":     "<p>x y</p>\n",
		"![x](data:image/png;base64,AAAA)":          "<p>x</p>\n",
		"<javascript:alert(1)>":                     "<p>javascript:alert(1)</p>\n",
		"[x](//evil.example/) [y](///evil.example)": "<p>x y</p>\n",
		"[x](http:///x) [y]()":                      "<p>x y</p>\n",
		"[r]\n\n[r]: javascript:alert(1)":           "<p>[r]</p>\n<p>[r]: javascript:alert(1)</p>\n",
		"[r]\n\n[r]: https://example.org/":          `<p>[r]</p>` + "\n" + `<p>[r]: <a href="https://example.org/" rel="noopener nofollow">https://example.org/</a></p>` + "\n",
		"[x](/a \"\\\" onclick=\\\"alert(1)\")":     `<p><a href="/a" title="&#34; onclick=&#34;alert(1)" rel="noopener nofollow">x</a></p>` + "\n",
		"\x00a\xffb":                                "<p>\ufffda\ufffdb</p>\n",
	} {
		if got := string(HTML(in)); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"# Title\n\nA **bold** [link](/x).\n\n- one\n- two\n  - three": "Title\nA bold link.\none\ntwo\nthree",
		"移民\n政策 **“中文”**的":                                             "移民政策 “中文”的",
		"| a | b |\n|---|---|\n| 1 | 2 |":                              "a b\n1 2",
		"a &amp; b \\* <b>":                                            "a & b * <b>",
		"```\nx  y\nz\n```\nend":                                       "x y\nz\nend",
		"one\ntwo  \nthree":                                            "one two\nthree",
		"![an emblem](x.png)":                                          "an emblem",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"exactly ten", 11, "exactly ten"},
		{"one two three", 9, "one two…"},
		{"one two three", 8, "one two…"},
		{"one, two three", 6, "one…"},
		{"**中欧**人员往来和移民", 6, "中欧人员往…"},
		{"中欧，人员往来", 4, "中欧…"},
		{"中欧Dialogue on", 6, "中欧…"},
		{"endlessendless", 5, "endl…"},
		{"a", 0, ""},
		{"ab", 1, "…"},
		{"ab", -1, ""},
		{"", 5, ""},
		{"# A\n\nB c d", 4, "A B…"},
		{"xe\u0301\u0301\u0301y", 3, "x…"},
		{"👩‍👩‍👧‍👦 family", 3, "…"},
	} {
		got := Excerpt(c.in, c.n)
		if got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
		if n := utf8.RuneCountInString(got); n > max(c.n, 0) {
			t.Errorf("Excerpt(%q, %d) has %d", c.in, c.n, n)
		}
	}
}

// unsafe names the first thing in a piece of HTML that this package must not give.
func unsafe(s string) string {
	may := map[string]string{
		"p": "", "br": "", "hr": "", "h3": "", "h4": "", "h5": "", "h6": "", "ul": "", "ol": " start", "li": "", "blockquote": "", "pre": "", "code": "",
		"em": "", "strong": "", "table": "", "thead": "", "tbody": "", "tr": "", "th": " align", "td": " align", "a": " href title rel",
	}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch tt := z.Next(); tt {
		case html.ErrorToken:
			return ""
		case html.CommentToken, html.DoctypeToken:
			return "comment"
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			tok := z.Token()
			attrs, ok := may[tok.Data]
			if !ok {
				return "element " + tok.Data
			}
			for _, a := range tok.Attr {
				if !strings.Contains(attrs+" ", " "+a.Key+" ") {
					return fmt.Sprintf("%s %s=%q", tok.Data, a.Key, a.Val)
				}
				if a.Key == "href" {
					scheme, _, has := strings.Cut(strings.ToLower(a.Val), ":")
					if has && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" ||
						strings.HasPrefix(a.Val, "//") || strings.ContainsAny(a.Val, "\\\t\n\r\x00") {
						return "href " + a.Val
					}
				}
			}
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"**“中文”**的", "<script>", "[x](javascript:alert(1))", "![x](data:,x)", "<img onerror=x>", "| a |\n|---|\n| b |", "[x]: /a 'b'\n[x]",
		"<https://a.b/\"onerror=x>", "> - 1. a", "```\n<a>", "&#106;", "[a](\\\\b)", "[x](//a)", "详见https://a.b/c。", "a\\ b", "\x00",
		"[a](http://[)", "<a@b.c>", "[a](b \"c\\\"d\")", "***a** b*",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := string(HTML(s))
		if bad := unsafe(out); bad != "" {
			t.Fatalf("HTML(%q) = %q: %s", s, out, bad)
		}
		low := strings.ToLower(out)
		if strings.Contains(low, "<script") || !utf8.ValidString(out) {
			t.Fatalf("HTML(%q) = %q", s, out)
		}
		if n := utf8.RuneCountInString(Excerpt(s, 20)); n > 20 {
			t.Fatalf("an excerpt of %d characters", n)
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	src := strings.Repeat("## 背景\n\n**“中欧人员往来和移民领域对话”**的*第二期*，见[路线图](/zh/roadmap)。\n\n- one\n- two **bold**\n\n", 20)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		HTML(src)
	}
}

// BenchmarkHostile says what the dearest texts cost, at three lengths.
func BenchmarkHostile(b *testing.B) {
	for _, n := range []int{50_000, 100_000, 200_000} {
		texts := hostile(n)
		for _, name := range []string{"angle links", "code in brackets", "deep list", "mixed stars", "open links", "steps", "tall table", "unbalanced", "words"} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(name, " ", "-"), n), func(b *testing.B) {
				b.SetBytes(int64(n))
				for b.Loop() {
					HTML(texts[name])
				}
			})
		}
	}
}
