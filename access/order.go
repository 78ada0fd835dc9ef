package access

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
)

// checkOrder refuses a reference by which an object would come back to itself. Where objects of a
// kind point at others of it, they stand in an order: a parent above, a successor after, what is
// waited for before. It is asked of what the act adds alone, so that an order that was broken once
// can still be mended and its objects still be changed. It looks at all objects: those that the
// actor may not read are in the order too.
func (k *Kind[T]) checkOrder(ctx context.Context, tx *db.Tx, old, o *Object[T], faults *fault.Fields) error {
	if o.ID == "" { // nothing can point at it yet
		return nil
	}
	type to struct {
		rel string
		id  ref.ID
	}
	stood := map[to]bool{}
	if old != nil {
		for _, l := range shape.Refs(&old.Value) {
			stood[to{l.Rel, l.Ref.RefID()}] = true
		}
	}
	for _, l := range shape.Refs(&o.Value) {
		at := l.Ref.RefID()
		switch {
		case l.Ref.RefKind() != k.Name || stood[to{l.Rel, at}]:
			continue
		case at == o.ID:
			faults.Add(l.Path, at, "fault.itself")
			continue
		}
		var n int
		if err := tx.QueryRow(ctx, `with recursive up(id) as (
				select l.to_id from link l join object o on o.id = l.from_id and o.tombstone = '' where l.from_id = $1 and l.rel = $2
				union select l.to_id from link l join object o on o.id = l.from_id and o.tombstone = '' join up on up.id = l.from_id where l.rel = $2)
			select count(*) from up where id = $3 -- access.checkOrder`, at, l.Rel, o.ID).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			faults.Add(l.Path, at, "fault.ring")
		}
	}
	return nil
}

// checkLanguages refuses a text in a language that the dialogue does not have: nobody would be shown
// it, and most often it is a slip. The languages in which the object had texts before stay.
func (k *Kind[T]) checkLanguages(ctx context.Context, tx *db.Tx, old, o *Object[T], faults *fault.Fields) error {
	var langs []text.Lang
	if old != nil {
		for _, t := range shape.Texts(&old.Value) {
			for l := range t.Value {
				langs = append(langs, l)
			}
		}
	}
	asked := false
	for _, t := range shape.Texts(&o.Value) {
		for _, l := range slices.Sorted(maps.Keys(t.Value)) {
			if slices.Contains(langs, l) {
				continue
			}
			if !asked {
				has, err := k.languages(ctx, tx, o)
				if err != nil {
					return err
				}
				langs, asked = append(has, langs...), true
				if slices.Contains(langs, l) {
					continue
				}
			}
			if near := nearLanguage(l, langs); near != "" {
				faults.Add(t.Path+"."+l, l, "fault.language-near", "near", near, "options", strings.Join(langs, ", "))
			} else {
				faults.Add(t.Path+"."+l, l, "fault.language-lacks", "options", strings.Join(langs, ", "))
			}
		}
	}
	return nil
}

// languages gives those of the object's dialogue, or of the dialogue that it is.
func (k *Kind[T]) languages(ctx context.Context, tx *db.Tx, o *Object[T]) ([]text.Lang, error) {
	if k.Langs != nil {
		if ls := k.Langs(&o.Value); len(ls) > 0 {
			return slices.Clone(ls), nil
		}
		return []text.Lang{"en", "zh"}, nil
	}
	return Languages(ctx, tx, o.Dialogue)
}

// nearLanguage gives the language that was probably meant: one that differs in what follows the
// first hyphen, or in one letter.
func nearLanguage(l text.Lang, langs []text.Lang) text.Lang {
	base := func(l text.Lang) string { b, _, _ := strings.Cut(strings.ToLower(l), "-"); return b }
	if i := slices.IndexFunc(langs, func(has text.Lang) bool { return base(has) == base(l) }); i >= 0 {
		return langs[i]
	}
	alike := slices.DeleteFunc(slices.Clone(langs), func(has text.Lang) bool { return has[:1] != l[:1] })
	return cmp.Or(shape.Nearest(l, alike, 1), shape.Nearest(l, langs, 1))
}
