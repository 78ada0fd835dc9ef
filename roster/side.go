package roster

import (
	"context"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// OfSide gives the institutions that stand on a side today and never stood on another, and the people of theirs who work for the
// side (isInside), as far as the actor may read them, in the order of a
// language.
func OfSide(ctx context.Context, tx *db.Tx, who access.Actor, d ref.Dialogue, side ref.Side, lang text.Lang) (is []access.Object[Institution], ps []access.Object[Person], err error) {
	day := tx.Now().Format(time.DateOnly)
	today := func(t, day string) string {
		return `(` + t + `.from_day = '' or ` + t + `.from_day <= ` + day + `) and (` + t + `.until_day = '' or ` + t + `.until_day >= ` + day + `)`
	}
	on := func(a *db.Args, institution string) string {
		now := a.Add(day)
		return `(select case g.standing when 'side' then g.side else '' end from roster_standing g where g.id = ` + institution + ` and ` + today("g", now) + `
			order by g.from_day desc limit 1) = ` + a.Add(side) + ` and ` + oneSide(institution)
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
			and exists (select 1 from roster_function f where f.id = o.id and f.name <> '` + string(access.Administrator) + `' and ` + today("f", now) + `)
			and not exists (select 1 from roster_function f where f.id = o.id and f.name in ('` + string(access.ProjectTeam) + `', '` + string(access.DonorOfficer) + `') and ` + today("f", now) + `)
			and ` + on(&b, `(select p.institution from roster_post p where p.id = o.id and `+today("p", now)+` order by p.from_day desc limit 1)`),
		Order: `l.sort, o.id`, Limit: 2000,
	})
	return is, ps, err
}
