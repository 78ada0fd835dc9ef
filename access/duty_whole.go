package access

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
)

// partKinds are the kinds of parts (Kind.Part) whose pages nobody finds without their whole. A note is
// read in its room, whatever becomes of what it is about.
var partKinds = []string{"admission", "call", "file", "statement"}

// CanFind is CanRead for what goes over objects of any kind, such as a search or a list of changes: a
// part is found with its whole, or by who keeps it as own words (Actor.Keeps). Whoever finds the page of
// neither learns of neither.
func (a Actor) CanFind(args *db.Args, alias string) string {
	can := a.CanRead(args, alias)
	if a.IsOperator() {
		return can
	}
	return can + ` and (` + alias + `.kind not in ` + db.In(args, partKinds) + ` or ` + a.withWhole(args, alias) + `)`
}

// withWhole gives the condition that the actor may read what an object is part of, and what that is part of,
// or keeps the part: a file is attached to what somebody said about something.
func (a Actor) withWhole(args *db.Args, alias string) string {
	return a.within(args, alias, `exists (select 1 from object w where w.id = `+alias+`.parent and `+a.CanRead(args, "w")+`
		and (w.kind not in `+db.In(args, partKinds)+` or `+a.within(args, "w", `exists (select 1 from object v where v.id = w.parent and `+a.CanRead(args, "v")+`)`)+`))`)
}

func (a Actor) within(args *db.Args, alias, whole string) string {
	return `(` + alias + `.parent = '' or ` + alias + `.owner in ` + db.In(args, a.Institutions()) + `
		or ` + alias + `.owner = '' and ` + alias + `.aset in (select aset from aset_member where principal = ` + args.Add(string(PersonOf(a.Person))) + `)
		or ` + whole + `)`
}

// finder is an actor who searches: what it may read is what it may find.
type finder struct{ Actor }

// CanRead gives the predicate of search.Reader.
func (f finder) CanRead(args *db.Args, alias string) string { return f.CanFind(args, alias) }

// readWhole gives the same condition for the object of duty y. All duties but translations are about parts.
func readWhole(a *db.Args, who Actor) string {
	if who.IsOperator() {
		return `1 = 1`
	}
	return `(y.kind = 'translate' or exists (select 1 from object o where o.id = y.object and ` + who.withWhole(a, "o") + `))`
}

// DebtWithin is an open duty that an institution has about a part, and the audience of the whole.
type DebtWithin struct {
	ID        ref.ID
	Principal Principal
	Set       string
}

// DebtsWithin gives those of the duties of some institutions that concern the actor and are about a part
// of what has other readers than the part, but for own words, which the institution keeps.
func DebtsWithin(ctx context.Context, tx *db.Tx, who Actor, d ref.Dialogue, ps []Principal) ([]DebtWithin, error) {
	var a db.Args
	q := `select y.id, y.principal, w.aset from duty y join object o on o.id = y.object join object w on w.id = o.parent
		where y.done = '' and y.kind <> 'translate' and y.principal in ` + db.In(&a, ps) + ` and y.dialogue = ` + a.Add(d) + `
		and w.aset <> y.aset and 'institution:' || o.owner <> y.principal`
	if !who.IsOperator() && !who.Holds(ProjectTeam) {
		own := db.In(&a, who.Principals())
		q += ` and (y.asker in ` + own + ` or y.principal in ` + own + `)`
	}
	return db.Collect(ctx, tx, func(r *sql.Rows) (w DebtWithin, err error) {
		err = r.Scan(&w.ID, &w.Principal, &w.Set)
		return w, err
	}, q+` and `+readDuty(&a, who)+` order by y.id -- access.DebtsWithin`, a.List()...)
}

// Wholes gives the audiences of what some parts are part of, of those that the actor may read.
func Wholes(ctx context.Context, tx *db.Tx, who Actor, parts ...ref.ID) (map[ref.ID]Audience, error) {
	var a db.Args
	type row struct {
		part ref.ID
		p    Principal
	}
	rows, err := db.Collect(ctx, tx, func(r *sql.Rows) (x row, err error) {
		err = r.Scan(&x.part, &x.p)
		return x, err
	}, `select o.id, m.principal from object o join object w on w.id = o.parent join aset_member m on m.aset = w.aset
		where o.id in `+db.In(&a, parts)+` and `+who.CanRead(&a, "w")+` order by o.id, m.principal -- access.Wholes`, a.List()...)
	out := map[ref.ID]Audience{}
	for _, x := range rows {
		out[x.part] = append(out[x.part], x.p)
	}
	return out, err
}
