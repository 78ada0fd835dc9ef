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

// tellReset tells the person that a fresh code was given, and others that whoever has it comes in as that
// person: those who act for the person's institution, and where none of them is another whoever hears in
// their stead (roster.Ears). Of one who is of the project team or an administrator, to whom an
// institution's people could do nothing, the others who are.
func tellReset(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person) error {
	signs, err := signsIn(ctx, tx, person)
	if err != nil || !signs {
		return err
	}
	p, err := roster.ActorFor(ctx, tx, person)
	if err != nil {
		return err
	}
	told := []ref.Person{who.Person}
	tell := func(what string, people ...ref.Person) error {
		for _, q := range people {
			if slices.Contains(told, q) {
				continue
			}
			told = append(told, q)
			if err := notice.Put(ctx, tx, nil, notice.New{Person: q, Kind: notice.Authority, Object: ref.ID(person), Detail: notice.Detail{What: what}}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := tell("reset-own", person); err != nil {
		return err
	}
	team := p.Holds(access.ProjectTeam) || p.Holds(access.Administrator)
	if p.Institution != "" {
		ears, err := roster.Listen(ctx, tx, who, []ref.ID{ref.ID(person)}, []ref.Institution{p.Institution}, nil)
		if err != nil {
			return err
		}
		stead := ears.Beside(p.Institution)
		if err := tell("reset", append(ears.Focal(p.Institution), stead.Colleagues...)...); err != nil {
			return err
		}
		for _, i := range stead.Institutions {
			if err := tell("reset-other", ears.Focal(i)...); err != nil {
				return err
			}
		}
		if err := tell("reset-other", stead.Others...); err != nil {
			return err
		}
		team = team || stead.Team
	}
	if !team {
		return nil
	}
	operating, err := roster.Operating(ctx, tx, p.Dialogue)
	if err != nil {
		return err
	}
	return tell("reset-other", operating...)
}
