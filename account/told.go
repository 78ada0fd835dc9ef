package account

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// tellReset tells others that whoever has the code comes in as that person: the focal points of the
// person's institution, of whom the person may be one, and where none of them is another those who are
// inside it, or else the focal points of those that lead its side. Of one who is of the project team or
// an administrator, to whom an institution's people could do nothing, the others who are.
func tellReset(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person) error {
	signs, err := signsIn(ctx, tx, person)
	if err != nil || !signs {
		return err
	}
	p, err := roster.ActorFor(ctx, tx, person)
	if err != nil {
		return err
	}
	var own, others []ref.Person
	if p.Institution != "" {
		if own, others, err = beside(ctx, tx, p); err != nil {
			return err
		}
	}
	if p.Holds(access.ProjectTeam) || p.Holds(access.Administrator) {
		operating, err := roster.Operating(ctx, tx, p.Dialogue)
		if err != nil {
			return err
		}
		others = append(others, operating...)
	}
	told := []ref.Person{who.Person}
	for what, people := range [][]ref.Person{own, others} {
		for _, q := range people {
			if slices.Contains(told, q) || what > 0 && q == person {
				continue
			}
			told = append(told, q)
			n := notice.New{Person: q, Kind: notice.Authority, Object: ref.ID(person), Detail: notice.Detail{What: [...]string{"reset", "reset-other"}[what]}}
			if err := notice.Put(ctx, tx, nil, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside gives who of a person's institution is to know of what happens to the account, and who of the
// side's lead where nobody of it but the person does.
func beside(ctx context.Context, tx *db.Tx, p access.Actor) (own, leading []ref.Person, err error) {
	other := func(q ref.Person) bool { return q != p.Person }
	if own, err = roster.Acting(ctx, tx, access.InstitutionOf(p.Institution)); err != nil || slices.ContainsFunc(own, other) {
		return own, nil, err
	}
	inside, err := roster.Insiders(ctx, tx, p.Institution)
	if own = append(own, inside...); err != nil || p.Side == "" || slices.ContainsFunc(own, other) {
		return own, nil, err
	}
	leads, err := roster.Leads(ctx, tx, p.Side)
	for _, l := range leads {
		people, err := roster.Acting(ctx, tx, access.InstitutionOf(l))
		if err != nil {
			return nil, nil, err
		}
		leading = append(leading, people...)
	}
	return own, leading, err
}
