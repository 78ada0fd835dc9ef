package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// bothSites does a test over the example on either engine.
func bothSites(t *testing.T, do func(*testing.T, *testSite)) {
	for _, on := range []string{"sqlite", "postgres"} {
		t.Run(on, func(t *testing.T) {
			if on == "sqlite" {
				do(t, newTest(t))
			} else {
				do(t, siteOverExample(t, dbtest.Postgres(t)))
			}
		})
	}
}

// speaks has NIA say something on the meeting of the example.
func (s *testSite) speaks(role, sort, words string) ref.ID {
	s.t.Helper()
	return s.said(s.post(role, "/en/objects/{meeting/launch-phase-2}/statements/new", url.Values{
		"sort": {sort}, "text.zh": {words}, "rev": {s.rev(s.id("meeting/launch-phase-2"))},
	}))
}

// alter changes an entry of the register as the project team does, and gives why that was refused.
func (s *testSite) alter(key string, change func(any)) error {
	s.t.Helper()
	team := s.actor("project-team")
	h, v, err := s.objects.Get(s.t.Context(), team, s.id(key))
	if err != nil {
		s.t.Fatal(err)
	}
	change(v)
	return bundle.Edit(s.t.Context(), s.db, s.objects, team, h.ID, h.Rev, v, "")
}

// stands gives the revision at which an entry stands.
func (s *testSite) stands(key string) int64 {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), s.id(key))
	if err != nil {
		s.t.Fatal(err)
	}
	return h.Rev
}

// TestRegisterStays: what people and words hang on is neither removed nor closed to those whose it is, by
// whoever enters the register.
func TestRegisterStays(t *testing.T) {
	bothSites(t, func(t *testing.T, s *testSite) {
		team := s.actor("project-team")
		said := s.speaks("cn-focal-point", "comment", "我局不同意。")
		for key, why := range map[string]string{
			"side/cn": "It is not removed", "side/eu": "It is not removed", "institution/nia": "posts at this institution",
			"person/cn-contributor": "", "person/cn-focal-point": "",
		} {
			if why != "" {
				s.want(s.post("project-team", "/en/objects/{"+key+"}/remove", url.Values{"rev": {s.rev(s.id(key))}, "reason": {"x"}}), 422, why)
			}
			err := s.objects.SetAudience(t.Context(), team, s.id(key), s.stands(key), tlp.AMBER, access.NewAudience(access.TeamOf(team.Dialogue)), "x")
			if err == nil || !strings.Contains(err.Error(), "-open") {
				t.Errorf("%s was closed to its own: %v", key, err)
			}
		}
		// Nobody is left, and yet its words name it.
		for _, p := range []string{"person/cn-focal-point", "person/cn-contributor"} {
			s.want(s.post("project-team", "/en/people/{"+p+"}/end", url.Values{"reason": {"left"}}), 303)
		}
		if err := s.objects.SetAudience(t.Context(), team, s.id("person/cn-contributor"), s.stands("person/cn-contributor"), tlp.AMBER, access.NewAudience(access.TeamOf(team.Dialogue)), "x"); err != nil {
			t.Errorf("who left today is of nobody: %v", err)
		}
		s.want(s.post("project-team", "/en/objects/{institution/nia}/remove", url.Values{"rev": {s.rev(s.id("institution/nia"))}, "reason": {"x"}}), 422, "said something")
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "NIA", "Chinese side")

		// A colleague reads whoever is of the own institution, where fewer than the dialogue do.
		h := s.create("person", access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(access.TeamOf(team.Dialogue), access.InstitutionOf(ref.Institution(s.id("institution/mfa"))))},
			&roster.Person{Title: text.Both("Officer", "科员"), Posts: []roster.Post{{Institution: ref.Institution(s.id("institution/mfa"))}}})
		s.want(s.get("cn-ministry", "/en/people/"+h.ID), 200, "Officer")
	})
}

