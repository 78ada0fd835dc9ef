package access

import (
	"context"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// passable is how many objects a handover offers and takes at once.
const passable = 200

// Naming names the objects of an owner whose audience names a principal by itself, as far as the
// actor may read them: the newest first, at most 200.
func Naming(ctx context.Context, tx *db.Tx, who Actor, lang text.Lang, owner ref.ID, p Principal) ([]Title, error) {
	var a db.Args
	q := titleQuery(&a, lang) + ` where o.owner = ` + a.Add(owner) + ` and o.aset in (select aset from aset_member where principal = ` + a.Add(string(p)) + `)
		and ` + who.CanFind(&a, "o") + ` order by o.changed_at desc, o.id limit ` + a.Add(passable) + ` -- access.Naming`
	rows, err := tx.Query(ctx, q, a.List()...)
	return db.Rows(rows, err, scanTitle)
}

// Pass lets a successor read objects of an owner that name the predecessor: the act "object.pass"
// on each, which adds the successor to its audience and changes nothing else. NotFound for one
// that the actor may not read, that belongs to another owner, or that does not name the
// predecessor: a handover opens nothing else. Invalid for a part whose whole the successor does
// not read.
func (s *Objects) Pass(ctx context.Context, who Actor, owner ref.ID, from, to Principal, ids []ref.ID) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var wholes, parts []Header
		if len(ids) > passable {
			return fault.New(fault.TooLarge, "")
		}
		for _, id := range ids {
			h, err := Find(ctx, tx, who, id)
			if err != nil {
				return err
			}
			if h.Owner != owner || owner == "" || !h.Audience.Has(from) {
				return fault.New(fault.NotFound, "")
			}
			if k := s.kinds[h.Kind]; k != nil && k.IsPart() {
				parts = append(parts, h)
			} else {
				wholes = append(wholes, h)
			}
		}
		for _, h := range slices.Concat(wholes, parts) { // a part after the whole that it must lie within
			if h.Audience.Has(to) {
				continue
			}
			h, v, err := s.get(ctx, tx, who, h.ID)
			if err != nil {
				return err
			}
			h.Audience = NewAudience(append(slices.Clone(h.Audience), to)...)
			if err := s.kinds[h.Kind].SaveAny(ctx, tx, who, "object.pass", &h, v, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// PassDuties hands what one person owes by name and has not done to another, and what is owed to
// the one; with drafts also what the one works on for others. What the other owes already is owed
// once.
func PassDuties(ctx context.Context, tx *db.Tx, from, to ref.Person, drafts bool) error {
	was, is := PersonOf(from), PersonOf(to)
	return talliedWhole(ctx, tx, func() error {
		if _, err := tx.Exec(ctx, `delete from duty where principal = $1 and done = '' and exists (select 1 from duty d
			where d.done = '' and d.object = duty.object and d.kind = duty.kind and d.detail = duty.detail and d.principal = $2) -- access.PassDuties`, was, is); err != nil {
			return err
		}
		for _, q := range []string{
			`update duty set asker = $2 where asker = $1 and done = ''`, `update duty set principal = $2 where principal = $1 and done = ''`,
		} {
			if _, err := tx.Exec(ctx, q+` -- access.PassDuties`, was, is); err != nil {
				return err
			}
		}
		if !drafts {
			return nil
		}
		_, err := tx.Exec(ctx, `update duty set drafter = $2 where drafter = $1 and done = '' -- access.PassDuties`, from, to)
		return err
	})
}
