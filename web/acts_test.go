package web

import (
	"net/url"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/project"
	"entente/roster"
)

// TestNewNode: the project team finds the way to a form for every kind.
func TestNewNode(t *testing.T) {
	s := newTest(t)
	empty := s.create("phase", access.Header{}, &project.Phase{
		Name: text.Both("Phase without a plan", "无计划期次"), Project: ref.Project(s.id("project/mmsp")), State: "prepared",
	})
	nia := "/institutions/" + s.id("institution/nia")
	for path, links := range map[string][]string{
		"/dialogue":              {"/new/side", "/new/round"},
		"/project":               {"/new/project", "/new/phase", "/new/focus-area"},
		"/phases/" + empty.ID:    {"/new/result?phase=" + empty.ID, "/new/plan?phase=" + empty.ID},
		"/phases/{phase/mmsp-2}": {"/new/indicator?result="},
		"/plans":                 {"/new/plan"},
		"/partners":              {"/new/institution", "/new/person"},
		nia:                      {"/new/person?posts.0.institution=" + s.id("institution/nia")},
		"/roadmap":               {"/new/milestone?roadmap="},
		"/publication":           {"/new/page", "/new/news"},
	} {
		for _, l := range links {
			s.want(s.get("project-team", "/en"+path), 200, `href="/en`+l)
			if path != "/publication" {
				s.want(s.get("donor", "/en"+path), 200, "!/en/new/")
			}
		}
	}
	s.want(s.get("project-team", "/en/new/person?posts.0.institution={institution/nia}"), 200,
		`name="posts.0.institution"`, `<option value="`+s.id("institution/nia")+`" selected>`)
}

// TestActs: what has no page of its own can be published and taken back where it stands.
func TestActs(t *testing.T) {
	s := newTest(t)
	made := map[string]access.Header{}
	add := func(path, kind string, v any) { made[path] = s.create(kind, access.Header{}, v) }
	add("/roadmap", "milestone", &dialogue.Milestone{
		Title: text.Both("Holunder", "接骨木"), Roadmap: ref.Roadmap(s.id("roadmap/roadmap-2015")), Stage: "1", Track: "visa", State: dialogue.UnderWay,
	})
	add("/dialogue", "round", &dialogue.Round{Title: text.Both("Holunder", "接骨木"), Level: "expert"})
	add("/project", "focus-area", &project.FocusArea{Name: text.Both("Holunder", "接骨木")})
	for path, h := range made {
		at := "/en/objects/" + h.ID
		s.want(s.get("project-team", "/en"+path), 200, "Holunder", "TLP:GREEN</span>", at+"/edit", at+"/publish", at+"/audience", at+"/history", at+"/remove", "!"+at+"/withdraw",
			`Change<span class="vh">: Holunder</span>`, `Remove<span class="vh">: Holunder</span>`)
		s.want(s.get("project-team", "/zh"+path), 200, "历次修改", "对外发布")
		s.want(s.get("donor", "/en"+path), 200, "Holunder", at+"/statements", "!"+at+"/inside", "!"+at+"/edit")
		s.want(s.get("cn-focal-point", "/en"+path), 200, "Holunder", at+"/statements", at+"/inside", "!"+at+"/edit", "!"+at+"/history", "!"+at+"/publish")
		s.want(s.get(visitor, "/en"+path), 200, "!Holunder")
		s.want(s.publish("project-team", h.ID), 303)
		s.want(s.get(visitor, "/en"+path), 200, "Holunder", "!row-acts")
		s.want(s.get("project-team", "/en"+path), 200, at+"/withdraw", "!"+at+"/publish")
	}
	side := s.create("side", access.Header{}, &roster.Side{Name: text.Both("Third", "第三方")})
	s.want(s.get("project-team", "/en/dialogue"), 200, "/en/objects/"+side.ID+"/publish")
	p := s.create("project", access.Header{}, &project.Project{Name: text.Both("Third", "第三项目")})
	s.want(s.get("project-team", "/en/project"), 200, "/en/objects/"+p.ID+"/publish")
}

// TestLanguageSwitch leads to a page in the other language, or is not there.
func TestLanguageSwitch(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/demo"), 200, `<html lang="en">`, `href="/zh/demo"`)
	s.want(s.get(visitor, "/zh/demo"), 200, `<html lang="zh">`, `href="/en/demo"`, `action="/demo/sign-in"`)
	s.want(s.get(visitor, "/en/demo"), 200, `<html lang="en">`)
	s.want(s.post("project-team", "/en/preview", url.Values{"field": {"note.en"}, "note.en": {"*so*"}}), 200, "<em>so</em>", `!class="langs"`, "!hreflang")
	s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/edit", url.Values{"do": {"x"}}), 422, `hreflang="zh"`)
}
