package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/publication"
)

func TestReleasePages(t *testing.T) {
	s := newTest(t)
	const page = "/releases/{release/launch-release}"
	s.want(s.get(visitor, "/en/releases"), 200, "Press releases", "Second phase of support", "undated", "!not published")
	s.want(s.get(visitor, "/zh/releases"), 200, "新闻稿", "支持中欧人员往来和移民领域对话项目第二期在北京启动", "未署日期")
	s.want(s.get(visitor, "/en"+page), 200, "launched in Beijing", "43 participants", "EU Ambassador to China", "reported, not word for word", "project-team@example.org", `data-copy="#release-text"`, "!TLP", "!Consent")
	s.want(s.get(visitor, "/zh"+page), 200, "参会人员43人", "国家移民管理局", "转述，非原话", "本项目由欧盟通过伙伴关系工具资助")
	s.want(s.get("project-team", "/en"+page), 200, "TLP:CLEAR", "published by the institution", "Withdraw from the public")
	s.want(s.get(visitor, "/en/releases?before=1900-01-01_x"), 200, "Second phase") // what has no date comes last
	s.want(s.get(visitor, "/en/releases/{meeting/launch-phase-2}"), 404)
}

// TestReleaseConsent: a release that is not public shows inside what was asked; publishing it is
// refused, and the public finds nothing.
func TestReleaseConsent(t *testing.T) {
	s := newTest(t)
	v := publication.Release{
		Title: text.Both("A release <b>in</b> the making", "新闻稿草稿"), Meeting: ref.Meeting(s.id("meeting/mixed-migration-2018")), Date: "2018-02-08",
		Lead: text.Both("Lead", "导语"), Quotations: []publication.Quotation{
			{Function: text.Both("A speaker", "发言人"), Text: text.Both("Not yet agreed", "尚未同意"), Consent: publication.Asked},
			{Function: text.Both("Another", "另一发言人"), Text: text.Both("Word for word", "原话"), Consent: publication.Given},
		},
	}
	h := s.create("release", access.Header{}, &v)
	at := "/en/releases/" + h.ID
	s.want(s.get("project-team", at), 200, "Not yet agreed", "asked, no answer yet", "verbatim", "A release &lt;b&gt;in&lt;/b&gt;", "8 February 2018")
	s.want(s.get("project-team", "/en/releases"), 200, "not published")
	s.want(s.get(visitor, at), 404)
	s.want(s.get(visitor, "/en/releases"), 200, "!in the making")
	s.want(s.get(visitor, "/en/meetings/{meeting/mixed-migration-2018}"), 200, "!in the making")
	s.want(s.publish("project-team", h.ID), 422, "has no consent")
	s.want(s.get(visitor, at), 404)
}

// TestQuoted: what a release quotes an institution with is never read in the words of whoever translated it
// alone; where both languages are called original, the reader sees both.
func TestQuoted(t *testing.T) {
	s := newTest(t)
	for _, status := range []text.Status{text.Checked, text.Original} {
		h := s.create("release", access.Header{}, &publication.Release{
			Title: text.Both("On talks", "关于会谈"), Meeting: ref.Meeting(s.id("meeting/mixed-migration-2018")), Date: "2026-11-01", Lead: text.Both("Talks", "会谈"), Body: text.Both("Talks were held", "举行会谈"),
			Quotations: []publication.Quotation{{
				Institution: ref.Institution(s.id("institution/mfa")), Consent: publication.Given,
				Text: text.Multi{"zh": {Text: "我部不同意。", Status: text.Original}, "en": {Text: "The Ministry fully agrees.", Status: status}},
			}},
		})
		s.publish("project-team", h.ID)
		a := s.get(visitor, "/en/releases/"+h.ID)
		note := "Translation by the project team; original in Chinese:"
		if status == text.Original {
			note = "Entered as an original in Chinese too:"
		}
		s.want(a, 200, "我部不同意。", "The Ministry fully agrees.", note)
	}
}

