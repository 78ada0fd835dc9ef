package roster

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// OfSide gives the institutions that stand on a side today and never stood on another, and the people of theirs whom the
// side has let in (Admission), as far as the actor may read them, in the order of a
// language.
func OfSide(ctx context.Context, tx *db.Tx, who access.Actor, d ref.Dialogue, side ref.Side, lang text.Lang) (is []access.Object[Institution], ps []access.Object[Person], err error) {
	day, err := Today(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	on := func(a *db.Args, institution string) string {
		return sideOn(institution, a.Add(day)) + ` = ` + a.Add(side) + ` and ` + oneSide(institution)
	}
	var a, b db.Args
	const byTitle = `left join label l on l.object = o.id and l.field = 'title' and l.lang = `
	is, err = Institutions.List(ctx, tx, who, access.Select{
		Args: &a, Join: byTitle + a.Add(lang), Where: `o.dialogue = ` + a.Add(d) + ` and ` + on(&a, "o.id"), Order: `l.sort, o.id`, Limit: 2000,
	})
	if err != nil {
		return nil, nil, err
	}
	now := b.Add(day)
	ps, err = People.List(ctx, tx, who, access.Select{
		Args: &b, Join: byTitle + b.Add(lang), Where: `o.dialogue = ` + b.Add(d) + `
			and exists (select 1 from roster_function f where f.id = o.id and f.name <> '` + string(access.Administrator) + `' and ` + onDay("f", now) + `)
			and not exists (select 1 from roster_function f where f.id = o.id and f.name in ('` + string(access.ProjectTeam) + `', '` + string(access.DonorOfficer) + `') and ` + onDay("f", now) + `)
			and ` + on(&b, postOn("o.id", now)) + ` and ` + admitted("o.id", postOn("o.id", now), b.Add(side), now),
		Order: `l.sort, o.id`, Limit: 2000,
	})
	return is, ps, err
}
