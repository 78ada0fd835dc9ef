package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/publication"
)

// briefAt is a duty's page, from which its brief is printed.
var briefAt = regexp.MustCompile(`/zh/duties/([0-9a-f-]{36})`)

// TestAskedInTranslation: who is asked in a translation reads that it is one, and of what, wherever the call
// stands; who reads the answer reads the words in which it was asked; and none of these words is replaced.
func TestAskedInTranslation(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for _, status := range []text.Status{text.Checked, text.Draft, text.Machine} {
			for _, old := range []bool{false, true} {
				whole := launch(s)
				call := s.ask(whole, func(v url.Values) {
					v.Set("for", "confirmation")
					v.Set("readers", "wide")
					v["title.en"], v["title.zh"], v["title.zh.status"] = []string{"Confirm section one"}, []string{"请确认第一段"}, []string{string(status)}
					v["text.en"], v["text.zh"], v["text.zh.status"] = []string{"Section one only"}, []string{"只问第一段内容"}, []string{string(status)}
				})
				title, words, note := "Confirm section one", "Section one only", "项目办译文（原文：英文）："
				if old { // the original alone moves on before anybody answers
					title, words, note = "Confirm all sections", "All sections", "项目办译文（未按原文更新；原文：英文）："
					if err := s.editCall(call, func(c *exchange.Call) {
						c.Title["en"] = text.Version{Text: title, Status: text.Original}
						c.Text["en"] = text.Version{Text: words, Status: text.Original}
					}); err != nil {
						t.Fatal(err)
					}
				}
				form := "/zh/objects/" + whole + "/statements/new?call=" + call
				for _, at := range []string{"/zh/calls/" + call, form} {
					s.want(s.get("cn-focal-point", at), 200, title, note+"</b> 请确认第一段", words, note+"</b> 只问第一段内容")
				}
				s.want(s.get("cn-focal-point", "/zh/meetings/"+whole), 200, title, note+"</b> 请确认第一段")
				line := "请确认第一段（译文；原文：Confirm section one）"
				if old {
					line = "请确认第一段（译文，未按原文更新；原文：Confirm all sections）"
				}
				desk := s.get("cn-focal-point", "/zh/duties")
				for _, a := range []answer{desk, s.get("cn-focal-point", "/zh/notices"), s.get("cn-focal-point", form)} {
					s.want(a, 200, line)
				}
				duty := s.dutyOf("cn-focal-point", call)
				s.want(s.get("cn-focal-point", "/zh/duties/"+duty+"/brief"), 200, line, words, note, "只问第一段内容")

				answer := s.said(s.post("cn-focal-point", "/zh/objects/"+whole+"/statements/new", url.Values{
					"sort": {"confirmation"}, "text.zh": {"同意。"}, "call": {call}, revField: {s.rev(whole)}, withField: {s.held(whole)},
					callField(revField, call): {s.rev(call)}, callField(withField, call): {s.held(call)},
				}))
				also := "Asked in Chinese too, in the project team’s translation:"
				if old {
					also = "Asked in Chinese too, in a translation of the project team that is older than the original:"
				}
				for _, at := range []string{"/en/calls/" + call, "/en/statements/" + answer, "/en/meetings/" + whole} {
					s.want(s.get("eu-focal-point", at), 200, title, also+`</b> <span lang="zh">请确认第一段`)
				}
				s.want(s.get("eu-focal-point", "/en/calls/"+call), 200, words, `<span lang="zh">只问第一段内容`)

				for what, fn := range map[string]func(*exchange.Call){
					"title": func(c *exchange.Call) { c.Title["zh"] = text.Version{Text: "请确认全部", Status: text.Checked} },
					"text":  func(c *exchange.Call) { c.Text["zh"] = text.Version{Text: "全部内容", Status: text.Draft} },
					"gone":  func(c *exchange.Call) { delete(c.Text, "zh") },
				} {
					if err := s.editCall(call, fn); !fault.Is(err, fault.Invalid) {
						t.Errorf("%s, %s, older %v: %v", what, status, old, err)
					}
				}
			}
		}
	})
}

// dutyOf gives the duty that a role's institution has on an object.
func (s *testSite) dutyOf(role string, of ref.ID) ref.ID {
	s.t.Helper()
	for _, m := range briefAt.FindAllStringSubmatch(s.get(role, "/zh/duties").Body, -1) {
		if a := s.get(role, "/zh/duties/"+m[1]); a.Status == http.StatusOK && regexp.MustCompile(of).MatchString(a.Body) {
			return m[1]
		}
	}
	s.t.Fatalf("no duty on %s", of)
	return ""
}

