package bundle

import (
	"cmp"
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
)

// Vacates does an act, undoes it, and gives the institutions that it leaves without anybody who could do
// what they were asked, with how many of these duties the actor may read.
func Vacates(ctx context.Context, d *db.DB, who access.Actor, act func(context.Context) error) (map[ref.Institution]int, error) {
	empty := func(ctx context.Context) (out map[ref.Institution]int, err error) {
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			out, err = notice.Empty(ctx, tx, who)
			return err
		})
		return out, err
	}
	var out map[ref.Institution]int
	return out, d.Together(ctx, func(ctx context.Context) error {
		before, err := empty(ctx)
		if err != nil {
			return err
		}
		if err := act(ctx); err != nil {
			return err
		}
		out, err = empty(ctx)
		for i := range before {
			delete(out, i)
		}
		return cmp.Or(err, db.ErrRollback)
	})
}

// Remove removes an object (access.Objects.Remove), and tells at once whoever waits for what nobody can
// do any more.
func Remove(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		if err := objects.Remove(ctx, who, id, rev, reason); err != nil {
			return err
		}
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return notice.TellVacant(ctx, tx, who) })
	})
}
