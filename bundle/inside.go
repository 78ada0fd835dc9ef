package bundle

import (
	"context"

	"entente/access"
	"entente/clearance"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// HandInside hands what stands inside an institution over to its successor (clearance.HandOver), and tells
// the focal points of both who are inside: nobody else learns that there was anything.
func HandInside(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, of, to ref.Institution, chosen []ref.ID, seen string) (n int, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if n, err = clearance.New(d).HandOver(ctx, who, objects, of, to, chosen, seen); err != nil {
			return err
		}
		return tellHanded(ctx, tx, who, of, to, "handed", "received")
	})
	return n, err
}

// TakeInside takes back what was handed over to a successor (clearance.TakeBack), and tells the same people.
func TakeInside(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, of, from ref.Institution) (n int, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if n, err = clearance.New(d).TakeBack(ctx, who, objects, of, from); err != nil {
			return err
		}
		return tellHanded(ctx, tx, who, of, from, "taken-back", "lost")
	})
	return n, err
}

// tellHanded tells the focal points of the institution whose notes they are, and of the other one. The
// kind of the notice is that of all that concerns an inner room: who operates the mail sees kinds.
func tellHanded(ctx context.Context, tx *db.Tx, who access.Actor, of, other ref.Institution, owner, reader string) error {
	for _, t := range []struct {
		at, about ref.Institution
		what      string
	}{{of, other, owner}, {other, of, reader}} {
		people, err := roster.FocalPointsInside(ctx, tx, t.at)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p == who.Person {
				continue
			}
			if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Admission, Object: ref.ID(t.about), Detail: notice.Detail{What: t.what}}); err != nil {
				return err
			}
		}
	}
	return nil
}
