package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/exchange"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestEnteredInItsTime: what answers a call is not dated before that was asked, of nobody; and for an
// institution that has ended only what is of the time between. Who succeeded it is told that it was
// entered, and nothing of confirming what it cannot confirm.
func TestEnteredInItsTime(t *testing.T) {
	base := time.Now()
	now := base.AddDate(0, 0, -1)
	s := newTestAt(t, func() time.Time { return now })
	day := func(n int) when.Date { return when.DateOf(base.UTC().AddDate(0, 0, n)) }
	whole, team, svc := s.id(meeting1), s.actor("project-team"), exchange.New(s.db)
	mfa, nia := ref.Institution(s.id("institution/mfa")), ref.Institution(s.id("institution/nia"))
	ask := func(i ref.Institution) ref.Call {
		o, err := svc.Ask(t.Context(), team, whole, exchange.Asked{Title: text.Both("Asked", "请办"), For: "answer", To: []ref.Institution{i}, Due: day(400)})
		if err != nil {
			t.Fatal(err)
		}
		return ref.Call(o.ID)
	}
	enter := func(call ref.Call, date when.Date, want string) ref.ID {
		t.Helper()
		h, _, err := s.objects.Get(t.Context(), team, whole)
		if err != nil {
			t.Fatal(err)
		}
		with, err := s.objects.Contents(t.Context(), team, h)
		if err != nil {
			t.Fatal(err)
		}
		in := exchange.Said{Sort: exchange.Answer, Text: text.Both("", "同意。"), Seen: h.Rev, With: with, Call: call}
		if call != "" {
			in.Asked = 1
		}
		o, err := svc.Enter(t.Context(), team, whole, mfa, in, exchange.Entry{Channel: exchange.Letter, Date: date})
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("dated %q: %v, want %q", date, err, want)
		}
		return o.ID
	}
	const early, over = "fault.entry-before-call", "fault.institution-succeeded"
	first, second := ask(mfa), ask(mfa)
	enter(first, day(-2), early)
	enter(first, "2019", early)
	enter("", day(-2), "") // it answers nothing

	now = base
	third := ask(mfa)
	s.ends("mfa", day(-1), "nia")
	ask(nia)
	s.owesOnly("cn-focal-point", access.DutiesInstitution, 4)
	enter(first, day(-2), early)
	enter(first, day(0), over)
	enter(first, "", over)
	enter(third, day(-1), early)
	s.owesOnly("cn-focal-point", access.DutiesInstitution, 4)
	said := enter(first, day(-1), "")
	s.owesOnly("cn-focal-point", access.DutiesInstitution, 3)
	s.want(s.get("cn-focal-point", "/en/notices"), 200, "Was entered in the name of Ministry of Foreign Affairs, which your institution succeeded", "!for you to confirm or contest")
	s.want(s.get("cn-focal-point", "/zh/notices"), 200, "已以外交部（其职能由贵单位承接）的名义录入")
	s.want(s.get("cn-focal-point", "/en/statements/"+said+"/contest"), 403)

	// Asked after the last day: no time is left in which it can have been answered.
	s.ends("mfa", day(-3), "nia")
	enter(second, when.Date(string(day(-1))[:4]), over)
	s.owesOnly("cn-focal-point", access.DutiesInstitution, 3)
}

// TestPostOwnsNothing: what somebody makes who has a post at an institution and does not speak for it is
// not the institution's; the page before such a post does not say that the person will speak for it.
func TestPostOwnsNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		eu := ref.Institution(s.id("institution/eud"))
		at := "/en/objects/" + s.id("person/project-team") + "/authority"
		form := url.Values{
			"rev": {s.rev(s.id("person/project-team"))}, "reason": {"decided"},
			"posts.0.institution": {string(eu)}, "functions.0.function": {"project-team"},
		}
		look := s.post("project-team", at, form)
		s.want(look, 200, "Who gains and who loses", "has a post at", "does not speak for it", "!speaks for Delegation")
		s.want(s.post("project-team", at, hiddenOf(look.Body)), 303)
		team := s.actor("project-team")
		if team.Institution != eu {
			t.Fatalf("the post is at %s", team.Institution)
		}
		owned := func(what string, id ref.ID) {
			t.Helper()
			if h, _, err := s.objects.Get(t.Context(), access.Operator("test"), id); err != nil || h.Owner != "" {
				t.Errorf("%s is owned by %q, %v", what, h.Owner, err)
			}
		}
		call := s.ask(s.id(meeting1), nil)
		owned("a call", call)
		s.want(s.get("cn-focal-point", "/en/calls/"+call), 200, canary, "!EU Delegation", "!Delegation of the European Union")
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		s.want(s.post("project-team", "/en/calls/"+call+"/extend", url.Values{"rev": {s.rev(call)}, "due": {"2031-02-10"}, "reason.en": {"Asked for"}}), 303)
		s.want(s.send("project-team", "/en/objects/{"+meeting1+"}/files", "paper.txt", canary, nil), 303)
		owned("a file", s.scanOf(s.id(meeting1)))
		owned("a meeting", s.create("meeting", access.Header{Mark: tlp.GREEN, Audience: access.NewAudience(access.DialogueOf(team.Dialogue))},
			&meeting.Meeting{Title: text.Both("New", "新"), Type: "seminar", State: meeting.Planned}).ID)
		owned("an institution", s.create("institution", access.Header{Dialogue: team.Dialogue, Audience: access.NewAudience(access.DialogueOf(team.Dialogue))},
			&roster.Institution{Names: []roster.Name{{Name: text.Both("New", "新")}}}).ID)
		if d := s.compared(); d != "" {
			t.Errorf("verification: %s", d)
		}
	})
}