// TestReleaseFromMeeting writes a release from the launch, saves the form as it was filled and
// publishes it.
func TestReleaseFromMeeting(t *testing.T) {
	s := newTest(t)
	a := s.get("project-team", "/en/meetings/{meeting/launch-phase-2}/release")
	s.want(a, 200, "Filled in from the meeting", `action="/en/new/release"`, "Launch of Phase II of the Support Project, held in Beijing", "支持中欧人员往来和移民领域对话项目第二期启动会在北京举行",
		"43 participants", "参会人员43人", "Project’s release on the launch (IOM)", "European Union funds", "Chief of Mission", "project-team@example.org", "!43人人")
	s.want(s.get("project-team", "/zh/meetings/{meeting/launch-phase-2}/release"), 200, "已根据会议信息填入", "欧盟驻华代表团")
	s.want(s.get("donor", "/en/meetings/{meeting/launch-phase-2}/release"), 404)

	form := formOf(t, a.Body)
	if form.Get("meeting") != s.id("meeting/launch-phase-2") || form.Get("date") != "2019?" {
		t.Errorf("meeting %q, date %q", form.Get("meeting"), form.Get("date"))
	}
	consents := 0
	for k, v := range form {
		if strings.HasSuffix(k, ".consent") {
			consents++
			if v[0] != "asked" {
				t.Errorf("%s is %v", k, v)
			}
		}
	}
	if consents != 7 {
		t.Errorf("%d quotations, want the four statements and three who spoke besides", consents)
	}
	// An empty quotation is to be filled or taken out.
	s.want(s.post("project-team", "/en/new/release", form), 422, "This is needed.")
	for k := range form {
		if strings.HasPrefix(k, "quotations.") {
			form.Del(k)
		}
	}
	made := s.post("project-team", "/en/new/release", form)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", made.Status, clip(made.Body))
	}
	at := made.Header.Get("Location")
	s.want(s.get("project-team", at), 200, "Launch of Phase II of the Support Project, held in Beijing", "2019 (inferred)", "Taking part were", "Ministry of Culture and Tourism")
	s.want(s.get(visitor, at), 404)
	id := strings.TrimPrefix(at, "/en/releases/")
	s.want(s.publish("project-team", id), 303)
	s.want(s.get(visitor, "/zh/releases/"+id), 200, "启动会在北京举行", "主要议程")
	s.want(s.get(visitor, "/en/meetings/{meeting/launch-phase-2}"), 200, "/en/releases/"+id)
}

var (
	inputs    = regexp.MustCompile(`<input[^>]*\bname="([^"]+)"[^>]*>`)
	areas     = regexp.MustCompile(`(?s)<textarea[^>]*\bname="([^"]+)"[^>]*>\n?(.*?)</textarea>`)
	selects   = regexp.MustCompile(`(?s)<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>`)
	valued    = regexp.MustCompile(`value="([^"]*)"`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected`)
	templates = regexp.MustCompile(`(?s)<template>.*?</template>`)
)

// formOf gives what a browser would send of the page's form.
func formOf(t testing.TB, body string) url.Values {
	t.Helper()
	_, body, _ = strings.Cut(body, `<form class="form"`)
	body = templates.ReplaceAllString(body, "")
	plain := strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+")
	out := url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(body, -1) {
		if v := valued.FindStringSubmatch(m[0]); v != nil && !strings.Contains(m[0], `type="checkbox"`) && (!strings.Contains(m[0], `type="radio"`) || strings.Contains(m[0], " checked")) {
			out.Add(m[1], plain.Replace(v[1]))
		}
	}
	for _, m := range areas.FindAllStringSubmatch(body, -1) {
		out.Add(m[1], plain.Replace(m[2]))
	}
	for _, m := range selects.FindAllStringSubmatch(body, -1) {
		if v := chosen.FindStringSubmatch(m[2]); v != nil {
			out.Add(m[1], v[1])
		}
	}
	return out
}
