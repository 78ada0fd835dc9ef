package web

import (
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// TestLeadOfOwnSide: a side is led by an institution that stands on it, whoever writes that; and before the
// lead passes the page says what a lead decides.
func TestLeadOfOwnSide(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/en/objects/{side/cn}/authority"
		form := formOf(t, s.get("project-team", at).Body)
		form.Set("reason", "It leads")
		form.Set("leads.0.institution", s.id("institution/eud"))
		s.want(s.post("project-team", at, form), 422, "does not stand on this side")
		h, v, err := s.objects.Get(t.Context(), access.Operator("test"), s.id("side/cn"))
		if err != nil {
			t.Fatal(err)
		}
		v.(*roster.Side).Leads[0].Institution = ref.Institution(s.id("institution/eud"))
		if err := bundle.Edit(t.Context(), s.db, s.objects, access.Operator("test"), h.ID, h.Rev, v, "test"); !fault.Is(err, fault.Invalid) {
			t.Errorf("by a command: %v", err)
		}
		was := s.told("cn-ministry", "authority")
		form.Set("leads.0.institution", s.id("institution/nia"))
		look := s.post("project-team", at, form)
		s.want(look, 200, "lets in the first person")
		s.want(s.post("project-team", at, hiddenOf(look.Body)), 303)
		if n := s.told("cn-ministry", "authority"); n != was+1 {
			t.Errorf("who led is told %d times", n-was)
		}
	})
}
