package roster

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// crowd enters people at one institution.
func crowd(t testing.TB, d *db.DB, dialogue ref.Dialogue, at ref.Institution, n int) {
	t.Helper()
	if err := d.Together(t.Context(), func(ctx context.Context) error {
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			for range n {
				o := &access.Object[Person]{Value: Person{Title: text.Both("C", "人"), Posts: []Post{{Institution: at}}, Functions: []Held{{Function: access.Contributor}}}}
				o.Dialogue = dialogue
				if err := People.Save(ctx, tx, access.Operator("test"), "person.create", o, ""); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
}

// dated is an institution with standings on one side that turn on so many later days.
func dated(side ref.Side, days int) *Institution {
	i := &Institution{Names: []Name{{Name: text.Both("Dated", "有日期")}}, Level: "national"}
	for n := range days {
		year := when.Date(fmt.Sprint(2100 + 2*n))
		i.Standings = append(i.Standings, Period{As: OnSide, Side: side, From: year, Until: year})
	}
	return i
}

// TestActorsAtOnce: who somebody is does not depend on who else is asked about.
func TestActorsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		gone := ref.Person(ref.New())
		for _, i := range []string{"nl", "most", "safea"} {
			crowd(t, d, c.dialogue, c.ids[i], 2)
		}
		put(c, Circles, Circle{Name: text.Both("C", "组"), Members: []ref.Institution{c.ids["nl"], c.ids["most"]}})
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			people, err := db.Collect(ctx, tx, db.One[ref.Person], `select id from roster_person order by id`)
			if err != nil {
				return err
			}
			if _, _, err := Admit(ctx, tx, access.Operator("test"), c.people["attaché"], ""); err != nil {
				return err
			}
			for _, day := range []string{"2011-01-01", "2019-01-01", "2026-01-01", "2191-01-01"} {
				all, err := actorsOn(ctx, tx, append(people, gone), day, true)
				if err != nil {
					return err
				}
				for _, p := range people {
					one, err := actorOn(ctx, tx, p, day)
					if err != nil {
						return err
					}
					if !reflect.DeepEqual(one, all[p]) {
						t.Errorf("on %s alone %+v, among others %+v", day, one, all[p])
					}
				}
				if len(all) != len(people) {
					t.Errorf("%d of %d people", len(all), len(people))
				}
			}
			if a, err := actorsOn(ctx, tx, people, "2026-01-01", true); err != nil || !a[c.people["attaché"]].Admitted || a[c.people["heir"]].Admitted {
				t.Errorf("one of them is let in: %v", slices.Collect(maps.Keys(a)))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestWeighingOfMany: what a change makes of many people takes as many looks as of few, each of all of them.
func TestWeighingOfMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		looks := map[string]int{}
		for _, x := range []struct {
			at string
			n  int
		}{{"nobody", 2}, {"uk", 60}} {
			crowd(t, d, c.dialogue, c.ids[x.at], x.n)
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				w, err := Weigh(ctx, tx, []Change{{ID: ref.ID(c.ids[x.at]), Old: dated(c.eu, 8), New: dated(c.eu, 8)}}, func() error { looks[x.at]++; return nil })
				if len(w.before) < x.n*8 {
					t.Errorf("only %d looked at", len(w.before))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if looks["uk"] > looks["nobody"]+4 { // uk's own standing turns besides
			t.Errorf("%d looks at 60 people, %d at 2", looks["uk"], looks["nobody"])
		}
	})
}

// BenchmarkWeighing tells how the weighing of a change grows with the people and the days: of a pair of
// them, and of a day.
func BenchmarkWeighing(b *testing.B) {
	for _, n := range []int{10, 100, 900} {
		for _, days := range []int{2, 20} {
			b.Run(fmt.Sprintf("%d people, %d days", n, days), func(b *testing.B) {
				d := dbtest.New(b)
				side := &access.Object[Side]{Value: Side{Name: text.Both("S", "方"), Lang: "en"}}
				side.Dialogue = ref.Dialogue(ref.New())
				o := &access.Object[Institution]{}
				o.Dialogue = side.Dialogue
				if err := d.Write(b.Context(), func(ctx context.Context, tx *db.Tx) error {
					if err := Sides.Save(ctx, tx, access.Operator("test"), "side.create", side, ""); err != nil {
						return err
					}
					o.Value = *dated(ref.Side(side.ID), days/2)
					return Institutions.Save(ctx, tx, access.Operator("test"), "institution.create", o, "")
				}); err != nil {
					b.Fatal(err)
				}
				crowd(b, d, o.Dialogue, ref.Institution(o.ID), n)
				b.ResetTimer()
				for b.Loop() {
					if err := d.Read(b.Context(), func(ctx context.Context, tx *db.Tx) error {
						w, err := Weigh(ctx, tx, []Change{{ID: o.ID, Old: &o.Value, New: &o.Value}}, func() error { return nil })
						if err != nil {
							return err
						}
						_, err = w.Effects(ctx, tx)
						return err
					}); err != nil {
						b.Fatal(err)
					}
				}
				each := b.Elapsed() / time.Duration(b.N)
				b.ReportMetric(float64(each.Microseconds())/float64(n*days*2), "µs/person-day")
				b.ReportMetric(float64(each.Microseconds())/1000/float64(days*2), "ms/day")
			})
		}
	}
}
