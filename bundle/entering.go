package bundle

import (
	"context"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// Create makes an object (access.Objects.Create). Where it lets anybody read, those are told whom that
// concerns: of a person with posts the focal points of these institutions, of an institution those of
// the lead of each side on which it stands, stood or will.
func Create(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, kind string, h access.Header, value any) (made access.Header, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if made, err = objects.Create(ctx, who, kind, h, value); err != nil {
			return err
		}
		switch v := value.(type) {
		case *roster.Person:
			return tellEntered(ctx, tx, who, made.ID, roster.Concerned(made.ID, v), "entered")
		case *roster.Institution:
			var leads []ref.Institution
			for _, s := range v.Standings {
				if s.Side == "" {
					continue
				}
				of, err := roster.Leads(ctx, tx, s.Side)
				if err != nil {
					return err
				}
				leads = append(leads, of...)
			}
			return tellEntered(ctx, tx, who, made.ID, leads, "entered-institution")
		}
		return nil
	})
	return made, err
}

// Invite invites a person (account.Service.Invite), and tells the focal points of the institution: whoever
// takes the code reads what is for it, but for what stands inside.
func Invite(ctx context.Context, d *db.DB, accounts *account.Service, who access.Actor, n account.Newcomer) (person ref.Person, code string, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if person, code, err = accounts.Invite(ctx, who, n); err != nil {
			return err
		}
		return tellEntered(ctx, tx, who, ref.ID(person), []ref.Institution{n.Institution}, "entered")
	})
	return person, code, err
}

// tellEntered tells the focal points of institutions, each once, of somebody, or of an institution, that was
// entered.
func tellEntered(ctx context.Context, tx *db.Tx, who access.Actor, id ref.ID, at []ref.Institution, what string) error {
	told := map[ref.Person]bool{who.Person: true, ref.Person(id): true}
	for _, i := range at {
		people, err := roster.Acting(ctx, tx, access.InstitutionOf(i))
		if err != nil {
			return err
		}
		for _, p := range people {
			if told[p] {
				continue
			}
			told[p] = true
			if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Authority, Object: id, Detail: notice.Detail{What: what}}); err != nil {
				return err
			}
		}
	}
	return nil
}
