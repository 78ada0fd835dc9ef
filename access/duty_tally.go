package access

import (
	"context"

	"entente/internal/db"
	"entente/internal/ref"
)

// A tally holds how many open duties are alike in all that they are counted by, so that a desk
// adds up a few rows, however many duties there are. Whoever changes duties does it inside one of
// the functions here, which take what stands out of the tally before and put it in again after.

// tallyKeys are what duties are counted by. A duty is one of many by its detail only where it is a
// translation; other details tell single duties apart.
const tallyKeys = `principal, dialogue, kind, case when kind = 'translate' then detail else '' end, object_kind, asker, aset, due`

func addToTally(ctx context.Context, tx *db.Tx, sign, where string, args []any) error {
	_, err := tx.Exec(ctx, `insert into duty_tally (principal, dialogue, kind, detail, object_kind, asker, aset, due, n)
		select `+tallyKeys+`, `+sign+`count(*) from duty where done = '' and `+where+` group by `+tallyKeys+`
		on conflict (principal, dialogue, kind, detail, object_kind, asker, aset, due) do update set n = duty_tally.n + excluded.n -- access.addToTally`, args...)
	return err
}

// tallied runs a change of duties about one object.
func tallied(ctx context.Context, tx *db.Tx, object ref.ID, change func() error) error {
	args := []any{object}
	if err := addToTally(ctx, tx, "-", `object = $1`, args); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return addToTally(ctx, tx, "", `object = $1`, args)
}

// talliedWhole runs a change of duties about many objects, and counts all of them anew.
func talliedWhole(ctx context.Context, tx *db.Tx, change func() error) error {
	if err := change(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from duty_tally -- access.talliedWhole`); err != nil {
		return err
	}
	return addToTally(ctx, tx, "", `1 = 1`, nil)
}
