package roster

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// Drafters gives those who may be named to work on what the actor's institution owes: the people
// who have a post there today.
func (s *Service) Drafters(ctx context.Context, who access.Actor, lang text.Lang) (out []access.Object[Person], err error) {
	if who.Institution == "" {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		day, err := Today(ctx, tx)
		if err != nil {
			return err
		}
		var a db.Args
		out, err = People.List(ctx, tx, who, access.Select{
			Args: &a, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang),
			Where: `o.id in (select id from roster_post where institution = ` + a.Add(who.Institution) + ` and (from_day = '' or from_day <= ` + a.Add(day) +
				`) and (until_day = '' or until_day >= ` + a.Add(day) + `))`,
			Order: `l.sort, o.id`, Limit: 200,
		})
		return err
	})
	return out, err
}

// SetDrafter says who of the actor's institution works on a duty that it owes, or nobody when p is
// empty. Invalid for somebody who is not among Drafters.
func (s *Service) SetDrafter(ctx context.Context, who access.Actor, duty ref.ID, p ref.Person) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		people, err := s.Drafters(ctx, who, "en")
		if err != nil {
			return err
		}
		if p != "" && !slices.ContainsFunc(people, func(o access.Object[Person]) bool { return o.ID == ref.ID(p) }) {
			return fault.New(fault.Invalid, "fault.drafter")
		}
		return access.SetDrafter(ctx, tx, who, duty, p)
	})
}
