package access_test

import (
	"context"
	"fmt"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
)

// tallied wants the tally to say what the duties say.
func (n *node) tallied() {
	n.Helper()
	const keys = `principal, dialogue, kind, case when kind = 'translate' then detail else '' end as detail, object_kind, asker, aset, due`
	n.in(func(ctx context.Context, tx *db.Tx) error {
		differ, err := db.Collect(ctx, tx, db.One[string], `select principal from (
				select * from (select `+keys+`, count(*) as n from duty where done = '' group by principal, dialogue, kind, case when kind = 'translate' then detail else '' end, object_kind, asker, aset, due
					except select principal, dialogue, kind, detail, object_kind, asker, aset, due, n from duty_tally) a
				union all
				select * from (select principal, dialogue, kind, detail, object_kind, asker, aset, due, n from duty_tally where n <> 0
					except select `+keys+`, count(*) from duty where done = '' group by principal, dialogue, kind, case when kind = 'translate' then detail else '' end, object_kind, asker, aset, due) b) c`)
		if len(differ) > 0 {
			n.Errorf("the tally differs in %d rows: %v", len(differ), differ[0])
		}
		return err
	})
}

// TestDutyViews: what each view holds, page by page, and that the counts say the same.
func TestDutyViews(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia, eu := n.as("project-team"), n.as("cn-focal-point"), n.as("eu-focal-point")
		about, hidden := n.id("meeting", "launch-phase-2"), n.id("meeting", "exchange-visit-2016")
		today := when.DateOf(d.Now().In(when.Beijing.Location()))
		late, soon := when.DateOf(today.First().AddDate(0, 0, -3)), when.DateOf(today.First().AddDate(0, 0, 3))
		n.in(func(ctx context.Context, tx *db.Tx) error {
			for i := range 7 {
				if err := access.Owe(ctx, tx, access.Duty{Object: about, Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyAnswer, Detail: fmt.Sprint(i), Due: soon}); err != nil {
					return err
				}
			}
			for _, x := range []access.Duty{
				{Object: about, Principal: access.PersonOf(nia.Person), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyConfirm, Due: late},
				{Object: about, Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyReport, Due: late},
				{Object: hidden, Principal: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer, Due: late}, // which it may not read
				{Object: hidden, Principal: access.InstitutionOf(nia.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer, Due: soon},
			} {
				if err := access.Owe(ctx, tx, x); err != nil {
					return err
				}
			}
			return access.Settle(ctx, tx, about, access.InstitutionOf(nia.Institution), access.DutyReport)
		})
		n.tallied()
		pages := func(who access.Actor, v access.DutyView) (all []access.ListedDuty) {
			t.Helper()
			seen := map[ref.ID]bool{}
			q := access.DutyQuery{Dialogue: team.Dialogue, Lang: "en", View: v, Today: today, Limit: 3, Others: true}
			for {
				got, err := n.objects.Duties(t.Context(), who, q)
				if err != nil {
					t.Fatal(err)
				}
				for i, x := range got.List {
					if seen[x.ID] || x.About.Text == "" || x.Mark == "" {
						t.Errorf("%s: %+v", v, x)
					}
					seen[x.ID] = true
					if i > 0 && v != access.DutiesDone && x.Due.Before(got.List[i-1].Due) {
						t.Errorf("%s is not in order", v)
					}
				}
				all = append(all, got.List...)
				if q.After = got.Next; q.After == "" {
					return all
				}
			}
		}
		for _, c := range []struct {
			who  access.Actor
			view access.DutyView
			want int
		}{
			{nia, access.DutiesWaiting, 9},
			{nia, access.DutiesMine, 1},
			{nia, access.DutiesInstitution, 8},
			{nia, access.DutiesOverdue, 1},
			{nia, access.DutiesAwaited, 0},
			{nia, access.DutiesDone, 1},
			{eu, access.DutiesWaiting, 0},
			{eu, access.DutiesAwaited, 1},
			{team, access.DutiesWaiting, 0},
			{team, access.DutiesAwaited, 10},
			{team, access.DutiesDone, 0},
			{n.as("donor"), access.DutiesAwaited, 0},
			{access.Visitor, access.DutiesWaiting, 0},
		} {
			if got := len(pages(c.who, c.view)); got != c.want {
				t.Errorf("%s of %v: %d, want %d", c.view, c.who.Functions, got, c.want)
			}
		}
		counts := func(who access.Actor) access.DutyCounts {
			c, err := n.objects.CountDuties(t.Context(), who, team.Dialogue, today, access.Debts{})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := counts(nia); c != (access.DutyCounts{Waiting: 9, Mine: 1, Institution: 8, Overdue: 1}) {
			t.Errorf("NIA: %+v", c)
		}
		if c := counts(eu); c != (access.DutyCounts{Awaited: 1, AwaitedOverdue: 1}) {
			t.Errorf("EU: %+v", c)
		}
		if c := counts(team); c.Awaited != 10 || c.AwaitedOverdue != 2 || c.Waiting != c.Mine {
			t.Errorf("team: %+v", c)
		}
		translations, err := n.objects.Translations(t.Context(), team, access.TranslationQuery{Dialogue: team.Dialogue, Lang: "en", Limit: 1000})
		if err != nil || translations.Total != counts(team).Waiting || len(translations.List) != translations.Total {
			t.Errorf("%d translations, %d listed, %d counted (%v)", translations.Total, len(translations.List), counts(team).Waiting, err)
		}
		if _, err := n.objects.Duties(t.Context(), nia, access.DutyQuery{After: "x", Limit: 3}); err != nil {
			t.Error(err)
		}
		if d.Engine() == db.SQLite { // an act over many
			n.in(func(ctx context.Context, tx *db.Tx) error {
				return access.PassDuties(ctx, tx, nia.Person, eu.Person, true)
			})
			n.tallied()
		}
		n.invented = true
		n.verified()
	})
}

