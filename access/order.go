package access

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"

	"golang.org/x/text/language"
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
// it, and most often it is a slip. It refuses the same of a field that names a language, as its tag
// says. The languages that the object had before stay.
func (k *Kind[T]) checkLanguages(ctx context.Context, tx *db.Tx, old, o *Object[T], faults *fault.Fields) error {
	var stood []text.Lang
	if old != nil {
		for _, l := range languagesIn(&old.Value) {
			if !slices.Contains(stood, l.lang) { // one for each of its texts
				stood = append(stood, l.lang)
			}
		}
	}
	var has []text.Lang // of the dialogue, once they are asked for
	for _, l := range languagesIn(&o.Value) {
		if slices.Contains(stood, l.lang) {
			continue
		}
		switch l.of {
		case "lang":
			if t, err := language.Parse(l.lang); err != nil || t.String() != l.lang {
				faults.Add(l.path, l.lang, shape.FaultLanguage)
			}
			continue
		case "lang=interface":
			if !slices.Contains(message.Languages, l.lang) {
				faults.Add(l.path, l.lang, shape.FaultOption, "options", strings.Join(message.Languages, ", "))
			}
			continue
		}
		if has == nil {
			ls, err := k.languages(ctx, tx, o)
			if err != nil {
				return err
			}
			has = append(ls, slices.DeleteFunc(slices.Clone(stood), func(l text.Lang) bool { return slices.Contains(ls, l) })...)
		}
		if slices.Contains(has, l.lang) {
			continue
		}
		if near := nearLanguage(l.lang, has); near != "" {
			faults.Add(l.path, l.lang, "fault.language-near", "near", near, "options", strings.Join(has, ", "))
		} else {
			faults.Add(l.path, l.lang, "fault.language-lacks", "options", strings.Join(has, ", "))
		}
	}
	return nil
}

// named is a language that a value names: as that of a text, or in a field for one.
type named struct {
	path string
	lang text.Lang
	of   string // the word of the field's tag; "" is a text
}

// languagesIn gives the languages that a value names, in order.
func languagesIn(v any) (out []named) {
	shape.Walk(v, func(path string, f *shape.Field, v reflect.Value) {
		switch {
		case f.Control == shape.Multi:
			for _, l := range slices.Sorted(maps.Keys(v.Interface().(text.Multi))) {
				out = append(out, named{path + "." + l, l, ""})
			}
		case f.Lang != "" && v.Len() > 0:
			out = append(out, named{path, v.String(), f.Lang})
		}
	})
	return out
}

// Judge gives what else is wrong with a value that is not written for other faults: what the rules
// say of its languages, and those of its kind where all of it could be read.
func (k *Kind[T]) Judge(ctx context.Context, tx *db.Tx, who Actor, h Header, value any, read bool) (faults fault.Fields, err error) {
	o := &Object[T]{h, *value.(*T)}
	var old *Object[T]
	if stored, err := k.Load(ctx, tx, who, h.ID); err == nil {
		old = &stored
	} else if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if read && k.Check != nil {
		k.Check(&o.Value, &faults)
	}
	return faults, k.checkLanguages(ctx, tx, old, o, &faults)
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
