package text

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "one\n\ttwo\r\n": "one\n\ttwo\r\n", "  a ": "  a ", "第一行\n第二行": "第一行\n第二行",
		"abc\u202etxt.exe\u202c": "abctxt.exe", "a\u2066b\u2069\u200f\u200e\u061c": "ab", "Bor\u200bder\ufeffless\u2060\u00ad": "Borderless",
		"می\u200cخواهم": "می\u200cخواهم", "क्\u200dष": "क्\u200dष", "ab\u200dc\u200cd": "abcd", "移\u200d民": "移民", "\u200dسلام\u200c": "سلام",
		"👩\u200d👩\u200d👧": "👩\u200d👩\u200d👧", "\u0600\u0661\u0662": "\u0600\u0661\u0662", "nul\x00\u200b": "nul\x00", "half \xe6\xac\u200b": "half \xe6\xac\u200b",
		"a\u034fb\u3164\u115f\u1160\uffa0\u17b4\u17b5": "ab", "a\u2800b": "a b", "⠓\u2800⠊": "⠓\u2800⠊", "a\ufe0fb\U000e0100": "ab", "移\ufe00民\U000e0101": "移民", "e\u0301\ufe0f": "e\u0301",
		"☂\ufe0f\ufe0f": "☂\ufe0f", "1\ufe0f\u20e3 1\ufe0f": "1\ufe0f\u20e3 1", "🏳\ufe0f\u200d🌈": "🏳\ufe0f\u200d🌈", "‼\ufe0f": "‼\ufe0f",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestEntities: what is hidden does not come in under another name, wherever the words of a text go.
func TestEntities(t *testing.T) {
	for in, want := range map[string]string{
		"A &#8238;txet": "A txet", "a&#x202e;b&#X202E;c": "abc", "a&rlm;b&lrm;c&ZeroWidthSpace;d&NoBreak;e": "abcde", "Bor&shy;der&#xFEFF;less": "Borderless", "![a&#8238;b](/x)": "ab",
		"- a&zwj;b\n": "ab", "> # a&#8203;b": "ab", "**a&#8238;b**": "ab", "a&#x3164;b&#917760;c": "abc", "می&zwnj;خواهم": "می\u200cخواهم", "👩&zwj;👧": "👩\u200d👧",
		"后&#10;文": "后文", "后&NewLine;文": "后文", "后&#x2028;文": "后文", "one&#10;two": "one two", "后：&#10;IOM": "后：IOM", "a&#7;b": "a\ufffdb", "a&#xFFFF;b": "a\ufffdb",
		"`&#8238;`": "&#8238;", "&lt;&amp;&#33;": "<&!", "a&nbsp;b": "a b",
	} {
		blocks := ""
		for _, b := range Blocks(in) {
			for _, s := range b.Spans {
				blocks += s.Text
			}
		}
		page := html.UnescapeString(strings.TrimSpace(tags.ReplaceAllString(string(HTML(in)), "")))
		for name, got := range map[string]string{"plain": Plain(in), "excerpt": Excerpt(in, 100), "page": strings.ReplaceAll(page, "\u00a0", " ")} {
			if got != want {
				t.Errorf("%s of %q: %q, want %q", name, in, got, want)
			}
		}
		if blocks != "" && strings.ReplaceAll(blocks, "\u00a0", " ") != want {
			t.Errorf("blocks of %q: %q, want %q", in, blocks, want)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// TestVisibleOf: a translation is not out of date because its original holds nothing hidden any more.
func TestVisibleOf(t *testing.T) {
	m := Multi{"en": {Text: "a\u202eb", Status: Original}, "zh": {Text: "甲\u200b", Status: Checked, Of: Hash("a\u202eb")}}
	v := m.Visible()
	if v["en"].Text != "ab" || v["zh"].Text != "甲" || v.State("zh") != Fine || m["en"].Text != "a\u202eb" {
		t.Errorf("%+v of %+v", v, m)
	}
}

// TestDefinitions: what elsewhere defines a link or a footnote is shown as it was typed, and makes no
// link; nothing is swallowed.
func TestDefinitions(t *testing.T) {
	for in, want := range map[string]string{
		"[^1]: x":                             "<p>[^1]: x</p>\n",
		"See[^1].\n\n[^1]: x":                 "<p>See[^1].</p>\n<p>[^1]: x</p>\n",
		"[^1]: /etc \"t\"\n\nSee [^1] [^1][]": "<p>[^1]: /etc &#34;t&#34;</p>\n<p>See [^1] [^1][]</p>\n",
		"[a]: b\n\nSee [a] and [x][a].":       "<p>[a]: b</p>\n<p>See [a] and [x][a].</p>\n",
		"- [^n]: <x> y":                       "<ul>\n<li>[^n]: &lt;x&gt; y</li>\n</ul>\n",
		"[a]\n\n> [a]: x":                     "<p>[a]</p>\n<blockquote>\n<p>[a]: x</p>\n</blockquote>\n",
	} {
		if got := string(HTML(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestDirection: a text written from right to left has its own direction, block by block; no other
// text is touched.
func TestDirection(t *testing.T) {
	for in, want := range map[string]string{
		"مؤتمر\n\n- a\n- ب": "<p dir=\"auto\">مؤتمر</p>\n<ul>\n<li dir=\"auto\">a</li>\n<li dir=\"auto\">ب</li>\n</ul>\n",
		"&#x645; <p>":       "<p dir=\"auto\">م &lt;p&gt;</p>\n",
		"# a\n\nb":          "<h3>a</h3>\n<p>b</p>\n",
	} {
		if got := string(HTML(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
