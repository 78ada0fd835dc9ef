package web

import (
	"net/url"
	"slices"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestOwnWordsKeptByRegister: who said something keeps it also where not the object was narrowed but
// what lets its people read: a circle, who takes part in a meeting, the side of their institution. The
// page before says so, those concerned are told, and nobody else gains.
func TestOwnWordsKeptByRegister(t *testing.T) {
	for _, on := range []string{"sqlite", "postgres"} {
		t.Run(on, func(t *testing.T) {
			var s *testSite
			if on == "sqlite" {
				s = newTest(t)
			} else {
				s = siteOverExample(t, dbtest.Postgres(t))
			}
			team := s.actor("project-team")
			eu, mfa := s.actor("eu-focal-point"), s.actor("cn-ministry")
			paper := func(title string, to access.Principal) ref.ID {
				return s.create("meeting", access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(to, access.TeamOf(team.Dialogue))},
					&meeting.Meeting{Title: text.Both(title, title), Type: "seminar", State: meeting.Planned}).ID
			}
			say := func(role string, of ref.ID) ref.ID {
				return s.said(s.post(role, "/en/objects/"+of+"/statements/new", url.Values{"sort": {"comment"}, "text.en": {canary + " by " + role}, "rev": {s.rev(of)}}))
			}
			keeps := func(way, role string, of, said ref.ID) {
				t.Helper()
				s.want(s.get(role, "/en/meetings/"+of), 404)
				s.want(s.get(role, "/en/statements/"+said), 200, canary+" by "+role, "which you may no longer read", "seminar")
				s.want(s.get(role, "/en/said"), 200, canary+" by "+role)
				s.want(s.get(role, "/en/search?q="+canary), 200, "/en/statements/"+said)
				for _, other := range []string{"donor", "member-state", "administrator"} {
					s.want(s.get(other, "/en/statements/"+said), 404)
				}
				if n := s.told(role, "narrowed"); n == 0 {
					t.Errorf("%s: %s was not told", way, role)
				}
			}

			// A circle leaves the institution out.
			circle := s.create("circle", access.Header{Dialogue: team.Dialogue}, &roster.Circle{
				Name: text.Both("Circle", "组"), Members: []ref.Institution{eu.Institution, mfa.Institution},
			})
			of := paper("For a circle", access.CircleOf(ref.Circle(circle.ID)))
			said := say("eu-focal-point", of)
			_, v, err := s.objects.Get(t.Context(), team, circle.ID)
			if err != nil {
				t.Fatal(err)
			}
			c := *v.(*roster.Circle)
			c.Members = []ref.Institution{mfa.Institution}
			w, err := bundle.Weigh(t.Context(), s.db, s.objects, team, circle.ID, circle.Rev, &c, "reason")
			if err != nil || !slices.ContainsFunc(w.Kept, func(k access.Kept) bool { return k.Part.ID == said }) {
				t.Errorf("the page before names %+v, %v", w.Kept, err)
			}
			form := formOf(t, s.get("project-team", "/en/objects/"+circle.ID+"/authority").Body)
			form["members"] = []string{string(mfa.Institution)}
			form.Set("reason", "test")
			look := s.post("project-team", "/en/objects/"+circle.ID+"/authority", form)
			s.want(look, 200, "keep their own words", canary)
			s.want(s.get("eu-focal-point", "/en/meetings/"+of), 200) // it was undone
			s.want(s.post("project-team", "/en/objects/"+circle.ID+"/authority", hiddenOf(look.Body)), 303)
			keeps("circle", "eu-focal-point", of, said)

			// A meeting's participants are its audience, and one is taken out.
			host := s.create("meeting", access.Header{Mark: tlp.GREEN, Audience: access.NewAudience(access.DialogueOf(team.Dialogue))},
				&meeting.Meeting{Title: text.Both("Host", "会"), Type: "seminar", State: meeting.Planned, Participants: []meeting.Participation{{Institution: mfa.Institution}}})
			of = paper("For participants", access.ParticipantsOf(ref.Meeting(host.ID)))
			said = say("cn-ministry", of)
			_, v, err = s.objects.Get(t.Context(), team, host.ID)
			if err != nil {
				t.Fatal(err)
			}
			m := *v.(*meeting.Meeting)
			m.Participants = nil
			if err := bundle.Edit(t.Context(), s.db, s.objects, team, host.ID, host.Rev, &m, ""); err != nil {
				t.Fatal(err)
			}
			keeps("participants", "cn-ministry", of, said)

			// The institution changes its side.
			of = paper("For a side", access.SideOf(mfa.Side))
			said = say("cn-ministry", of)
			h, v, err := s.objects.Get(t.Context(), access.Operator("test"), ref.ID(mfa.Institution))
			if err != nil {
				t.Fatal(err)
			}
			i := *v.(*roster.Institution)
			i.Standings = slices.Clone(i.Standings)
			i.Standings[len(i.Standings)-1].Until = "2025"
			i.Standings = append(i.Standings, roster.Period{As: roster.OnSide, Side: eu.Side, From: "2026"})
			if err := bundle.Edit(t.Context(), s.db, s.objects, access.Operator("test"), h.ID, h.Rev, &i, "test"); err != nil {
				t.Fatal(err)
			}
			keeps("side", "cn-ministry", of, said)
			if d := s.compared(); d != "" {
				t.Errorf("verification: %s", d)
			}
		})
	}
}

