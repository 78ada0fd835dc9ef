package clearance_test

import (
	"context"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/roster"
	"entente/standard/tlp"
)

// TestStoodInside: where the standing of an institution ends and nothing takes its place but one beside
// the sides, those of its people who were let in read on what the institution itself wrote inside, and
// nothing else that stands there; they write nothing there. A side it takes again lets in nobody before
// that side did, and another side shuts its notes for good.
func TestStoodInside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		op, team, nia, mfa, at := access.Operator("test"), n.as("project-team"), n.as("cn-focal-point"), n.as("cn-ministry"), n.id("meeting", launch)
		open := func(who access.Actor, mark tlp.Label, a access.Audience, re ref.ID) ref.ID {
			t.Helper()
			text := note("本方立场")
			text.Re = ref.Note(re)
			o, err := n.s.Open(t.Context(), who, at, text, mark, a)
			if err != nil {
				t.Fatal(err)
			}
			return o.ID
		}
		own := open(nia, tlp.AMBERSTRICT, n.in("nia"), "")
		shared := open(nia, tlp.AMBERSTRICT, n.in("nia", "mfa"), "")
		named := open(nia, tlp.RED, access.Audience{access.PersonOf(nia.Person), access.PersonOf(mfa.Person)}, "")
		theirs := open(mfa, tlp.AMBERSTRICT, n.in("nia", "mfa"), "")
		answer := open(mfa, tlp.AMBERSTRICT, n.in("nia", "mfa"), shared)
		toThem := open(mfa, tlp.RED, access.Audience{access.PersonOf(nia.Person), access.PersonOf(mfa.Person)}, "")
		// Somebody of NIA whom nobody let in.
		if _, err := n.objects.Create(t.Context(), op, "person", access.Header{Dialogue: nia.Dialogue, Key: "waiting"}, &roster.Person{
			Title: note("x").Title, Posts: []roster.Post{{Institution: nia.Institution}}, Functions: []roster.Held{{Function: access.FocalPoint}},
		}); err != nil {
			t.Fatal(err)
		}
		read := func(what string, words, others bool) {
			t.Helper()
			who := n.as("cn-focal-point")
			for name, id := range map[string]ref.ID{"own": own, "shared": shared, "named": named} {
				h, _, err := n.objects.Get(t.Context(), op, id)
				if got := n.reads(who, id); err != nil || got != words || who.Reads(h) != got {
					t.Errorf("%s: NIA's %s note is read: %v, by its header %v (%v)", what, name, got, who.Reads(h), err)
				}
			}
			for name, id := range map[string]ref.ID{"note": theirs, "answer": answer, "note in person": toThem} {
				if got := n.reads(who, id); got != others {
					t.Errorf("%s: MFA's %s is read: %v", what, name, got)
				}
			}
			if n.reads(n.as("waiting"), own) || n.reads(team, own) || n.reads(n.as("cn-ministry"), own) || !n.reads(n.as("cn-ministry"), shared) {
				t.Errorf("%s: others read NIA's own note, or MFA reads no more what it was let read", what)
			}
		}
		lapse := func() {
			t.Helper()
			n.want(d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return roster.LapseAll(ctx, tx) }), "")
		}
		stands := func(ps ...roster.Period) {
			t.Helper()
			n.want(n.decide(op, "nia", func(i *roster.Institution) { i.Standings = ps }), "")
			lapse()
		}
		side := func(s ref.Side, from, until when.Date) roster.Period {
			return roster.Period{As: roster.OnSide, Side: s, From: from, Until: until}
		}
		beside := roster.Period{As: roster.Observer, From: "2026"}
		read("on the side", true, true)
		n.want(n.decide(team, "nia", func(i *roster.Institution) { i.Standings[len(i.Standings)-1].Until = "2025" }), "")
		read("ended", true, false)
		lapse()
		read("ended, and the job looked", true, false)
		now := n.as("cn-focal-point")
		if now.Inside() || now.Admitted || now.Side != "" {
			t.Errorf("who left the side acts as %+v", now)
		}
		_, err := n.s.Open(t.Context(), now, at, note("x"), tlp.AMBERSTRICT, n.in("nia"))
		n.want(err, fault.NotFound)
		h, v, err := n.objects.Get(t.Context(), now, own)
		n.want(err, "")
		_, err = n.objects.Edit(t.Context(), now, own, h.Rev, v, "")
		n.want(err, fault.Forbidden)
		stands(side(nia.Side, "", "2025"), beside)
		read("an observer since", true, false)
		stands(side(nia.Side, "", "2025"), beside, side(nia.Side, "2190", ""))
		read("it will come back, which nobody sees on the day", false, false)
		n.want(n.decide(op, "nia", func(i *roster.Institution) { i.Standings = []roster.Period{side(nia.Side, "", "")} }), "")
		n.want(n.admit(nia.Person), "")
		read("back, and let in", true, true)
		stands(side(nia.Side, "", "2025"))
		read("ended again", true, false)
		stands(side(nia.Side, "", ""))
		read("back, and not let in", false, false)
		n.want(n.admit(nia.Person), "")
		stands(side(nia.Side, "", "2025"))
		stands(side(nia.Side, "", "2025"), side(n.as("member-state").Side, "2026-01-01", "2026-01-02"))
		read("on the other side meanwhile", false, false)
		n.verified()
	})
}
