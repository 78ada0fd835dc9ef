package roster

import (
	"context"
	"database/sql"
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

// FocalPoint is somebody who acts for an institution. Heard says that the institution hears of what that
// one is told: it stands on no side, or its side let the person in; and the person can sign in. Who was entered
// or invited and has not come yet hears nothing, but where nobody signs in at all, as in a demonstration.
type FocalPoint struct {
	Person ref.Person
	Heard  bool
}

// FocalPoints gives those of some institutions today, or of who answers for one that has ended.
func FocalPoints(ctx context.Context, tx *db.Tx, is ...ref.Institution) (map[ref.Institution][]FocalPoint, error) {
	out := map[ref.Institution][]FocalPoint{}
	if len(is) == 0 {
		return out, nil
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	r, err := respondingOn(ctx, tx, string(today), is)
	if err != nil {
		return nil, err
	}
	var answering []ref.Institution
	for _, i := range is {
		answering = append(answering, r.For(i).Institution)
	}
	var a db.Args
	day := a.Add(today)
	post := postOn("o.id", day)
	side := sideOn(post, day)
	of := map[ref.Institution][]FocalPoint{}
	rows, err := tx.Query(ctx, `select `+post+`, o.id, case when coalesce(`+side+`, '') = '' or `+admitted("o.id", post, side, day)+` then 1 else 0 end,
		case when exists (select 1 from credential c where c.person = o.id) or not exists (select 1 from credential) then 1 else 0 end from object o
		where o.kind = 'person' and `+access.Operator("tell").CanRead(&a, "o")+` and `+post+` in `+db.In(&a, answering)+`
		and exists (select 1 from roster_function f where f.id = o.id and f.name = '`+string(access.FocalPoint)+`' and `+onDay("f", day)+`) order by o.id -- roster.FocalPoints`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var at ref.Institution
		var p ref.Person
		var heard, signs int
		err := r.Scan(&at, &p, &heard, &signs)
		of[at] = append(of[at], FocalPoint{p, heard > 0 && signs > 0})
		return struct{}{}, err
	})
	for n, i := range is {
		out[i] = of[answering[n]]
	}
	return out, err
}

// Among gives the institutions that stand on a side today.
func Among(ctx context.Context, tx *db.Tx, side ref.Side) ([]ref.Institution, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.Collect(ctx, tx, db.One[ref.Institution], `select i.id from roster_institution i where `+sideOn("i.id", "$1")+` = $2 order by i.id -- roster.Among`, string(today), string(side))
}
