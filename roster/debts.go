package roster

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Debts finds what the rows of duties do not say, of the duties that concern the actor: which of them
// nobody can do today, and which one institution owes twice, for itself and for one that it succeeded.
func (s *Service) Debts(ctx context.Context, who access.Actor, d ref.Dialogue) (out access.Debts, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = Debts(ctx, tx, who, d)
		return err
	})
	return out, err
}

// Debts is Service.Debts in a transaction.
func Debts(ctx context.Context, tx *db.Tx, who access.Actor, d ref.Dialogue) (out access.Debts, err error) {
	owed, err := access.DebtsFor(ctx, tx, who, d)
	if err != nil || len(owed) == 0 {
		return out, err
	}
	var ids []ref.Institution
	var names []string
	for _, x := range owed {
		ids, names = append(ids, ref.Institution(x.Principal.ID())), append(names, x.Set)
	}
	r, err := Responding(ctx, tx, ids...)
	if err != nil {
		return out, err
	}
	sets, err := access.Sets(ctx, tx, names...)
	if err != nil {
		return out, err
	}
	var owing []access.Principal
	for _, x := range owed {
		owing = append(owing, x.Principal)
	}
	if out.Closed, err = closed(ctx, tx, who, d, r, slices.Compact(owing)); err != nil {
		return out, err
	}
	byHeir := map[ref.Institution][]access.Principal{}
	for i, x := range owed {
		switch why, err := r.Hindered(ctx, tx, ids[i], sets[x.Set]); {
		case err != nil:
			return out, err
		case why == HasEnded || why == Unseen:
			out.Idle = append(out.Idle, x)
		default:
			at := r.For(ids[i]).Institution
			if all := byHeir[at]; len(all) == 0 || all[len(all)-1] != x.Principal {
				byHeir[at] = append(all, x.Principal)
			}
		}
	}
	for _, ps := range byHeir {
		if len(ps) < 2 {
			continue
		}
		twice, err := access.OwedTwice(ctx, tx, ps)
		if err != nil {
			return out, err
		}
		out.Twice = append(out.Twice, slices.DeleteFunc(twice, func(id ref.ID) bool { return slices.Contains(out.Closed, id) })...)
	}
	return out, nil
}

// closed finds the duties about parts whose whole the institution that answers may not read.
func closed(ctx context.Context, tx *db.Tx, who access.Actor, d ref.Dialogue, r *Respondents, owing []access.Principal) (ids []ref.ID, err error) {
	within, err := access.DebtsWithin(ctx, tx, who, d, owing)
	if err != nil || len(within) == 0 {
		return nil, err
	}
	var names []string
	for _, w := range within {
		names = append(names, w.Set)
	}
	slices.Sort(names)
	sets, err := access.Sets(ctx, tx, slices.Compact(names)...)
	if err != nil {
		return nil, err
	}
	for _, w := range within {
		why, err := r.Hindered(ctx, tx, ref.Institution(w.Principal.ID()), sets[w.Set])
		if err != nil {
			return nil, err
		}
		if why == Unseen {
			ids = append(ids, w.ID)
		}
	}
	return ids, nil
}

// Leaving says whether a person is the last who could state anything for an institution, and how many
// open duties then nobody could do: of those alone that the actor may know of.
func (s *Service) Leaving(ctx context.Context, who access.Actor, id ref.Person) (at ref.Institution, n int, last bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := ActorFor(ctx, tx, id)
		if err != nil || a.Institution == "" || a.Ended.Day != "" {
			return err
		}
		at = a.Institution
		r, err := Responding(ctx, tx, at)
		if err != nil || !slices.Equal(r.For(at).People, []ref.Person{id}) {
			return err
		}
		last = true
		var owing []access.Principal
		for _, p := range a.Owing() {
			if p.Kind() == "institution" {
				owing = append(owing, p)
			}
		}
		n, err = access.CountOpen(ctx, tx, who, owing)
		return err
	})
	return at, n, last, err
}
