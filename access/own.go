package access

import (
	"context"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// DutiesOf gives the duties that name a person by itself, as who owes, asked or drafts, on objects
// that the actor may read.
func DutiesOf(ctx context.Context, tx *db.Tx, who Actor, p ref.Person) ([]Duty, error) {
	var a db.Args
	self := a.Add(string(PersonOf(p)))
	return db.Collect(ctx, tx, scanDuty, `select `+dutyColumns+` from duty y where (y.principal = `+self+` or y.asker = `+self+` or y.drafter = `+a.Add(p)+`)
		and `+readDuty(&a, who)+` and `+readWhole(&a, who)+` order by y.due, y.id -- access.DutiesOf`, a.List()...)
}

// NamingPerson names the objects that point at a person or have the person in their audience by
// name, as far as the actor may read them, at most limit.
func NamingPerson(ctx context.Context, tx *db.Tx, who Actor, lang text.Lang, p ref.Person, limit int) ([]Title, error) {
	var a db.Args
	q := titleQuery(&a, lang) + ` where o.id <> ` + a.Add(p) + ` and (o.id in (select from_id from link where to_id = ` + a.Add(p) + `)
		or o.aset in (select aset from aset_member where principal = ` + a.Add(string(PersonOf(p))) + `))
		and ` + who.CanFind(&a, "o") + ` order by o.changed_at desc, o.id limit ` + a.Add(limit) + ` -- access.NamingPerson`
	rows, err := tx.Query(ctx, q, a.List()...)
	return db.Rows(rows, err, scanTitle)
}
