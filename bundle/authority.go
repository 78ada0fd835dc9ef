package bundle

import (
	"context"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/meeting"
	"entente/notice"
	"entente/roster"
)

// Weighed is what a change makes of people, and which own words stay with institutions that lose what
// these are about.
type Weighed struct {
	Effects []roster.Effect
	Kept    []access.Kept
	Opened  int               // objects that stand, and that the actor may read, which somebody comes to read
	Told    []ref.Institution // whose focal points are told, but of those whose objects open
	Team    bool              // the project team and the administrators are told

	changed bool
}

// Weigh does what Authority would do, undoes it, and says what it makes of people.
func Weigh(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) (out Weighed, err error) {
	return out, d.Try(ctx, func(ctx context.Context) error {
		out, err = decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Authority(ctx, who, id, rev, value, reason) })
		return err
	})
}

// Authority changes what decides who reads and who speaks for whom (access.Objects.Authority), and
// tells those concerned: everybody for whom it changes anything, today or on a later day, and the
// focal points of the institutions that it names.
func Authority(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Authority(ctx, who, id, rev, value, reason) })
		return err
	})
}

// WeighEdit is Weigh for Edit. Of what decides nothing it does nothing and gives nothing.
func WeighEdit(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any) (out Weighed, err error) {
	some := false
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		some, err = roster.Admits(ctx, tx, id)
		return err
	}); err != nil || !some {
		return out, err
	}
	return out, d.Try(ctx, func(ctx context.Context) error {
		out, err = decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Edit(ctx, who, id, rev, value, "") })
		return err
	})
}

// Edit changes an object (access.Objects.Edit), and tells those concerned as Authority does where that
// changes who reads anything or who speaks for whom: the participants of a meeting, or what a command
// of the operator changes of the register.
func Edit(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Edit(ctx, who, id, rev, value, reason) })
		return err
	})
}

func decide(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, value any, do func() (access.Header, error)) (out Weighed, err error) {
	h, now, err := objects.Get(ctx, who, id)
	if err != nil {
		return out, err
	}
	return out, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, _ := objects.Kind(h.Kind)
		do := func() (access.Header, error) {
			after, err := do()
			if err != nil || after.Rev == h.Rev {
				return after, err
			}
			return after, tellRenamed(ctx, tx, who, id, now, value)
		}
		admits, err := roster.Admits(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(access.Deciding(k, now, value)) == 0 && !admits {
			_, err := do()
			return err
		}
		if err := KeepPassed(ctx, tx, objects); err != nil {
			return err
		}
		if out, err = around(ctx, tx, who, []*changed{{kind: h.Kind, dialogue: h.Dialogue, id: id, old: now, new: value}}, func() (bool, error) {
			after, err := do()
			return after.Rev != h.Rev, err
		}); err != nil || !out.changed {
			return err
		}
		if out.Kept, err = keepOwn(ctx, tx, objects, who, h, out.Effects); err != nil {
			return err
		}
		return notice.TellVacant(ctx, tx, who)
	})
}

// tellRenamed tells the people of a side or an institution that it is called otherwise: their words stand
// under that name from now on.
func tellRenamed(ctx context.Context, tx *db.Tx, who access.Actor, id ref.ID, old, new any) error {
	if !roster.Renamed(old, new) {
		return nil
	}
	people, err := roster.ToldOfName(ctx, tx, id, new)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p == who.Person {
			continue
		}
		if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Authority, Object: id, Detail: notice.Detail{What: "renamed"}}); err != nil {
			return err
		}
	}
	return nil
}

// keepOwn keeps the own words of institutions of which somebody loses something by a change of an
// object, tells them, and says which these are.
func keepOwn(ctx context.Context, tx *db.Tx, objects *access.Objects, who access.Actor, changed access.Header, effects []roster.Effect) ([]access.Kept, error) {
	var lost []access.Principal
	var of []ref.Institution
	for _, e := range effects {
		lost = append(lost, e.Loses...)
		if len(e.Loses) > 0 && e.Institution != "" {
			of = append(of, e.Institution)
		}
	}
	slices.Sort(of)
	kept, err := objects.KeepOwn(ctx, tx, changed.Kind+"."+actOn(changed.Kind), access.NewAudience(lost...), slices.Compact(of), time.Time{})
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	return kept, tellKept(ctx, tx, who, kept)
}

// actOn is the act by which an object of a kind decides who reads anything.
func actOn(kind string) string {
	if kind == meeting.Meetings.Name {
		return "edit"
	}
	return "authority"
}
