package notice

import (
	"context"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// TellVacant tells those who asked institutions for something, once for each institution, that nobody is
// entered any more who could answer for it: the last one left, it ended, or who succeeded it has
// nobody. When somebody is entered again, the next time counts anew. It is done after each act that
// takes posts, functions or an admission away, and once a day for what was entered for that day.
func TellVacant(ctx context.Context, tx *db.Tx, who access.Actor) error {
	list, err := access.Vacancies(ctx, tx)
	if err != nil || len(list) == 0 {
		return err
	}
	var ids []ref.Institution
	for _, v := range list {
		ids = append(ids, ref.Institution(v.Principal.ID()))
	}
	r, err := roster.Responding(ctx, tx, ids...)
	if err != nil {
		return err
	}
	type pair struct{ owes, asker access.Principal }
	fresh := map[pair][]access.Duty{}
	var order []pair
	for i, v := range list {
		switch vacant := r.For(ids[i]).Vacant(); {
		case vacant && !v.Told:
			at := pair{v.Principal, v.Asker}
			if fresh[at] == nil {
				order = append(order, at)
			}
			fresh[at] = append(fresh[at], v.Duty)
			err = access.NoteVacant(ctx, tx, v.Duty)
		case !vacant && v.Told:
			err = access.Filled(ctx, tx, v.ID)
		}
		if err != nil {
			return err
		}
	}
	for _, at := range order {
		if err := tellVacant(ctx, tx, who, at.owes, at.asker, fresh[at]); err != nil {
			return err
		}
	}
	return nil
}

// Empty gives the institutions for which on a day nobody is entered who could do what they were asked, and
// how many of these duties the actor may read.
func Empty(ctx context.Context, tx *db.Tx, who access.Actor, day time.Time) (map[ref.Institution]int, error) {
	list, err := access.Vacancies(ctx, tx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var ids []ref.Institution
	for _, v := range list {
		ids = append(ids, ref.Institution(v.Principal.ID()))
	}
	r, err := roster.RespondingOn(ctx, tx, day, ids...)
	if err != nil {
		return nil, err
	}
	out := map[ref.Institution]int{}
	for i, v := range list {
		if !r.For(ids[i]).Vacant() {
			continue
		}
		switch _, err := access.FindDuty(ctx, tx, who, v.ID); {
		case err == nil:
			out[ids[i]]++
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	return out, nil
}

// tellVacant tells those who act for who asked, of what each of them may read.
func tellVacant(ctx context.Context, tx *db.Tx, who access.Actor, owes, asker access.Principal, ds []access.Duty) error {
	people, err := roster.Acting(ctx, tx, asker)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p == who.Person {
			continue
		}
		reader, err := roster.ActorFor(ctx, tx, p)
		if err != nil {
			return err
		}
		n := New{Person: p, Kind: Vacant, Detail: Detail{By: owes.ID(), What: "one"}}
		for _, d := range ds {
			_, err := access.FindDuty(ctx, tx, reader, d.ID)
			switch {
			case fault.Is(err, fault.NotFound):
			case err != nil:
				return err
			case n.Object == "":
				n.Object, n.Detail.Duty = d.Object, d.ID
			default:
				n.Detail.What, n.Detail.Duty = "more", ""
			}
		}
		if n.Object == "" {
			continue
		}
		if err := Put(ctx, tx, nil, n); err != nil {
			return err
		}
	}
	return nil
}
