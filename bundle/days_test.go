package bundle_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/dialogue"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/library"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestZoneOfDays: the zone by which days count for everybody's rights is turned by nobody but the
// operator, also while none is entered; further zones are added behind it by the project team.
func TestZoneOfDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		team := c.team()
		turn := func(by access.Actor, refused bool, zones ...when.Zone) {
			t.Helper()
			h, v, err := c.objects.Get(t.Context(), by, ref.ID(team.Dialogue))
			if err != nil {
				t.Fatal(err)
			}
			v.(*dialogue.Dialogue).Zones = zones
			_, err = c.objects.Edit(t.Context(), by, h.ID, h.Rev, v, "")
			var f *fault.Error
			switch {
			case !refused && err != nil:
				t.Errorf("%v: %v", zones, err)
			case refused && (!errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "zones"):
				t.Errorf("%v: %v", zones, err)
			}
		}
		turn(team, true, "Pacific/Pago_Pago", when.Beijing)
		turn(team, true, "Pacific/Kiritimati")
		turn(team, false, when.Beijing, when.Brussels, "Pacific/Pago_Pago")
		turn(operator, false, when.Brussels, when.Beijing)
		turn(team, true)
		turn(team, true, when.Beijing, when.Brussels)
		turn(operator, false)
		turn(team, true, when.Brussels)
		turn(team, false, when.Beijing, when.Brussels)
	})
}

// TestDutyDays: at 17:00 UTC it is tomorrow in Beijing, the first of the dialogue's zones: what is owed was
// asked on that day, its usual deadline is counted from it, and no deadline lies before it. What was written
// down by the day of UTC, as once, is right too, and any other day is told of.
func TestDutyDays(t *testing.T) {
	at := time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		team, nia, meeting := c.team(), c.as("cn-focal-point"), c.key("meeting", "launch-phase-2")
		h, _, err := c.objects.Get(t.Context(), team, meeting)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(due when.Date) (access.Object[exchange.Call], error) {
			return exchange.New(d).Ask(t.Context(), team, meeting, exchange.Asked{
				Title: text.Both("Day", "日期"), Text: text.Both("Day", "日期"), For: "answer", To: []ref.Institution{nia.Institution}, Due: due, Wide: true,
			})
		}
		if _, err := ask("2026-12-01"); !fault.Is(err, fault.Invalid) {
			t.Errorf("asked for by yesterday: %v", err)
		}
		call, err := ask("2026-12-02")
		if err != nil {
			t.Fatal(err)
		}
		since := func(day when.Date) (difference string) {
			t.Helper()
			if err := d.Together(t.Context(), func(ctx context.Context) error {
				return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, `update duty set since = $2 where object = $1`, call.ID, day)
					if err == nil {
						_, difference, err = c.objects.Verify(ctx, tx)
					}
					return cmp.Or(err, db.ErrRollback)
				})
			}); err != nil && !errors.Is(err, db.ErrRollback) {
				t.Fatal(err)
			}
			return difference
		}
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := access.DutiesOn(ctx, tx, team, call.ID)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d duties, %v", len(list), err)
			}
			if duty := list[0]; duty.Since != "2026-12-02" || duty.Due != "2026-12-02" {
				t.Errorf("asked on %s by %s", duty.Since, duty.Due)
			}
			days, err := access.Workdays(ctx, tx, h.Dialogue)
			if err != nil {
				return err
			}
			var usual when.Date
			if err := access.Owe(ctx, tx, access.Duty{Object: meeting, Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyAnswer}); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `select due from duty where object = $1 and kind = $2`, meeting, access.DutyAnswer).Scan(&usual); err != nil {
				return err
			}
			if want := days.Add("2026-12-02", access.DutyTerm); usual != want || want == days.Add("2026-12-01", access.DutyTerm) {
				t.Errorf("the usual deadline is %s, not %s", usual, want)
			}
			return access.Drop(ctx, tx, meeting, "", access.DutyAnswer)
		}); err != nil {
			t.Fatal(err)
		}
		for _, day := range []when.Date{"2026-12-02", "2026-12-01"} { // the second is that of UTC
			if found := since(day); found != "" {
				t.Errorf("asked on %s: %s", day, found)
			}
		}
		for _, day := range []when.Date{"2026-11-30", "2026-12-03"} {
			if since(day) == "" {
				t.Errorf("asked on %s is no difference", day)
			}
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return at }})
}