// TestExtend: by whom, and what is kept of it.
func TestExtend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia, eu := n.as("project-team"), n.as("cn-focal-point"), n.as("eu-focal-point")
		about := n.id("meeting", "launch-phase-2")
		n.in(func(ctx context.Context, tx *db.Tx) error {
			return access.Owe(ctx, tx, access.Duty{Object: about, Principal: access.InstitutionOf(nia.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer})
		})
		x := n.duties(eu, about)[0]
		later := when.DateOf(x.Due.First().AddDate(0, 0, 7))
		size := n.size()
		for _, c := range []struct {
			who      access.Actor
			from, to when.Date
			reason   string
			want     fault.Kind
		}{
			{nia, x.Due, later, "x", fault.Forbidden}, // one's own
			{team, x.Due, later, "x", fault.Forbidden},
			{n.as("member-state"), x.Due, later, "x", fault.NotFound},
			{eu, later, later, "x", fault.Conflict},
			{eu, x.Due, later, " ", fault.Invalid},
			{eu, x.Due, "", "x", fault.Invalid},
			{eu, x.Due, "2027", "x", fault.Invalid},
			{eu, x.Due, x.Due, "x", fault.Invalid},
			{eu, x.Due, "2020-01-01", "x", fault.Invalid},
		} {
			wantKind(t, n.objects.ExtendDuty(t.Context(), c.who, x.ID, c.from, c.to, c.reason), c.want)
		}
		if n.size() != size {
			t.Error("a refusal was written down")
		}
		if err := n.objects.ExtendDuty(t.Context(), eu, x.ID, x.Due, later, "National Day"); err != nil {
			t.Fatal(err)
		}
		got := n.duties(nia, about)[0]
		if got.Due != later || got.Was != x.Due || got.Reason != "National Day" || n.size() != size+1 {
			t.Errorf("extended: %+v, %d entries", got, n.size()-size)
		}
		n.tallied()
		drafts := func(who access.Actor, p ref.Person) error {
			return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return access.SetDrafter(ctx, tx, who, x.ID, p) })
		}
		wantKind(t, drafts(eu, eu.Person), fault.Forbidden)
		if err := drafts(nia, nia.Person); err != nil || n.duties(nia, about)[0].Drafter != nia.Person {
			t.Errorf("drafter: %v", err)
		}
		n.in(func(ctx context.Context, tx *db.Tx) error {
			return access.Settle(ctx, tx, about, got.Principal, got.Kind)
		})
		wantKind(t, n.objects.ExtendDuty(t.Context(), eu, x.ID, later, "2027-12-31", "x"), fault.Conflict)
		n.invented = true
		n.verified()
	})
}