// TestOwnWordsKeptForInstitution: what an institution said for itself, or confirmed of what was entered
// for it, keeps for all its people what it referred to, where it lost the whole by the participants or a
// circle; what one of them read in person, for that one alone.
func TestOwnWordsKeptForInstitution(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team, nia := s.actor("project-team"), s.actor("cn-focal-point")
		one := access.NewAudience(access.TeamOf(team.Dialogue), access.DialogueOf(team.Dialogue))
		taking := s.create("meeting", access.Header{Mark: tlp.GREEN, Audience: one},
			&meeting.Meeting{Title: text.Both("Host", "会"), Type: "seminar", State: meeting.Planned, Participants: []meeting.Participation{{Institution: nia.Institution}}}).ID
		circle := s.create("circle", access.Header{Dialogue: team.Dialogue}, &roster.Circle{Name: text.Both("Circle", "组"), Members: []ref.Institution{nia.Institution}}).ID
		type words struct{ of, said, behalf ref.ID }
		about := func(title string, to access.Principal, entered bool, more ...access.Principal) (w words) {
			w.of = s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(append(more, to, access.TeamOf(team.Dialogue))...)},
				&meeting.Meeting{Title: text.Both(title, title), Type: "seminar", State: meeting.Planned}).ID
			w.said = s.said(s.post("cn-focal-point", "/en/objects/"+w.of+"/statements/new", url.Values{"sort": {"confirmation"}, "text.en": {canary}, "rev": {s.rev(w.of)}}))
			if entered {
				w.behalf = s.said(s.send("project-team", "/en/objects/"+w.of+"/statements/behalf", "", "", s.letter()))
				s.want(s.post("cn-focal-point", "/en/statements/"+w.behalf+"/accept", s.wordOn(w.behalf)), 303)
			}
			return w
		}
		a := about("Of participants", access.ParticipantsOf(ref.Meeting(taking)), true)
		b := about("Of a circle", access.CircleOf(ref.Circle(circle)), true)
		c := about("Of one person", access.CircleOf(ref.Circle(circle)), false, access.PersonOf(nia.Person))
		change := func(id ref.ID, fn func(any)) {
			h, v, err := s.objects.Get(t.Context(), team, id)
			if err == nil {
				fn(v)
				err = bundle.Edit(t.Context(), s.db, s.objects, access.Operator("test"), id, h.Rev, v, "test")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		change(taking, func(v any) { v.(*meeting.Meeting).Participants = nil })
		change(circle, func(v any) { v.(*roster.Circle).Members = []ref.Institution{s.actor("cn-ministry").Institution} })
		for title, w := range map[string]words{"Of participants": a, "Of a circle": b} {
			for _, role := range []string{"cn-focal-point", "cn-contributor"} {
				s.want(s.get(role, "/en/meetings/"+w.of), 404)
				s.want(s.get(role, "/en/statements/"+w.said), 200, canary, "Referred to revision 1 of “"+title, "which you may no longer read", "seminar")
				s.want(s.get(role, "/en/statements/"+w.behalf), 200, "Referred to revision 1 of “"+title, "seminar")
				s.want(s.get(role, "/en/said"), 200, title)
			}
			s.want(s.get("eu-focal-point", "/en/statements/"+w.said), 404)
		}
		s.narrow(c.of, tlp.AMBERSTRICT, access.TeamOf(team.Dialogue))
		s.want(s.get("cn-focal-point", "/en/statements/"+c.said), 200, "Referred to revision 1 of “Of one person", "seminar")
		s.want(s.get("cn-contributor", "/en/statements/"+c.said), 200, canary, "!Of one person")
	})
}
