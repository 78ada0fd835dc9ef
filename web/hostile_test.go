package web

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzLocalPath: whatever stands in an address, signing in leads to nowhere else.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/en/desk", "//evil.example", "/\\evil.example", "https://evil.example", "/en/\r\nX: y", "/%2f/evil.example", "javascript:alert(1)", "/\t/evil.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := localPath(s, "/fallback")
		here, _ := url.Parse("https://here.example/en/sign-in")
		to, err := here.Parse(p)
		if err != nil || to.Host != "here.example" || to.Scheme != "https" || strings.ContainsAny(p, "\r\n\\") {
			t.Fatalf("%q leads to %q (%v)", s, p, err)
		}
	})
}

// TestHostileNames: names as the world writes them, and as an attacker would, go through the form,
// the page, the list, search and the calendar whole and harmless; what cannot be kept is refused.
func TestHostileNames(t *testing.T) {
	s := newTest(t)
	for name, title := range map[string]string{
		"long":        strings.Repeat("Wissenschaft ", 23) + "x",
		"quotes":      "O'Neill-Ünal \"&\" <script>alert(1)</script>",
		"family name": "欧阳 先生",
		"right left":  "abc\u202Etxt.exe",
		"zero width":  "Bor\u200Bder\uFEFFless",
		"full width":  "ＦＵＬＬ　ＷＩＤＴＨ",
		"emoji":       "Zwölf 🦊👩‍👩‍👧 Füchse",
		"arabic":      "مؤتمر الحدود",
		"nul":         "nul\x00nul",
		"bytes":       "half \xe6\xac",
		"line":        "BEGIN:VEVENT\r\nSUMMARY:forged",
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			a := s.post("project-team", "/en/new/meeting", url.Values{
				"title.en": {title}, "type": {"seminar"}, "state": {"held"}, "starts": {"2018-02-08"},
			})
			if a.Status == http.StatusUnprocessableEntity {
				if !strings.Contains("nul bytes", name) {
					t.Errorf("refused\n%s", clip(a.Body))
				}
				return
			}
			if a.Status != http.StatusSeeOther {
				t.Fatalf("status %d\n%s", a.Status, clip(a.Body))
			}
			at := a.Header.Get("Location")
			for _, p := range []string{at, "/zh" + strings.TrimPrefix(at, "/en"), "/en/meetings?year=2018", at + "/calendar.ics", "/en/search?q=" + url.QueryEscape(title), strings.Replace(at, "/meetings/", "/objects/", 1) + "/history"} {
				a := s.get("project-team", p)
				if a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
					t.Errorf("%s: %d", p, a.Status)
				}
				if strings.Contains(a.Body, "<script>alert") && !strings.HasSuffix(p, ".ics") || strings.Contains(a.Body, "\x00") || strings.Contains(a.Body, "\nSUMMARY:forged") && strings.HasSuffix(p, ".ics") {
					t.Errorf("%s holds it as it came", p)
				}
			}
			if name == "quotes" || name == "family name" || name == "emoji" || name == "arabic" {
				s.want(s.get("project-team", at), 200, html.EscapeString(title))
				s.want(s.get("project-team", "/en/meetings?year=2018"), 200, html.EscapeString(title))
			}
		})
	}
}