// TestLastDayPassed: who was inside until a last day that was entered before is not inside again by what
// somebody enters after it, nor where the day comes back once the hourly job has seen the next.
func TestLastDayPassed(t *testing.T) {
	start := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	passed := 0
	day := func(days int) time.Time { return start.Add(time.Duration(days) * 24 * time.Hour) }
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		passed = 0
		c := newCanary(t, d)
		nia, p := c.as("cn-focal-point"), c.person("cn-contributor")
		change := func(id ref.ID, fn func(any)) {
			t.Helper()
			h, v, err := c.objects.Get(t.Context(), operator, id)
			if err != nil {
				t.Fatal(err)
			}
			fn(v)
			if _, err = c.objects.Edit(t.Context(), operator, id, h.Rev, v, ""); err != nil {
				t.Fatal(err)
			}
		}
		function := func(until when.Date) {
			t.Helper()
			change(ref.ID(p), func(v any) {
				v.(*roster.Person).Functions = []roster.Held{{Function: access.Contributor, Until: until}}
			})
		}
		standing := func(until when.Date) {
			t.Helper()
			change(ref.ID(nia.Institution), func(v any) {
				i := v.(*roster.Institution)
				i.Standings[len(i.Standings)-1].Until = until
			})
		}
		again := func(people ...ref.Person) {
			t.Helper()
			for _, p := range people {
				if err := c.accounts.Admit(t.Context(), operator, p, ""); err != nil {
					t.Fatal(err)
				}
			}
			c.inside("let in", true, people...)
		}
		other, _ := c.invited(nia, newcomer(nia.Institution, access.Contributor))

		function(when.DateOf(day(1)))
		c.inside("an end to come", true, p)
		passed = 3
		c.inside("the end has come", false, p)
		h := account.Handover{From: other, Function: access.Contributor, To: p}
		if _, _, _, err := bundle.HandOver(t.Context(), d, c.objects, c.team(), h, nil); err != nil {
			t.Fatal(err)
		}
		if a := c.actor(p); !slices.Contains(a.Functions, access.Contributor) {
			t.Fatalf("nothing was handed over: %+v", a)
		}
		c.inside("handed over by the team", false, p)
		again(p)

		standing(when.DateOf(day(4)))
		c.inside("an end of the standing to come", true, p, nia.Person)
		passed = 6
		standing("")
		c.inside("the standing is given again", false, p, nia.Person)
		again(p, nia.Person)

		function(when.DateOf(day(7)))
		passed = 9
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return roster.LapseAll(ctx, tx) }); err != nil {
			t.Fatal(err)
		}
		passed = 6
		c.inside("the day comes back", false, p)
		c.inside("the day comes back, for who had no last one", true, nia.Person)
	}, db.Options{Volatile: true, Clock: func() time.Time { return day(passed) }})
}

