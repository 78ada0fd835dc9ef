package access_test

import (
	"context"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/standard/tlp"
)

// in runs fn in one write transaction.
func (n *node) in(fn func(ctx context.Context, tx *db.Tx) error) {
	n.Helper()
	if err := n.db.Write(n.Context(), fn); err != nil {
		n.Fatal(err)
	}
}

// duties gives what exists for an actor about an object, but for translations.
func (n *node) duties(who access.Actor, object ref.ID) (out []access.Duty) {
	n.Helper()
	n.in(func(ctx context.Context, tx *db.Tx) error {
		all, err := access.DutiesOn(ctx, tx, who, object)
		for _, d := range all {
			if d.Kind != access.DutyTranslate {
				out = append(out, d)
			}
		}
		return err
	})
	return out
}

// TestDuty: a duty is written once, moved while it is open, done once, and stands beside what is
// owed anew.
func TestDuty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia := n.as("project-team"), n.as("cn-focal-point")
		about := n.id("meeting", "launch-phase-2")
		by := access.InstitutionOf(nia.Institution)
		duty := access.Duty{Object: about, Principal: by, Kind: access.DutyAnswer, Due: "2027-01-11"}
		owe := func(duty access.Duty) {
			t.Helper()
			n.in(func(ctx context.Context, tx *db.Tx) error { return access.Owe(ctx, tx, duty) })
		}
		owe(duty)
		duty.Due = "2027-01-12"
		owe(duty)
		duty.Due = "" // says nothing new about the deadline
		owe(duty)
		got := n.duties(nia, about)
		if len(got) != 1 || got[0].Due != "2027-01-12" || got[0].Asker != access.TeamOf(team.Dialogue) || got[0].Since == "" || !ref.Valid(got[0].ID) {
			t.Fatalf("owed twice: %+v", got)
		}
		settle := func() {
			n.in(func(ctx context.Context, tx *db.Tx) error {
				return access.Settle(ctx, tx, about, by, access.DutyAnswer)
			})
		}
		settle()
		settle()
		owe(duty)
		got = n.duties(nia, about)
		if len(got) != 2 || got[0].Done != "" || got[1].Done == "" || got[0].ID == got[1].ID || !got[0].Since.Before(got[0].Due) {
			t.Fatalf("done and owed anew: %+v", got)
		}
		n.in(func(ctx context.Context, tx *db.Tx) error { return access.Drop(ctx, tx, about, "", access.DutyAnswer) })
		if got = n.duties(nia, about); len(got) != 1 || got[0].Done == "" {
			t.Errorf("dropped: %+v", got)
		}
		for _, bad := range []access.Duty{
			{Object: about, Principal: by, Kind: "answer", Due: "2027-01"},
			{Object: about, Principal: by, Kind: "answer", Due: "2027-01-11~"},
			{Object: about, Kind: "answer"},
			{Object: ref.New(), Principal: by, Kind: "answer"},
		} {
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return access.Owe(ctx, tx, bad) }); err == nil {
				t.Errorf("taken: %+v", bad)
			}
		}
		n.invented = true
		n.verified()
	})
}

// TestWhoSeesADuty: those who owe it, those to whom it is owed and the project team, and of them
// those who may read its object as it stands now.
func TestWhoSeesADuty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia, eu := n.as("project-team"), n.as("cn-focal-point"), n.as("eu-focal-point")
		about := n.id("meeting", "launch-phase-2")
		n.in(func(ctx context.Context, tx *db.Tx) error {
			return access.Owe(ctx, tx, access.Duty{Object: about, Principal: access.InstitutionOf(nia.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer})
		})
		id := n.duties(nia, about)[0].ID
		sees := func(want map[string]bool) {
			t.Helper()
			for role, want := range want {
				who := n.as(role)
				err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					_, err := access.FindDuty(ctx, tx, who, id)
					return err
				})
				if (err == nil) != want || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", role, err)
				}
				if got := len(n.duties(who, about)) == 1; got != want {
					t.Errorf("%s finds it on the object: %v", role, got)
				}
			}
		}
		sees(map[string]bool{"cn-focal-point": true, "eu-focal-point": true, "project-team": true, "member-state": false, "donor": false, "administrator": false})
		h, _, err := n.objects.Get(t.Context(), team, about)
		if err != nil {
			t.Fatal(err)
		}
		narrow := access.NewAudience(access.TeamOf(team.Dialogue), access.InstitutionOf(nia.Institution))
		if err := n.objects.SetAudience(t.Context(), team, about, h.Rev, tlp.AMBERSTRICT, narrow, "test"); err != nil {
			t.Fatal(err)
		}
		sees(map[string]bool{"cn-focal-point": true, "eu-focal-point": false, "project-team": true, "member-state": false})
		if h, _, err = n.objects.Get(t.Context(), team, about); err != nil {
			t.Fatal(err)
		}
		if err := n.objects.Remove(t.Context(), team, about, h.Rev, "test"); err != nil {
			t.Fatal(err)
		}
		sees(map[string]bool{"cn-focal-point": false, "eu-focal-point": false, "project-team": false})
	})
}

// TestTranslationsAreOwedByWhoReads: never by a team that may not read the object; and a deadline
// stands whatever else is edited.
func TestTranslationsAreOwedByWhoReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia := n.as("project-team"), n.as("cn-focal-point")
		about := n.id("meeting", "launch-phase-2")
		h, m, err := n.meeting(team, "launch-phase-2")
		if err != nil {
			t.Fatal(err)
		}
		delete(m.Title, "zh")
		if _, err := n.objects.Edit(t.Context(), team, about, h.Rev, m, ""); err != nil {
			t.Fatal(err)
		}
		owed := func() map[string]access.Duty {
			t.Helper()
			out := map[string]access.Duty{}
			n.in(func(ctx context.Context, tx *db.Tx) error {
				all, err := access.DutiesOn(ctx, tx, access.Operator("test"), about)
				for _, x := range all {
					if x.Done == "" {
						out[string(x.Principal)+" "+x.Detail] = x
					}
				}
				return err
			})
			return out
		}
		audience := func(mark tlp.Label, ps ...access.Principal) {
			t.Helper()
			h, _, err := n.objects.Get(t.Context(), access.Operator("test"), about)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.objects.SetAudience(t.Context(), access.Operator("test"), about, h.Rev, mark, access.NewAudience(ps...), "test"); err != nil {
				t.Fatal(err)
			}
		}
		key := string(access.TeamOf(team.Dialogue)) + " zh missing"
		before, ok := owed()[key]
		if !ok {
			t.Fatalf("nothing is owed: %v", owed())
		}
		audience(tlp.GREEN, access.DialogueOf(team.Dialogue))
		after := owed()[key]
		if after.ID != before.ID || after.Due != before.Due || after.Due.Precision() != when.Day {
			t.Errorf("another revision, another duty: %+v, %+v", before, after)
		}
		audience(tlp.AMBERSTRICT, access.InstitutionOf(nia.Institution))
		if got := owed(); len(got) != 0 {
			t.Errorf("owed by nobody who reads it: %+v", got)
		}
	})
}
