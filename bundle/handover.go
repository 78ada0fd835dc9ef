package bundle

import (
	"context"
	"slices"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// HandOver passes a function on (account.HandOver), and with it the reading of those objects of
// the institution that name the predecessor and are chosen: all or nothing. Those whom it concerns are
// told: both people, and who else acts for the institution.
func HandOver(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, h account.Handover, open []ref.ID) (to ref.Person, code string, w Weighed, err error) {
	accounts := account.New(d)
	err = d.Together(ctx, func(ctx context.Context) error {
		p, err := accounts.Passing(ctx, who, h.From)
		if err != nil {
			return err
		}
		next := &changed{kind: roster.People.Name, dialogue: p.Person.Dialogue, new: &roster.Person{
			Posts: []roster.Post{{Institution: p.Institution}}, Functions: []roster.Held{{Function: h.Function}},
		}}
		if i := slices.IndexFunc(p.Candidates, func(o access.Object[roster.Person]) bool { return ref.Person(o.ID) == h.To }); i >= 0 {
			next = standing(&p.Candidates[i], "")
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			w, err = around(ctx, tx, who, []*changed{standing(&p.Person, ""), next}, func() (bool, error) {
				if to, code, err = accounts.HandOver(ctx, who, h); err == nil {
					next.id = ref.ID(to)
				}
				return true, err
			})
			return err
		}); err != nil {
			return err
		}
		err = objects.Pass(ctx, who, ref.ID(p.Institution), access.PersonOf(h.From), access.PersonOf(to), open)
		if fault.Is(err, fault.Invalid) { // the object has a rule of its own about its readers
			var f fault.Fields
			f.Add("open", "", "fault.pass")
			return f.Err()
		}
		return err
	})
	return to, code, w, err
}
