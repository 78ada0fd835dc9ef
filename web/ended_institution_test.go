package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// decides changes an object of the register by the act that is for it.
func (s *testSite) decides(name string, fn func(any)) {
	s.t.Helper()
	h, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), s.id(name))
	if err != nil {
		s.t.Fatal(err)
	}
	fn(v)
	if err := bundle.Authority(s.t.Context(), s.db, s.objects, s.actor("project-team"), h.ID, h.Rev, v, "test"); err != nil {
		s.t.Fatal(err)
	}
}

// TestInstitutionEndedAtOnce: what an act ends of an institution's standing, of the institution itself and
// of a side's lead is ended with it, and its successor counts as it from then on; an end that was entered
// before lasts through its day. It is eight in the morning in Beijing.
func TestInstitutionEndedAtOnce(t *testing.T) {
	start := time.Date(2026, 11, 30, 0, 30, 0, 0, time.UTC)
	now := start
	today := beijing(start)
	leads := func(s *testSite, side ref.Side) (out []ref.Institution) {
		s.t.Helper()
		if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			out, err = roster.Leads(ctx, tx, side)
			return err
		}); err != nil {
			s.t.Fatal(err)
		}
		return out
	}
	last := func(until when.Date) func(any) {
		return func(v any) {
			ps := v.(*roster.Institution).Standings
			ps[len(ps)-1].Until = until
		}
	}
	const at = "/zh/objects/{meeting/launch-phase-2}"
	said := url.Values{"sort": {"confirmation"}, "text.zh": {"同意"}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		s := siteOverExample(t, d)
		nia, mfa := s.actor("cn-focal-point"), s.actor("cn-ministry")
		speaks := func(what, role string, does bool) {
			t.Helper()
			if a := s.actor(role); a.Represents() != does {
				t.Errorf("%s: %s speaks for %s: %v", what, role, a.Institution, !does)
			}
			status := http.StatusOK
			if !does {
				status = http.StatusForbidden
			}
			s.want(s.get(role, at+"/statements/new?sort=confirmation"), status)
			if !does {
				s.want(s.post(role, at+"/statements/new", said), status)
			}
		}
		counts := func(what string, does bool) {
			t.Helper()
			if got := slices.Contains(s.actor("cn-ministry").Principals(), access.InstitutionOf(nia.Institution)); got != does {
				t.Errorf("%s: the successor counts as it: %v", what, got)
			}
		}

		// The standing.
		now = start.Add(-24 * time.Hour)
		s.decides("institution/nia", last(today))
		now = start
		s.decides("institution/nia", func(v any) {
			v.(*roster.Institution).Successors = []roster.Succession{{Institution: mfa.Institution}}
		})
		speaks("an end that was entered the day before", "cn-focal-point", true)
		counts("an end that was entered the day before", false)
		s.register("nia", func(i *roster.Institution) { last("")(i) })
		speaks("no end", "cn-focal-point", true)
		s.decides("institution/nia", last(today))
		speaks("the standing is ended", "cn-focal-point", false)
		counts("the standing is ended", true)
		if a := s.actor("cn-focal-point"); a.Side != "" || a.Inside() || a.Ended.Day != today {
			t.Errorf("the standing is ended, and its people act as %+v", a)
		}
		s.want(s.get("project-team", "/en/institutions/{institution/nia}"), http.StatusOK, "30 November 2026")

		// Nothing of that is undone by another change, by the node's own file, or by one in which it is a mere day.
		s.register("nia", func(i *roster.Institution) { i.Website = "https://en.nia.gov.cn/" })
		speaks("another change", "cn-focal-point", false)
		var file bytes.Buffer
		if err := bundle.Export(t.Context(), d, s.objects, access.Operator("test"), &file); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string]string{"whole": file.String(), "days": atOnce.ReplaceAllString(file.String(), "")} {
			r, err := bundle.Import(t.Context(), d, s.objects, access.Operator("test"), []bundle.File{{Name: name, Data: []byte(data)}}, bundle.Options{})
			if err != nil || name == "whole" && r.Changed+r.Created > 0 {
				t.Errorf("%s: %+v %v", name, r.Tally, err)
			}
			speaks(name, "cn-focal-point", false)
			counts(name, true)
		}
		s.register("nia", func(i *roster.Institution) { last("")(i); i.Successors = nil })

		// The institution itself.
		s.decides("institution/eud", func(v any) { v.(*roster.Institution).Ended = today })
		speaks("the institution is ended", "eu-focal-point", false)
		s.register("eud", func(i *roster.Institution) { i.Website = "https://www.eeas.europa.eu/delegations/china_en" })
		speaks("another change", "eu-focal-point", false)
		s.decides("institution/eud", func(v any) { v.(*roster.Institution).Ended = "" })
		speaks("it goes on", "eu-focal-point", true)

		// A side's lead.
		side := string(mfa.Side)
		lead := func(until when.Date) func(any) {
			return func(v any) {
				v.(*roster.Side).Leads = []roster.Lead{{Institution: mfa.Institution, Until: until}}
			}
		}
		s.decides("side/cn", lead(today.Plus(1)))
		now = start.Add(24 * time.Hour)
		s.decides("side/cn", func(v any) { v.(*roster.Side).Leads[0].Matter = text.Both("All", "各项事务") })
		if got := leads(s, ref.Side(side)); len(got) != 1 {
			t.Errorf("on the last day, entered the day before, lead %v", got)
		}
		s.decides("side/cn", lead(""))
		s.decides("side/cn", lead(today.Plus(1)))
		if got := leads(s, ref.Side(side)); len(got) != 0 {
			t.Errorf("the lead is ended, and still lead %v", got)
		}
		if diff := s.compared(); diff != "" {
			t.Error(diff)
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return now }})
}
