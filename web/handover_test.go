package web

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
)

// TestHandover: the focal point hands over to a newcomer; the page says what passes before it is
// done; the two people's pages show it afterwards.
func TestHandover(t *testing.T) {
	s := newTest(t)
	const at = "/people/{person/cn-focal-point}/handover"
	s.want(s.get("cn-focal-point", "/zh/account"), 200, "移交职能", "由系统运维（test）录入")
	s.want(s.get("cn-focal-point", "/zh/people/{person/cn-focal-point}"), 200, "移交职能")
	s.want(s.get("project-team", "/en/people/{person/cn-focal-point}"), 200, "Hand over the function", "entered on", "by the node’s operator (test)")
	s.want(s.get("project-team", "/en/institutions/{institution/nia}"), 200, "Focal point · dates not stated · entered on")
	s.want(s.get("cn-contributor", "/zh/people/{person/cn-focal-point}"), 200, "!移交职能")
	s.want(s.get("cn-contributor", "/zh"+at), 403)
	s.want(s.get("eu-focal-point", "/en"+at), 403)
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "接任人员", "国家移民管理局经办人", "留任经办人", "!资助方项目官员")
	s.want(s.get("project-team", "/en"+at), 200, "Who takes over", "Contributor, NIA", "stays as a contributor")

	// Who waits is called so to who is inside, and is not let in by a handover.
	made := s.post("project-team", "/en/institutions/{institution/nia}/invite", url.Values{"title.en": {"Invented"}, "function": {"contributor"}, "language": {"en"}})
	code, waits := card(t, made)
	over := url.Values{"function": {"focal-point"}, "to": {waits}, "stays": {"yes"}, "step": {"look"}}
	s.want(s.get("cn-focal-point", "/en"+at), 200, "Invented", "!(waits")
	s.want(s.post("cn-focal-point", "/en"+at, over), 200, "Invented has no account yet", "!is not inside your side")
	own := url.Values{"login": {"invented"}, "password": {"several words of mine"}, "again": {"several words of mine"}}
	s.want(s.post(visitor, "/en/invitation/"+code, own), http.StatusSeeOther)
	s.want(s.get("cn-focal-point", "/en"+at), 200, "Invented (waits: not inside your side)", "!Contributor, NIA (waits")
	s.want(s.get("project-team", "/en"+at), 200, "Invented", "!(waits")
	s.want(s.post("cn-focal-point", "/en"+at, over), 200, "Invented is not inside your side, and is not let in by this")
	s.want(s.post("cn-focal-point", "/en"+at, with(over, "to", s.id("person/cn-contributor"))), 200, "!is not inside your side")

	// A note that the institution opened to its focal point by name.
	d := ref.Dialogue(s.id("dialogue/migration-mobility"))
	red := access.Header{Dialogue: d, Mark: "TLP:RED", Owner: s.id("institution/nia"), Audience: access.NewAudience(access.PersonOf(ref.Person(s.id("person/cn-focal-point"))))}
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return meeting.Meetings.SaveAny(ctx, tx, access.Operator("test"), "meeting.create", &red, &meeting.Meeting{Title: text.Both("Own <b>notes</b>", "内部记录"), Type: "seminar", State: meeting.Planned}, "")
	}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"function": {"focal-point"}, "to": {""}, "stays": {""}, "step": {"look"}, "title.zh": {"新任联络员"}, "language": {"zh"}}
	s.want(s.post("cn-focal-point", "/zh"+at, with(form, "title.zh", "")), 422, "has-error")
	s.want(s.post("cn-focal-point", "/zh"+at, with(form, "to", s.id("person/cn-ministry"))), 422, "has-error")
	look := s.post("cn-focal-point", "/zh"+at, form)
	s.want(look, 200, "自即日起，新任联络员接任国家移民管理局联络员在国家移民管理局的联络员职能", "确认后不可再登录", "内部记录", "checked", "确认移交")
	s.want(s.post("cn-focal-point", "/en"+at, form), 200, "From today 新任联络员 holds the function Focal point", "Own &lt;b&gt;notes", "Drafts, notes and duties of the institution pass by themselves")
	s.want(s.get("cn-focal-point", "/zh/people/{person/cn-focal-point}"), 200, "移交职能") // nothing is done yet
	s.want(s.post("project-team", "/en"+at, form), 200, "There is nothing here that the institution opened", "!Own")
	back := formOf(t, look.Body)
	s.want(s.post("cn-focal-point", "/zh"+at, with(back, "step", "back")), 200, `value="新任联络员"`)
	done := s.post("cn-focal-point", "/zh"+at, with(back, "open", red.ID))
	s.want(done, 200, "邀请卡")
	code, next := card(t, done)
	s.want(s.get("cn-focal-point", "/zh/desk"), http.StatusSeeOther) // signed out

	password := "several words of mine"
	s.as("next", s.post(visitor, "/zh/invitation/"+code, url.Values{"login": {"next"}, "password": {password}, "again": {password}}))
	s.want(s.get("next", "/zh/meetings/"+red.ID), 200, "内部记录")
	s.want(s.get("next", "/zh/people/"+next), 200, "前任", "国家移民管理局联络员", "移交职能")
	s.want(s.get("project-team", "/en/people/{person/cn-focal-point}"), 200, "Taken over by", "since", "!Hand over the function")
	s.want(s.get("cn-contributor", "/zh/meetings/"+red.ID), 404)
	s.want(s.get("project-team", "/en/objects/"+next+"/history"), 200, "handed the function over")
}