// TestReminders: each stage once, the newest alone after days that were missed, anew after an
// extension, and none of what is done.
func TestReminders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia := n.as("project-team"), n.as("cn-focal-point")
		about, by := n.id("meeting", "launch-phase-2"), access.InstitutionOf(nia.Institution)
		// The deadline is the Monday after the Commission's year-end days; 2027 is a plain week.
		n.in(func(ctx context.Context, tx *db.Tx) error {
			return access.Owe(ctx, tx, access.Duty{Object: about, Principal: by, Kind: access.DutyAnswer, Due: "2027-01-04", Since: "2026-11-02"})
		})
		id := n.duties(nia, about)[0].ID
		on := func(day when.Date, want string) {
			t.Helper()
			n.in(func(ctx context.Context, tx *db.Tx) error {
				for again := range 2 {
					list, err := access.Reminders(ctx, tx, day)
					if err != nil {
						return err
					}
					got := ""
					for _, r := range list {
						if r.ID == id {
							got += r.Stage
						}
					}
					if again == 0 && got != want || again == 1 && got != "" {
						t.Errorf("%s, asked for the %d. time: %q, want %q", day, again+1, got, want)
					}
				}
				return nil
			})
		}
		// Working days of both sides before it: 1 January and 23, 22, 21, 18 December; 1 January of a
		// year that is not announced counts as a plain Friday.
		on("2026-12-17", "")
		on("2026-12-18", "before-5")
		on("2026-12-21", "")
		on("2026-12-31", "")
		on("2027-01-01", "before-1")
		on("2027-01-04", "due")
		on("2027-01-05", "")
		on("2027-01-26", "after-15") // nobody asked for three weeks
		on("2027-02-28", "")
		n.in(func(ctx context.Context, tx *db.Tx) error { return access.Drop(ctx, tx, about, by, access.DutyAnswer) })
		owe := func(due, since when.Date) {
			n.in(func(ctx context.Context, tx *db.Tx) error {
				return access.Owe(ctx, tx, access.Duty{Object: about, Principal: by, Kind: access.DutyAnswer, Due: due, Since: since})
			})
			id = n.duties(nia, about)[0].ID
		}
		owe("2027-03-05", "2027-03-03") // asked two days before: no stage of five
		on("2027-03-03", "")
		on("2027-03-04", "before-1")
		if err := n.objects.ExtendDuty(t.Context(), team, id, "2027-03-05", "2027-03-19", "test"); err != nil {
			t.Fatal(err)
		}
		on("2027-03-05", "")
		on("2027-03-12", "before-5")
		n.in(func(ctx context.Context, tx *db.Tx) error {
			return access.Settle(ctx, tx, about, by, access.DutyAnswer)
		})
		on("2027-03-19", "")

		// A duty from before there were deadlines gets one.
		n.in(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `update duty set due = '' where done = ''`); err != nil {
				return err
			}
			if _, err := access.Reminders(ctx, tx, "2026-11-23"); err != nil {
				return err
			}
			dues, err := db.Collect(ctx, tx, db.One[string], `select distinct due from duty where done = ''`)
			if len(dues) != 1 || dues[0] != "2026-12-07" {
				t.Errorf("deadlines %v", dues)
			}
			return err
		})
		n.tallied()
	})
}
