package bundle

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// Vacated is an institution that an act leaves without anybody who could do what it was asked.
type Vacated struct {
	Institution ref.Institution
	From        time.Time // the first day on which nobody can
	Later       bool      // that is not today
	Duties      int       // how many of them the actor may read
}

// Vacates does an act that changes an object of the register, undoes it, and gives the institutions that
// it leaves without anybody who could do what they were asked: at once, or from one of the later days on
// which it comes to count.
func Vacates(ctx context.Context, d *db.DB, who access.Actor, c roster.Change, act func(context.Context) error) (out []Vacated, err error) {
	empty := func(ctx context.Context) (all []map[ref.Institution]int, days []time.Time, err error) {
		return all, days, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			today, err := roster.Today(ctx, tx)
			if err != nil {
				return err
			}
			days = c.Turns(today)
			for _, day := range days {
				n, err := notice.Empty(ctx, tx, who, day)
				if err != nil {
					return err
				}
				all = append(all, n)
			}
			return nil
		})
	}
	return out, d.Together(ctx, func(ctx context.Context) error {
		before, _, err := empty(ctx)
		if err != nil {
			return err
		}
		if err := act(ctx); err != nil {
			return err
		}
		after, days, err := empty(ctx)
		said := map[ref.Institution]bool{}
		for n, left := range after {
			for _, i := range slices.Sorted(maps.Keys(left)) {
				if _, was := before[n][i]; !was && !said[i] {
					said[i] = true
					out = append(out, Vacated{i, days[n], n > 0, left[i]})
				}
			}
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
