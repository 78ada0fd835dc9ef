package web

import (
	"net/url"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/standard/tlp"
)

// small makes a meeting for some and the project team, in which the EU Delegation takes part.
func (s *testSite) small(of func(id ref.ID) access.Principal) ref.ID {
	s.t.Helper()
	team := s.actor("project-team")
	m := &meeting.Meeting{Title: text.Both("Small round", "小范围会议"), Type: "seminar", State: meeting.Planned, Participants: []meeting.Participation{
		{Institution: ref.Institution(s.id("institution/eud"))},
	}}
	h, err := s.objects.Create(s.t.Context(), access.Operator("test"), "meeting", access.Header{Dialogue: team.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.TeamOf(team.Dialogue))}, m)
	if err == nil {
		err = s.objects.SetAudience(s.t.Context(), access.Operator("test"), h.ID, h.Rev, h.Mark, access.NewAudience(of(h.ID), access.TeamOf(team.Dialogue)), "test")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return h.ID
}

// TestRemovalKeepsOwnWords: where what is removed is itself for whom something stands, a meeting for its
// participants or a circle for its members, the page before says who loses it and what they said, these
// keep that, and are told.
func TestRemovalKeepsOwnWords(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		circle := s.id("circle/border-practice")
		for _, c := range []struct {
			name   string
			of     func(ref.ID) access.Principal
			remove func(whole ref.ID) ref.ID
		}{
			{"a meeting for its participants", func(id ref.ID) access.Principal { return access.ParticipantsOf(ref.Meeting(id)) }, func(whole ref.ID) ref.ID { return whole }},
			{"a circle", func(ref.ID) access.Principal { return access.CircleOf(ref.Circle(circle)) }, func(ref.ID) ref.ID { return circle }},
		} {
			whole := s.small(c.of)
			at := "/en/objects/" + whole
			ask := url.Values{"title.en": {"Please confirm"}, "text.en": {"Which day?"}, "for": {"answer"}, "due": {"2031-01-10"}, "to": {"{institution/eud}"}}
			a := s.post("project-team", at+"/calls/new", ask)
			s.want(a, 303)
			call := a.Header.Get("Location")[len("/en/calls/"):]
			comment := s.said(s.post("eu-focal-point", at+"/statements/new", url.Values{"sort": {"confirmation"}, "text.en": {canary + " said"}}))
			s.want(s.send("eu-focal-point", "/en/objects/"+comment+"/files", "annex.txt", "an annex", nil), 303)
			scan := s.scanOf(comment)
			answer := s.said(s.post("eu-focal-point", at+"/statements/new", url.Values{"sort": {"answer"}, "text.en": {canary + " answered"}, "call": {call}}))
			told, authority := s.told("eu-focal-point", "narrowed"), s.told("eu-focal-point", "authority")

			gone := c.remove(whole)
			page := "/en/objects/" + gone + "/remove"
			s.want(s.get("project-team", page), 200, "Who gains and who loses", "Delegation of the European Union", "keep their own words", "Confirmation: "+canary+" said", "Answer: "+canary+" answered")
			s.want(s.get("eu-focal-point", "/en/meetings/"+whole), 200)
			if n := s.told("eu-focal-point", "narrowed"); n != told {
				t.Errorf("%s: the page told the Delegation", c.name)
			}
			s.want(s.post("project-team", page, url.Values{"rev": {s.rev(gone)}, "reason": {"Geheimgrund"}}), 303)

			s.want(s.get("eu-focal-point", "/en/meetings/"+whole), 404)
			s.want(s.get("eu-focal-point", "/en/statements/"+comment), 200, canary+" said", "Referred to revision", "annex", "!Geheimgrund")
			s.want(s.get("eu-focal-point", "/en/statements/"+answer), 200, canary+" answered", "Which day?")
			s.want(s.get("eu-focal-point", "/en/files/"+scan), 200, "annex")
			s.want(s.get("eu-focal-point", "/en/said"), 200, comment, answer, scan)
			s.want(s.get("eu-focal-point", "/account/data.json"), 200, canary+" said", canary+" answered")
			if n := s.told("eu-focal-point", "narrowed"); n != told+1 {
				t.Errorf("%s: the Delegation is told %d times of its words", c.name, n-told)
			}
			if n := s.told("eu-focal-point", "authority"); n != authority+1 {
				t.Errorf("%s: the Delegation is told %d times of what it loses", c.name, n-authority)
			}
			for _, role := range []string{"donor", "expert", "member-state", "cn-ministry"} {
				for _, id := range []ref.ID{comment, answer} {
					s.want(s.get(role, "/en/statements/"+id), 404)
				}
			}
		}
	})
}

// TestRemovalOfPerson: before a person is removed the page shows what they lose, and the focal points of
// the institution for which they spoke are told.
func TestRemovalOfPerson(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.id("person/cn-contributor")
		page := "/en/objects/" + id + "/remove"
		was := s.told("cn-focal-point", "authority")
		s.want(s.get("project-team", page), 200, "Who gains and who loses", "speaks for National Immigration Administration")
		if n := s.told("cn-focal-point", "authority"); n != was {
			t.Errorf("the page told NIA")
		}
		s.want(s.post("project-team", page, url.Values{"rev": {s.rev(id)}, "reason": {"Left"}}), 303)
		if n := s.told("cn-focal-point", "authority"); n != was+1 {
			t.Errorf("NIA is told %d times", n-was)
		}
		s.want(s.get("cn-focal-point", "/en/notices"), 200, "is no longer entered")
	})
}
