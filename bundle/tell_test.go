package bundle_test

import (
	"context"
	"errors"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// A reminder reaches those who act for whoever owes, each stage once, and the many translations of
// a day as one notice.
func TestRemind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		files, err := bundle.Files(demo.Files())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Import(t.Context(), d, bundle.Objects(d), operator, files, bundle.Options{Admit: true}); err != nil {
			t.Fatal(err)
		}
		byKey := func(kind, key string) (id ref.ID) {
			t.Helper()
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				rows, err := db.Collect(ctx, tx, db.One[ref.ID], `select k.object from label k join object o on o.id = k.object
					where k.field = 'key' and k.text = $1 and o.kind = $2`, key, kind)
				if err == nil && len(rows) != 1 {
					err = errors.New("no " + kind + " " + key)
				}
				id = rows[0]
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		actor := func(key string) access.Actor {
			a, err := roster.New(d).Actor(t.Context(), ref.Person(byKey("person", key)))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		nia, team := actor("cn-focal-point"), actor("project-team")
		told := func(who access.Actor, kind notice.Kind, what string) (n int) {
			t.Helper()
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				list, err := notice.Own(ctx, tx, who, "", 1000)
				for _, x := range list {
					if x.Kind == kind && x.Detail.What == what {
						n++
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		meeting := byKey("meeting", "launch-phase-2")
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return access.Owe(ctx, tx, access.Duty{
				Object: meeting, Principal: access.InstitutionOf(nia.Institution), Asker: access.TeamOf(team.Dialogue),
				Kind: access.DutyAnswer, Due: "2027-03-17", Since: "2027-01-04",
			})
		}); err != nil {
			t.Fatal(err)
		}
		remind := func(day when.Date) {
			t.Helper()
			for all := false; !all; {
				if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
					all, err = bundle.Remind(ctx, tx, day)
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			day               when.Date
			before, at, after int
		}{{"2027-03-10", 1, 0, 0}, {"2027-03-10", 1, 0, 0}, {"2027-03-17", 1, 1, 0}, {"2027-04-01", 1, 1, 1}} {
			remind(c.day)
			if b, a, l := told(nia, notice.Reminder, "before"), told(nia, notice.Reminder, "at"), told(nia, notice.Reminder, "after"); b != c.before || a != c.at || l != c.after {
				t.Errorf("%s: %d before, %d at, %d after", c.day, b, a, l)
			}
		}
		var due when.Date
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select max(due) from duty where kind = 'translate' and done = ''`).Scan(&due)
		}); err != nil {
			t.Fatal(err)
		}
		remind(due)
		if n := told(team, notice.Reminder, "translations"); n != 1 {
			t.Errorf("the team was told %d times of translations", n)
		}

		var duty access.Duty
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := access.DutiesOn(ctx, tx, team, meeting)
			for _, y := range list {
				if y.Kind == access.DutyAnswer {
					duty = y
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := bundle.ExtendDuty(t.Context(), d, bundle.Objects(d), team, duty.ID, duty.Due, "2027-06-01", "later"); err != nil {
			t.Fatal(err)
		}
		if told(nia, notice.Extended, "") != 1 {
			t.Error("nobody was told of the extension")
		}
		if err := bundle.ExtendDuty(t.Context(), d, bundle.Objects(d), team, duty.ID, duty.Due, "2027-07-01", "later"); err == nil || told(nia, notice.Extended, "") != 1 {
			t.Error("a refused extension was told")
		}
	})
}
