package bundle

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// Weigh does what Authority would do, undoes it, and says what it makes of people.
func Weigh(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) (out []roster.Effect, err error) {
	return out, d.Together(ctx, func(ctx context.Context) error {
		if out, err = decide(ctx, d, objects, who, id, rev, value, reason); err != nil {
			return err
		}
		return db.ErrRollback
	})
}

// Authority changes what decides who reads and who speaks for whom (access.Objects.Authority), and
// tells those concerned: everybody for whom it changes anything, today or on a later day, and the
// focal points of the institutions that it names.
func Authority(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := decide(ctx, d, objects, who, id, rev, value, reason)
		return err
	})
}

func decide(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) (out []roster.Effect, err error) {
	h, now, err := objects.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return out, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		changed := false
		out, err = roster.Effects(ctx, tx, id, now, value, func() error {
			after, err := objects.Authority(ctx, who, id, rev, value, reason)
			changed = after.Rev != h.Rev
			return err
		})
		if err != nil || !changed {
			return err
		}
		return tellConcerned(ctx, tx, who, h, now, value, out)
	})
}

// tellConcerned puts a notice down, once for each, for who is concerned by a change of the register. Who
// may not read the object any more, like an institution that a circle leaves out, is told without it.
func tellConcerned(ctx context.Context, tx *db.Tx, who access.Actor, h access.Header, old, new any, effects []roster.Effect) error {
	var people []ref.Person
	for _, e := range effects {
		people = append(people, e.Person)
	}
	if h.Kind == roster.People.Name {
		people = append(people, ref.Person(h.ID))
	}
	for _, i := range roster.Concerned(h.ID, old, new) {
		acting, err := roster.Acting(ctx, tx, access.InstitutionOf(i))
		if err != nil {
			return err
		}
		people = append(people, acting...)
	}
	slices.Sort(people)
	for _, p := range slices.Compact(people) {
		if p == who.Person {
			continue
		}
		n := notice.New{Person: p, Kind: notice.Authority, Object: h.ID, Detail: notice.Detail{What: h.Kind}}
		reader, err := roster.ActorFor(ctx, tx, p)
		if err != nil {
			return err
		}
		if _, err := access.Find(ctx, tx, reader, h.ID); err != nil {
			n.Object, n.Detail.What = "", "hidden"
		}
		if err := notice.Put(ctx, tx, nil, n); err != nil {
			return err
		}
	}
	return nil
}
