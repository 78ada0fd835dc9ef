package text

import "testing"

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "one\n\ttwo\r\n": "one\n\ttwo\r\n", "  a ": "  a ", "第一行\n第二行": "第一行\n第二行",
		"abc\u202etxt.exe\u202c": "abctxt.exe", "a\u2066b\u2069\u200f\u200e\u061c": "ab", "Bor\u200bder\ufeffless\u2060\u00ad": "Borderless",
		"می\u200cخواهم": "می\u200cخواهم", "क्\u200dष": "क्\u200dष", "ab\u200dc\u200cd": "abcd", "移\u200d民": "移民", "\u200dسلام\u200c": "سلام",
		"👩\u200d👩\u200d👧": "👩\u200d👩\u200d👧", "\u0600\u0661\u0662": "\u0600\u0661\u0662", "nul\x00\u200b": "nul\x00", "half \xe6\xac\u200b": "half \xe6\xac\u200b",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

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