// TestOwnWordsOnTheDay: who said something keeps it, and is told, when a date of standing or succession
// takes what it is about, though that was entered before it was said; so does who lost it so before a
// program kept it. What was entered in the institution's name after the day is not opened to it.
func TestOwnWordsOnTheDay(t *testing.T) {
	start := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	passed := 0
	day := func(days int) time.Time { return start.Add(time.Duration(days) * 24 * time.Hour) }
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		passed = 0
		c := newCanary(t, d)
		nia, mfa, eu := c.as("cn-focal-point"), c.as("cn-ministry"), c.as("eu-focal-point")
		on := func(id ref.Institution, fn func(i *roster.Institution, last *roster.Period)) {
			t.Helper()
			h, v, err := c.objects.Get(t.Context(), operator, ref.ID(id))
			if err != nil {
				t.Fatal(err)
			}
			i := v.(*roster.Institution)
			fn(i, &i.Standings[len(i.Standings)-1])
			if err := bundle.Edit(t.Context(), d, c.objects, operator, h.ID, h.Rev, i, ""); err != nil {
				t.Fatal(err)
			}
		}
		words := func(who access.Actor) ref.ID {
			t.Helper()
			m, err := c.objects.Create(t.Context(), c.team(), "meeting", access.Header{Dialogue: who.Dialogue, Mark: tlp.AMBER, Audience: access.NewAudience(access.SideOf(who.Side), access.TeamOf(who.Dialogue))},
				&meeting.Meeting{Title: text.Both("Meeting", "会议"), Type: "seminar", State: meeting.Planned})
			if err != nil {
				t.Fatal(err)
			}
			o, err := exchange.New(d).State(t.Context(), who, m.ID, exchange.Said{Seen: c.rev(m.ID), Sort: exchange.Comment, Text: text.Both("We agree.", "")})
			if err != nil {
				t.Fatal(err)
			}
			return o.ID
		}
		reads := func(what string, p ref.Person, id ref.ID, want bool) {
			t.Helper()
			if _, _, err := c.objects.Get(t.Context(), c.actor(p), id); (err == nil) != want {
				t.Errorf("%s: %v", what, err)
			}
		}
		keep := func() {
			t.Helper()
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return bundle.KeepPassed(ctx, tx, c.objects) }); err != nil {
				t.Fatal(err)
			}
		}
		told := func(p ref.Person) (n int) {
			c.read(func(ctx context.Context, tx *db.Tx) error {
				return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = 'narrowed'`, p).Scan(&n)
			})
			return n
		}
		keep()

		// A standing on no side from a day on, and an end with a succession, both entered before.
		on(eu.Institution, func(i *roster.Institution, last *roster.Period) {
			last.Until = when.DateOf(day(2))
			i.Standings = append(i.Standings, roster.Period{As: roster.Facilitator, From: when.DateOf(day(3))})
		})
		on(mfa.Institution, func(i *roster.Institution, last *roster.Period) {
			last.Until, i.Ended = when.DateOf(day(2)), when.DateOf(day(2))
			i.Successors = append(i.Successors, roster.Succession{Institution: nia.Institution, From: when.DateOf(day(3))})
		})
		passed = 1
		keep()
		byEU, byMFA := words(eu), words(mfa)
		reads("before the day", eu.Person, byEU, true)
		passed = 3
		reads("the day takes it", eu.Person, byEU, false)
		keep()
		reads("kept on the day", eu.Person, byEU, true)
		reads("kept by who has ended", mfa.Person, byMFA, true)
		reads("the other side", mfa.Person, byEU, false)
		if told(eu.Person) != 1 {
			t.Errorf("told: %d", told(eu.Person))
		}

		// As it was before a program kept it: the day passed, and what is made since is not opened.
		on(nia.Institution, func(i *roster.Institution, last *roster.Period) { last.Until = when.DateOf(day(5)) })
		byNIA := words(nia)
		h, _, err := c.objects.Get(t.Context(), operator, byNIA)
		if err != nil {
			t.Fatal(err)
		}
		passed = 7
		reads("the day takes that", nia.Person, byNIA, false)
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `delete from node where name = 'own-words-kept'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		since, err := c.objects.Create(t.Context(), operator, "file", access.Header{Dialogue: h.Dialogue, Owner: ref.ID(nia.Institution), Mark: h.Mark, Audience: h.Audience},
			&library.File{Title: text.Both("Paper", "文件"), Of: h.Parent, Version: 1, Name: "paper.pdf", Type: "application/pdf", Size: 1, Hash: strings.Repeat("0", 64)})
		if err != nil {
			t.Fatal(err)
		}
		// The next act on the register does it too, before it takes the date away.
		on(nia.Institution, func(i *roster.Institution, last *roster.Period) {
			last.Until = "2024"
			i.Standings = append(i.Standings, roster.Period{As: roster.Observer, From: "2025"})
		})
		reads("kept by the next act", nia.Person, byNIA, true)
		reads("made since", nia.Person, since.ID, false)
	}, db.Options{Volatile: true, Clock: func() time.Time { return day(passed) }})
}