// TestActsOnWhatWasShown: a handover, the end of a person's part, a fresh code and an admission are done
// on what their page showed alone; a form that names none, or what has moved since, shows it first.
func TestActsOnWhatWasShown(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const focal, contributor = "/en/people/{person/cn-focal-point}", "/en/people/{person/cn-contributor}"
		rev := func(role string) int64 {
			h, _, err := s.objects.Get(t.Context(), access.Operator("test"), s.id("person/"+role))
			if err != nil {
				t.Fatal(err)
			}
			return h.Rev
		}
		was, other := rev("cn-focal-point"), rev("cn-contributor")
		undone := func() {
			t.Helper()
			if a := s.actor("cn-focal-point"); rev("cn-focal-point") != was || !a.Holds(access.FocalPoint) {
				t.Error("the handover is done")
			}
		}
		form := url.Values{"function": {"focal-point"}, "to": {"{person/cn-contributor}"}, "stays": {"yes"}}
		look := s.post("cn-focal-point", focal+"/handover", form)
		s.want(look, 200, "Nothing is done yet")
		undone()
		shown := formOf(t, look.Body)
		s.want(s.post("cn-focal-point", focal+"/handover", with(shown, "seen", "0")), 200, "Nothing is done yet")
		s.want(s.post("cn-focal-point", focal+"/handover", with(shown, "stays", "")), 200, "Nothing is done yet")
		s.want(s.post("cn-focal-point", focal+"/handover", with(shown, "to", "", "title.en", "Invented")), 200, "Nothing is done yet")
		undone()
		// The successor's entry moves between the look and the act.
		s.want(s.post("cn-contributor", "/zh/account/data", url.Values{"rev": {itoa(other)}, "family": {"Invented"}, "given": {"Li"}, "language": {"zh"}}), 303)
		if rev("cn-contributor") == other {
			t.Fatal("the successor's entry did not move")
		}
		s.want(s.post("cn-focal-point", focal+"/handover", shown), 200, "Nothing is done yet")
		undone()

		// The end of a part, and a code that lets a colleague in.
		ask := s.get("cn-focal-point", contributor).Body
		sent := url.Values{"reason": {"left the unit"}, "seen": {sight.FindStringSubmatch(ask)[1]}}
		s.want(s.post("cn-contributor", "/zh/account/data", url.Values{"rev": {itoa(rev("cn-contributor"))}, "family": {"Renamed"}, "given": {"Li"}, "language": {"zh"}}), 303)
		for _, f := range []url.Values{with(sent, "seen", ""), with(sent, "seen", "0"), sent} {
			s.want(s.post("cn-focal-point", contributor+"/end", f), 200, `value="left the unit"`, "<details class=\"turn\" open>")
			s.want(s.post("cn-focal-point", contributor+"/invitation", f), 200, "Contributor, NIA", "!Good until")
		}
		if a := s.actor("cn-contributor"); !a.Holds(access.Contributor) {
			t.Error("the part is ended")
		}
		s.want(s.get("cn-focal-point", contributor+"/end"), 303)

		// Who is inside is shut out on what the page showed.
		s.want(s.post("cn-focal-point", contributor+"/admission", url.Values{"do": {"end"}, "reason": {"left"}}), 200, "Shut out")
		s.want(s.post("cn-focal-point", contributor+"/admission", url.Values{"do": {"end"}, "reason": {"left"}, "seen": {"0"}}), 409)
		if a := s.actor("cn-contributor"); !a.Inside() {
			t.Error("the person is shut out")
		}
		s.want(s.post("cn-focal-point", contributor+"/admission", formOf(t, s.get("cn-focal-point", contributor+"/admission").Body)), 422)
		again := formOf(t, s.get("cn-focal-point", contributor+"/admission").Body)
		s.want(s.post("cn-focal-point", contributor+"/admission", with(again, "reason", "left")), 303)
		fresh := s.post("cn-focal-point", focal+"/handover", form)
		card(t, s.post("cn-focal-point", focal+"/handover", formOf(t, fresh.Body)))
	})
}
