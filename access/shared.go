package access

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/standard/tlp"
)

// Link is one row of the shared table of links: the thread from object to object.
type Link struct {
	Rel string // the field that points, without indexes: "agenda.speakers.institution"
	To  ref.ID
	Pos int64
}

// linksOf derives the links of a value from its reference fields.
func linksOf(v any) []Link {
	seen := map[[2]string]bool{}
	var out []Link
	for _, l := range shape.Refs(v) {
		k := [2]string{l.Rel, l.Ref.RefID()}
		if !seen[k] {
			seen[k] = true
			out = append(out, Link{l.Rel, l.Ref.RefID(), int64(len(out))})
		}
	}
	return out
}

func putLinks(ctx context.Context, tx *db.Tx, from ref.ID, links []Link) error {
	if _, err := tx.Exec(ctx, `delete from link where from_id = $1 -- access.putLinks`, from); err != nil {
		return err
	}
	for _, l := range links {
		if _, err := tx.Exec(ctx, `insert into link (from_id, rel, to_id, pos) values ($1, $2, $3, $4) -- access.putLinks`,
			from, l.Rel, l.To, l.Pos); err != nil {
			return err
		}
	}
	return nil
}

// checkRefs refuses a reference to what the actor may not read, in the same words as to what
// does not exist, and a reference to an object of another kind. What old held is not asked again.
func checkRefs(ctx context.Context, tx *db.Tx, who Actor, old, v any, faults *fault.Fields) error {
	stood := map[ref.Ref]bool{}
	for _, r := range shape.Refs(old) {
		stood[r.Ref] = true
	}
	refs := slices.DeleteFunc(shape.Refs(v), func(l shape.Link) bool { return stood[l.Ref] })
	if len(refs) == 0 {
		return nil
	}
	var a db.Args
	var ids []string
	for _, r := range refs {
		ids = append(ids, r.Ref.RefID())
	}
	rows, err := tx.Query(ctx, `select o.id, o.kind from object o where o.id in `+a.In(ids)+
		` and `+who.CanRead(&a, "o")+` -- access.checkRefs`, a.List()...)
	found := map[ref.ID]string{}
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, kind string
		err := r.Scan(&id, &kind)
		found[id] = kind
		return struct{}{}, err
	}); err != nil {
		return err
	}
	for _, r := range refs {
		if found[r.Ref.RefID()] != r.Ref.RefKind() {
			faults.Add(r.Path, r.Ref.RefID(), "fault.ref", "kind", r.Ref.RefKind())
		}
	}
	return nil
}

// checkPrincipals refuses an audience that names another dialogue, or a side, institution,
// person, circle or meeting that the actor may not read or that does not exist.
func checkPrincipals(ctx context.Context, tx *db.Tx, who Actor, old Audience, h Header, faults *fault.Fields) error {
	kinds := map[ref.ID]string{}
	for _, p := range h.Audience {
		if old.Has(p) {
			continue
		}
		switch k := p.Kind(); k {
		case "dialogue", "team":
			if p.ID() != ref.ID(h.Dialogue) {
				faults.Add("audience", string(p), "fault.principal-unknown")
			}
		case "participants":
			kinds[p.ID()] = "meeting"
		case "inside":
			kinds[p.ID()] = "institution"
		case "side", "institution", "person", "circle":
			kinds[p.ID()] = k
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	var a db.Args
	rows, err := tx.Query(ctx, `select o.id, o.kind from object o where o.id in `+a.In(slices.Sorted(maps.Keys(kinds)))+
		` and o.dialogue = `+a.Add(h.Dialogue)+` and `+who.CanRead(&a, "o")+` -- access.checkPrincipals`, a.List()...)
	found := map[ref.ID]string{}
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, kind string
		err := r.Scan(&id, &kind)
		found[id] = kind
		return struct{}{}, err
	}); err != nil {
		return err
	}
	for _, p := range h.Audience {
		if k, ok := kinds[p.ID()]; ok && found[p.ID()] != k && !old.Has(p) {
			faults.Add("audience", string(p), "fault.principal-unknown")
		}
	}
	return nil
}

// Languages gives the dialogue's languages in its own order. Before a dialogue has any, English
// and Chinese.
func Languages(ctx context.Context, tx *db.Tx, d ref.Dialogue) ([]text.Lang, error) {
	rows, err := tx.Query(ctx, `select lang from language where id = $1 order by pos -- access.Languages`, d)
	ls, err := db.Rows(rows, err, func(r *sql.Rows) (l text.Lang, err error) {
		err = r.Scan(&l)
		return l, err
	})
	if err == nil && len(ls) == 0 {
		ls = []text.Lang{"en", "zh"}
	}
	return ls, err
}

// Title is what a page needs to name an object of whatever kind.
type Title struct {
	ID    ref.ID
	Kind  string
	State string
	Text  string
	Lang  text.Lang // the language Text is really in
	Short string    // a short name where the kind has one, else Text
	Mark  tlp.Label // not given by TitlesOf
}

// Titles names the objects among ids that the actor may read; the others are absent.
func Titles(ctx context.Context, tx *db.Tx, who Actor, lang text.Lang, ids ...ref.ID) (map[ref.ID]Title, error) {
	out := map[ref.ID]Title{}
	ids = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(ids))), func(id ref.ID) bool { return id == "" })
	for chunk := range slices.Chunk(ids, 500) { // an engine takes only so many arguments
		var a db.Args
		q := titleQuery(&a, lang) + ` where o.id in ` + a.In(chunk) + ` and ` + who.CanFind(&a, "o") + ` -- access.Titles`
		rows, err := tx.Query(ctx, q, a.List()...)
		ts, err := db.Rows(rows, err, scanTitle)
		if err != nil {
			return nil, err
		}
		for _, t := range ts {
			out[t.ID] = t
		}
	}
	return out, nil
}