// TestWordsFound: what is found by the words of a translation never shows it without the original, whoever said
// these: an institution, somebody named by function alone, or who asked.
func TestWordsFound(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		said := func(en string) text.Multi {
			return text.Multi{"zh": {Text: "我部坚决反对。", Status: text.Original}, "en": {Text: en, Status: text.Checked}}
		}
		nia, by := ref.Institution(s.id("institution/nia")), text.Both("Spokesperson of a ministry", "某部发言人")
		m := s.create("meeting", access.Header{}, &meeting.Meeting{
			Title: text.Both("A workshop", "研讨会"), Type: "seminar", State: meeting.Planned, Statements: []meeting.Statement{
				{Institutions: []ref.Institution{nia}, Text: said("The Bureau quaggafies fully.")}, {Function: by, Text: said("We lemurify fully.")},
			},
		})
		r := s.create("release", access.Header{}, &publication.Release{
			Title: text.Both("On talks", "关于会谈"), Meeting: ref.Meeting(m.ID), Date: "2026-11-01", Lead: text.Both("Talks", "会谈"), Body: text.Both("Talks were held", "举行会谈"),
			Quotations: []publication.Quotation{
				{Institution: nia, Consent: publication.Given, Text: said("The Bureau okapifies fully.")}, {Function: by, Consent: publication.Given, Text: said("We tapirise fully.")},
			},
		})
		call := s.ask(m.ID, func(v url.Values) {
			v["text.zh"], v["text.en"], v["text.en.status"] = []string{"只问第一段内容"}, []string{"Ibexes are asked"}, []string{"checked"}
		})
		for at, words := range map[string][]string{
			"/en/meetings/" + m.ID: {"The Bureau quaggafies", "We lemurify"}, "/en/releases/" + r.ID: {"The Bureau okapifies", "We tapirise"}, "/en/calls/" + call: {"Ibexes"},
		} {
			for _, w := range words {
				s.want(s.get("project-team", at), 200, "Translation by the project team; original in Chinese:</b> "+w)
				found := s.get("project-team", "/en/search?q="+url.QueryEscape(w))
				s.want(found, 200, at, "!fully.", "!are asked")
			}
		}
	})
}

// TestTwoOriginals: of two texts that are both called originals of somebody's own words none stands alone: what a
// search finds leaves both out, and where one line has room it says what the other is.
func TestTwoOriginals(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		nia, both := ref.Institution(s.id("institution/nia")), text.Both("The Bureau tapirifies fully.", "我局坚决反对丁。")
		m := s.create("meeting", access.Header{}, &meeting.Meeting{
			Title: text.Both("A workshop", "研讨会"), Type: "seminar", State: meeting.Planned,
			Statements: []meeting.Statement{{Institutions: []ref.Institution{nia}, Text: both}},
		})
		r := s.create("release", access.Header{}, &publication.Release{
			Title: text.Both("On talks", "关于会谈"), Meeting: ref.Meeting(m.ID), Date: "2026-11-01", Lead: text.Both("Talks", "会谈"), Body: text.Both("Talks were held", "举行会谈"),
			Quotations: []publication.Quotation{{Institution: nia, Consent: publication.Given, Text: both}},
		})
		whole := launch(s)
		call := s.ask(whole, func(v url.Values) {
			v["title.en"], v["title.zh"] = []string{"Confirm all of it"}, []string{"请确认第一段"}
			v["text.en"], v["text.zh"] = []string{"Ibexes are asked"}, []string{"只问第一段内容"}
		})
		for at, words := range map[string]string{"/meetings/" + m.ID: "tapirifies", "/releases/" + r.ID: "tapirifies", "/calls/" + call: "Ibexes"} {
			s.want(s.get("project-team", "/en"+at), 200, words, "Entered as an original in Chinese too:")
			s.want(s.get("project-team", "/en/search?q="+words), 200, at, "!fully.", "!are asked")
		}
		for _, word := range []string{"反对丁", "第一段内容"} {
			s.want(s.get("project-team", "/zh/search?q="+url.QueryEscape(word)), 200, "!坚决反对", "!只问第一段")
		}
		for _, at := range []string{"/duties", "/notices", "/search?q=Ibexes", "/objects/" + whole + "/statements/new?call=" + call} {
			s.want(s.get("cn-focal-point", "/zh"+at), 200, "请确认第一段（另有原文：Confirm all of it）")
			s.want(s.get("cn-focal-point", "/en"+at), 200, "Confirm all of it (another original: 请确认第一段)")
		}
	})
}
