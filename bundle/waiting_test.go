package bundle_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/roster"
)

// TestWaitingAtOnce: who waits at an institution is found by one query, and it finds whom the actors tell
// one by one, whatever functions they hold.
func TestWaitingAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		inside := c.as("cn-ministry")
		nia := c.as("cn-focal-point").Institution
		functions := [][]access.Function{
			{access.Contributor}, {access.Administrator}, {access.DonorOfficer}, {access.ProjectTeam}, {access.Administrator, access.Contributor}, {},
		}
		for _, fs := range functions {
			p, _ := c.invited(c.team(), newcomer(nia, access.Contributor))
			h, v, err := c.objects.Get(t.Context(), operator, ref.ID(p))
			if err != nil {
				t.Fatal(err)
			}
			v.(*roster.Person).Functions = nil
			for _, f := range fs {
				v.(*roster.Person).Functions = append(v.(*roster.Person).Functions, roster.Held{Function: f})
			}
			if _, err := c.objects.Edit(t.Context(), operator, h.ID, h.Rev, v, ""); err != nil {
				t.Fatalf("%v: %v", fs, err)
			}
		}
		want := 0
		var waits []ref.ID
		for _, p := range c.everybody() {
			if a := c.actor(p); a.Waits && a.Institution == nia {
				waits = append(waits, ref.ID(p))
				want++
			}
		}
		g, err := roster.New(d).Gate(t.Context(), inside, nia, "en")
		if err != nil {
			t.Fatal(err)
		}
		var found []ref.ID
		for _, o := range g.Waiting {
			found = append(found, o.ID)
		}
		slices.Sort(found)
		slices.Sort(waits)
		if !slices.Equal(found, waits) || want < 2 || want > len(functions) {
			t.Errorf("found %q, by the actors %q", found, waits)
		}
	})
}

// TestHeadersAtOnce: many headers read at once are those read one by one, for everybody.
func TestHeadersAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		var ids []ref.ID
		for _, k := range c.objects.Kinds() {
			ids = append(ids, c.all(k.KindName())...)
		}
		c.read(func(ctx context.Context, tx *db.Tx) error {
			for _, who := range []access.Actor{operator, access.Visitor, c.team(), c.as("cn-focal-point"), c.as("donor")} {
				all, err := access.Headers(ctx, tx, who, ids...)
				if err != nil {
					return err
				}
				n := 0
				for _, id := range ids {
					one, err := access.Find(ctx, tx, who, id)
					if err == nil {
						n++
					}
					if many, ok := all[id]; ok != (err == nil) || ok && !reflect.DeepEqual(one, many) {
						t.Fatalf("%s: %+v, one by one %+v, %v", id, many, one, err)
					}
				}
				if n != len(all) {
					t.Errorf("%d at once, %d one by one", len(all), n)
				}
			}
			return nil
		})
	})
}
