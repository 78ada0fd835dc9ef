package bundle

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// keeping tells access who an institution's people and a part's maker are, so that own words stay
// with who said them.
var keeping = access.Keeping{
	Counts: func(ctx context.Context, tx *db.Tx, i ref.Institution) ([]access.Principal, error) {
		as, _, err := roster.CountsAs(ctx, tx, i)
		return as, err
	},
	Actor: roster.ActorFor,
	Tell:  tellKept,
}

// tellKept tells those who act for who said something that its object was closed to them and that they
// keep their words: each once, by the first of them that they read. Who reads none is told nothing.
func tellKept(ctx context.Context, tx *db.Tx, who access.Actor, kept []access.Kept) error {
	told := map[ref.Person]bool{who.Person: true}
	for _, k := range kept {
		by := k.By
		if by.Kind() == "inside" {
			by = access.InstitutionOf(ref.Institution(by.ID()))
		}
		people, err := roster.Acting(ctx, tx, by)
		if err != nil {
			return err
		}
		for _, p := range people {
			if told[p] {
				continue
			}
			reader, err := roster.ActorFor(ctx, tx, p)
			if err != nil {
				return err
			}
			switch _, err := access.Find(ctx, tx, reader, k.Part.ID); {
			case fault.Is(err, fault.NotFound):
				continue
			case err != nil:
				return err
			}
			if _, kept, err := access.WholeOf(ctx, tx, reader, k.Part); err != nil || !kept {
				if err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				continue // this one reads the object all the same
			}
			told[p] = true
			if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Narrowed, Object: k.Part.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}
