package bundle

import (
	"context"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// HandOver passes a function on (account.HandOver), and with it the reading of those objects of
// the institution that name the predecessor and are chosen: all or nothing.
func HandOver(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, h account.Handover, open []ref.ID) (to ref.Person, code string, err error) {
	accounts := account.New(d)
	err = d.Together(ctx, func(ctx context.Context) error {
		p, err := accounts.Passing(ctx, who, h.From)
		if err != nil {
			return err
		}
		if to, code, err = accounts.HandOver(ctx, who, h); err != nil {
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
	return to, code, err
}
