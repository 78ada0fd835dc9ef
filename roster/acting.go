package roster

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Acting gives the people who act for a principal today, for telling them what it owes: a person
// for itself, the focal points of an institution or, once it has ended, of the one that answers for it, the members of a
// project team. Of wider principals nobody acts.
func Acting(ctx context.Context, tx *db.Tx, p access.Principal) ([]ref.Person, error) {
	day, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	var a db.Args
	d := a.Add(day)
	holds := func(f access.Function) string {
		return `exists (select 1 from roster_function f where f.id = o.id and f.name = ` + a.Add(string(f)) + ` and ` + onDay("f", d) + `)`
	}
	var where string
	switch p.Kind() {
	case "person":
		a = db.Args{} // without the day, whose type PostgreSQL could not tell where nothing asks for it
		where = `o.id = ` + a.Add(p.ID())
	case "team":
		where = `o.dialogue = ` + a.Add(p.ID()) + ` and ` + holds(access.ProjectTeam)
	case "institution":
		r, err := Responding(ctx, tx, ref.Institution(p.ID()))
		if err != nil {
			return nil, err
		}
		where = holds(access.FocalPoint) + ` and ` + postOn("o.id", d) + ` = ` + a.Add(r.For(ref.Institution(p.ID())).Institution)
	default:
		return nil, nil
	}
	people, err := db.Collect(ctx, tx, db.One[ref.Person], `select o.id from object o
		where o.kind = 'person' and o.tombstone = '' and `+where+` order by o.id -- roster.Acting`, a.List()...)
	return slices.Compact(people), err
}

// Operating gives the members of the project team and the administrators of a dialogue today.
func Operating(ctx context.Context, tx *db.Tx, d ref.Dialogue) ([]ref.Person, error) {
	day, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.Collect(ctx, tx, db.One[ref.Person], `select o.id from object o where o.kind = 'person' and o.tombstone = '' and o.dialogue = $1
		and exists (select 1 from roster_function f where f.id = o.id and f.name in ($2, $3) and `+onDay("f", "$4")+`) order by o.id -- roster.Operating`,
		d, access.ProjectTeam, access.Administrator, day)
}
