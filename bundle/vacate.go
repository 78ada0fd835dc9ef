package bundle

import (
	"context"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/meeting"
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
	return out, d.Try(ctx, func(ctx context.Context) error {
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
		return err
	})
}

// Remove removes an object (access.Objects.Remove), tells those whom that takes from what they read or for
// whom they speak, and at once whoever waits for what nobody can do any more.
func Remove(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := remove(ctx, d, objects, who, id, rev, reason)
		return err
	})
}

// WeighRemoval does what Remove would do, undoes it, and says what it makes of people, and which own words
// stay with whom. some is false, and nothing done, where the object lets nobody read or speak.
func WeighRemoval(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, h access.Header) (out Weighed, some bool, err error) {
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		some, err = lets(ctx, tx, h)
		return err
	}); err != nil || !some {
		return out, false, err
	}
	o, listing := *objects, keeping
	var kept []access.Kept
	listing.Tell = func(_ context.Context, _ *db.Tx, _ access.Actor, k []access.Kept) error {
		kept = append(kept, k...)
		return nil
	}
	err = d.Try(ctx, func(ctx context.Context) error {
		out, err = remove(ctx, d, o.Keep(listing), who, h.ID, h.Rev, "look")
		return err
	})
	out.Kept = kept
	return out, true, err
}

// lets says whether an object lets somebody read or speak by standing: a circle, a person, a meeting whose
// participants are an audience. An institution with people is not removed.
func lets(ctx context.Context, tx *db.Tx, h access.Header) (bool, error) {
	switch h.Kind {
	case roster.Circles.Name, roster.People.Name:
		return true, nil
	case meeting.Meetings.Name:
		return roster.Admits(ctx, tx, h.ID)
	}
	return false, nil
}

func remove(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, reason string) (out Weighed, err error) {
	h, now, err := objects.Get(ctx, who, id)
	if err != nil {
		return out, err
	}
	return out, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		do := func() error { return objects.Remove(ctx, who, id, rev, reason) }
		some, err := lets(ctx, tx, h)
		if err != nil {
			return err
		}
		if !some {
			if err := do(); err != nil {
				return err
			}
			return notice.TellVacant(ctx, tx, who)
		}
		k, _ := objects.Kind(h.Kind)
		if out, err = around(ctx, tx, who, []*changed{{kind: h.Kind, dialogue: h.Dialogue, id: id, old: now, new: k.New()}}, func() (bool, error) { return true, do() }); err != nil {
			return err
		}
		return notice.TellVacant(ctx, tx, who)
	})
}