// TestGateNamesClosed: who is inside a side names and shuts out whom it let in, and words name who said
// them, where an operator closed the entries, or somebody removed them before that was refused.
func TestGateNamesClosed(t *testing.T) {
	bothSites(t, func(t *testing.T, s *testSite) {
		dialogue := s.actor("project-team").Dialogue
		said := s.speaks("cn-focal-point", "comment", "我局不同意。")
		for _, key := range []string{"institution/nia", "person/cn-contributor", "side/cn"} {
			if err := s.objects.SetAudience(t.Context(), access.Operator("test"), s.id(key), s.stands(key), tlp.AMBER, access.NewAudience(access.TeamOf(dialogue)), "x"); err != nil {
				t.Fatal(err)
			}
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "NIA", "Chinese side", "!an institution")
		s.want(s.get("cn-focal-point", "/en/institutions/{institution/nia}/inside"), 200, "Contributor, NIA", "!Kind.")
		s.want(s.get("cn-focal-point", "/en/people/{person/cn-contributor}/admission"), 200, "Contributor, NIA")
		s.want(s.get("eu-focal-point", "/en/people/{person/cn-contributor}/admission"), 404)
		form := formOf(t, s.get("cn-focal-point", "/en/people/{person/cn-contributor}/admission").Body)
		form.Set("reason", "left")
		s.want(s.post("cn-focal-point", "/en/people/{person/cn-contributor}/admission", form), 303)
		if s.actor("cn-contributor").Admitted {
			t.Error("the person is inside still")
		}
		s.want(s.post("project-team", "/en/objects/{person/cn-contributor}/remove", url.Values{"rev": {s.rev(s.id("person/cn-contributor"))}, "reason": {"left"}}), 303)
		s.want(s.get("cn-focal-point", "/en/institutions/{institution/nia}/inside"), 200, "Contributor, NIA", "!Kind.")
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update object set tombstone = 'before' where id = $1`, s.id("institution/nia"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "NIA", "!an institution")
	})
}

// TestNamesBorne: no side, institution or person is entered under a name that another one bears or bore on
// any day, whoever gave it up.
func TestNamesBorne(t *testing.T) {
	bothSites(t, func(t *testing.T, s *testSite) {
		said := s.speaks("cn-focal-point", "comment", "我局同意。")
		taken := func(what, key string, change func(any)) {
			t.Helper()
			if err := s.alter(key, change); err == nil || !strings.Contains(err.Error(), "fault.institution-name") {
				t.Errorf("%s: %v", what, err)
			}
		}
		name := func(en, zh string) func(any) {
			return func(v any) {
				i := v.(*roster.Institution)
				i.Names[len(i.Names)-1].Name, i.Short = text.Both(en, zh), nil
			}
		}
		var ministry text.Multi
		if err := s.alter("institution/mfa", func(v any) {
			ministry = v.(*roster.Institution).Name()
			name("Office for Foreign Affairs", "外事部门")(v)
		}); err != nil {
			t.Fatal(err)
		}
		taken("the name that another gave up", "institution/nia", func(v any) { v.(*roster.Institution).Short = ministry })
		taken("for a day of the past", "institution/nia", func(v any) {
			i := v.(*roster.Institution)
			i.Names = append([]roster.Name{{Name: ministry, Until: "2017"}}, i.Names...)
		})
		taken("a side's", "institution/nia", func(v any) { v.(*roster.Institution).Short = text.Both("EU side", "欧方") })
		taken("the other side's", "side/cn", func(v any) { v.(*roster.Side).Name = text.Both("EU side", "欧方") })
		taken("an institution's, by a person", "person/cn-focal-point", func(v any) { v.(*roster.Person).Title = ministry })
		taken("a person's", "institution/nia", func(v any) { v.(*roster.Institution).Short = text.Both("Contributor, NIA", "参与填报人员") })
		if err := s.alter("institution/mfa", func(v any) { i := v.(*roster.Institution); i.Names[len(i.Names)-1].Name = ministry }); err != nil {
			t.Errorf("its own name of before: %v", err)
		}

		// Renamed, its people are told, and its words say what it was called then.
		before := s.told("cn-contributor", "authority")
		if err := s.alter("institution/nia", name("Another Administration", "另一管理局")); err != nil {
			t.Fatal(err)
		}
		if n := s.told("cn-contributor", "authority"); n != before+1 {
			t.Errorf("told %d times", n-before)
		}
		s.want(s.get("cn-contributor", "/en/notices"), 200, "is called otherwise")
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "Another Administration (then: NIA)")
		s.want(s.get("eu-focal-point", "/en/objects/{meeting/launch-phase-2}/statements"), 200, "Another Administration (then: NIA)")
		s.want(s.get("eu-focal-point", "/zh/statements/"+said), 200, "另一管理局（当时名称：")
		if err := s.alter("side/cn", func(v any) { v.(*roster.Side).Name = text.Both("The other side", "对方") }); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "The other side (then: Chinese side)")
		again := s.speaks("cn-focal-point", "comment", "我局再次同意。")
		s.want(s.get("eu-focal-point", "/en/statements/"+again), 200, "Another Administration", "!then:")
		if n := s.told("cn-ministry", "authority"); n == 0 {
			t.Error("nobody of the side was told of its name")
		}
	})
}
