package web

import (
	"context"
	"net/url"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/roster"
)

// secondTeam makes the expert one of the project team as well: who acts is not told of it.
func (s *testSite) secondTeam() {
	s.t.Helper()
	if err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		o, err := roster.People.Load(ctx, tx, access.Operator("test"), s.id("person/expert"))
		if err != nil {
			return err
		}
		o.Value.Functions = append(o.Value.Functions, roster.Held{Function: access.ProjectTeam})
		return roster.People.Save(ctx, tx, access.Operator("test"), access.AuthorityAct("person"), &o, "test")
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestEndIsShown: the page before an institution's end says who speaks for it no longer; they are told,
// and who asked it for something is told that nobody answers.
func TestEndIsShown(t *testing.T) {
	s := newTest(t)
	s.ask(s.id(meeting1), nil)
	at := "/en/objects/{institution/mfa}/authority"
	look := s.post("project-team", at, url.Values{"rev": {"1"}, "reason": {"decided"}, "standings.0.as": {"side"}, "standings.0.side": {"{side/cn}"}, "ended": {"2025-06-30"}})
	s.want(look, 200, "Who gains and who loses", "speaks for Ministry of Foreign Affairs")
	s.secondTeam()
	s.want(s.post("project-team", at, hiddenOf(look.Body)), 303)
	if ended, asked, other := s.told("cn-ministry", "authority"), s.vacancies("expert"), s.vacancies("cn-focal-point"); ended != 1 || asked != 1 || other != 0 {
		t.Errorf("told: who ended %d times, who asked %d, another that was asked %d", ended, asked, other)
	}
	s.want(s.get("expert", "/en/notices"), 200, "Nobody is entered any more who could answer for Ministry of Foreign Affairs")
}

// TestEndLaterIsShown: the page before an end on a later day says from when on nobody answers for the
// institution, and so does that of a post which ends then.
func TestEndLaterIsShown(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		s.ask(s.id(meeting1), nil)
		form := url.Values{"rev": {"1"}, "reason": {"decided"}, "standings.0.as": {"side"}, "standings.0.side": {"{side/cn}"}, "ended": {"2189"}}
		s.want(s.post("project-team", "/en/objects/{institution/mfa}/authority", form), 200, "From 1 January 2190, 1 open duty of Ministry of Foreign Affairs will have nobody")
		s.want(s.post("project-team", "/zh/objects/{institution/mfa}/authority", form), 200, "自2190年1月1日起，外交部尚未办结的1项事项将无人可办")
		form["successors.0.institution"] = []string{"{institution/nia}"}
		s.want(s.post("project-team", "/en/objects/{institution/mfa}/authority", form), 200, "speaks for Ministry of Foreign Affairs", "!will have nobody")
		post := url.Values{"rev": {"1"}, "reason": {"decided"}, "posts.0.institution": {"{institution/mfa}"}, "posts.0.until": {"2189-06-30"}, "functions.0.function": {"focal-point"}}
		s.want(s.post("project-team", "/en/objects/{person/cn-ministry}/authority", post), 200, "2189, 1 open duty of Ministry of Foreign Affairs will have nobody")
	})
}