// TitlesOf names all objects of a kind in a dialogue that the actor may read, in the order of
// the language: for a field that chooses one. No more than limit. Short is the title.
func TitlesOf(ctx context.Context, tx *db.Tx, who Actor, lang text.Lang, d ref.Dialogue, kind string, limit int) ([]Title, error) {
	var a db.Args
	return db.Collect(ctx, tx, func(r *sql.Rows) (Title, error) {
		t := Title{Kind: kind}
		err := r.Scan(&t.ID, &t.State, &t.Text, &t.Lang)
		t.Short = t.Text
		return t, err
	}, `with o as materialized ( -- or the engine may walk all titles in their order to find the few of a kind
			select o.id, o.state from object o
			where o.kind = `+a.Add(kind)+` and o.dialogue = `+a.Add(d)+` and `+who.CanFind(&a, "o")+`)
		select o.id, o.state, l.text, l.shown_lang from o
		join label l on l.object = o.id and l.field = 'title' and l.lang = `+a.Add(lang)+`
		order by l.sort, o.id limit `+a.Add(limit)+` -- access.TitlesOf`, a.List()...)
}

func titleQuery(a *db.Args, lang text.Lang) string {
	return `select o.id, o.kind, o.state, o.mark, coalesce(l.text, ''), coalesce(l.shown_lang, ''), coalesce(s.text, '') from object o
		left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang) + `
		left join label s on s.object = o.id and s.field = 'short' and s.lang = ` + a.Add(lang)
}

func scanTitle(r *sql.Rows) (t Title, err error) {
	err = r.Scan(&t.ID, &t.Kind, &t.State, &t.Mark, &t.Text, &t.Lang, &t.Short)
	t.Short = cmp.Or(t.Short, t.Text)
	return t, err
}

// Audiences gives the audiences of those among ids that the actor may read.
func Audiences(ctx context.Context, tx *db.Tx, who Actor, ids ...ref.ID) (map[ref.ID]Audience, error) {
	out := map[ref.ID]Audience{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, m.principal from object o join aset_member m on m.aset = o.aset
			where o.id in `+a.In(chunk)+` and `+who.CanRead(&a, "o")+` order by o.id, m.principal -- access.Audiences`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var p Principal
			err := r.Scan(&id, &p)
			out[id] = append(out[id], p)
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Standing gives those among ids that the actor may read, and those that were removed and that
// the actor could read until then: what an older list may still name.
func Standing(ctx context.Context, tx *db.Tx, who Actor, ids ...ref.ID) (readable, removed map[ref.ID]bool, err error) {
	readable, removed = map[ref.ID]bool{}, map[ref.ID]bool{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		where := `o.id in ` + a.In(chunk)
		if !who.IsOperator() { // the predicate without its first half: a tombstone hides from everybody
			where += ` and ` + who.named(&a, "o")
		}
		rows, err := tx.Query(ctx, `select o.id, o.tombstone from object o where `+where+` -- access.Standing`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var tombstone string
			err := r.Scan(&id, &tombstone)
			if tombstone == "" {
				readable[id] = true
			} else {
				removed[id] = true
			}
			return struct{}{}, err
		}); err != nil {
			return nil, nil, err
		}
	}
	return readable, removed, nil
}

// Pointing names the objects that point at one: those that the actor may read, newest first.
// kind and rel may be empty for all.
func Pointing(ctx context.Context, tx *db.Tx, who Actor, lang text.Lang, to ref.ID, kind, rel string, limit int) ([]Title, error) {
	var a db.Args
	q := titleQuery(&a, lang) + ` where o.id in (select from_id from link where to_id = ` + a.Add(to)
	if rel != "" {
		q += ` and rel = ` + a.Add(rel)
	}
	q += `)`
	if kind != "" {
		q += ` and o.kind = ` + a.Add(kind)
	}
	q += ` and ` + who.CanFind(&a, "o") + ` order by o.sort_time desc, o.id limit ` + a.Add(limit) + ` -- access.Pointing`
	rows, err := tx.Query(ctx, q, a.List()...)
	return db.Rows(rows, err, scanTitle)
}

// differences of the shared rows, for verification
func storedLabels(ctx context.Context, tx *db.Tx, id ref.ID) ([]label.Row, error) {
	rows, err := tx.Query(ctx, `select object, field, lang, text, shown_lang, sort, fold from label where object = $1 -- access.storedLabels`, id)
	return db.Rows(rows, err, func(r *sql.Rows) (l label.Row, err error) {
		err = r.Scan(&l.Object, &l.Field, &l.Lang, &l.Text, &l.Shown, &l.Sort, &l.Fold)
		return l, err
	})
}

func storedLinks(ctx context.Context, tx *db.Tx, id ref.ID) ([]Link, error) {
	rows, err := tx.Query(ctx, `select rel, to_id, pos from link where from_id = $1 order by pos -- access.storedLinks`, id)
	return db.Rows(rows, err, func(r *sql.Rows) (l Link, err error) {
		err = r.Scan(&l.Rel, &l.To, &l.Pos)
		return l, err
	})
}

func differLinks(want, have []Link) string {
	if !slices.Equal(want, have) {
		return fmt.Sprintf("its links were changed (%d stand, %d are derived)", len(have), len(want))
	}
	return ""
}
