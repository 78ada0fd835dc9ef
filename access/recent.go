package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/ledger"
	"entente/standard/tlp"
)

// Change is the last thing that happened to an object.
type Change struct {
	Title
	Mark tlp.Label
	Act  string
	When string
	By   ledger.By
}

// Changes is what others did to objects that the actor may read: what people did, the newest
// first, and how many objects the operator's commands (an import) left as they stand.
type Changes struct {
	List     []Change
	Loaded   int
	LoadedAt string
}

// ChangesByOthers gives the newest changes that the actor did not make, at most limit.
func (s *Objects) ChangesByOthers(ctx context.Context, who Actor, d ref.Dialogue, lang text.Lang, limit int) (c Changes, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, o.kind, o.state, coalesce(l.text, ''), coalesce(l.shown_lang, ''), coalesce(s.text, ''),
				o.mark, o.changed_at, o.changed_by, e.body
			from object o
			left join label l on l.object = o.id and l.field = 'title' and l.lang = `+a.Add(lang)+`
			left join label s on s.object = o.id and s.field = 'short' and s.lang = `+a.Add(lang)+`
			left join revision r on r.object = o.id and r.rev = o.rev
			left join entry e on e.seq = r.seq
			where o.dialogue = `+a.Add(d)+` and o.changed_by <> '' and o.changed_by <> `+a.Add(who.Person)+`
			and `+who.CanFind(&a, "o")+` order by o.changed_at desc, o.id limit `+a.Add(limit)+` -- access.ChangesByOthers`, a.List()...)
		if c.List, err = db.Rows(rows, err, scanChange); err != nil {
			return err
		}
		var b db.Args
		return tx.QueryRow(ctx, `select count(*), coalesce(max(o.changed_at), '') from object o
			where o.dialogue = `+b.Add(d)+` and o.changed_by = '' and `+who.CanFind(&b, "o")+` -- access.ChangesByOthers`,
			b.List()...).Scan(&c.Loaded, &c.LoadedAt)
	})
	return c, err
}

func scanChange(r *sql.Rows) (c Change, err error) {
	var by ref.ID
	var body []byte
	if err := r.Scan(&c.ID, &c.Kind, &c.State, &c.Text, &c.Lang, &c.Short, &c.Mark, &c.When, &by, &body); err != nil {
		return c, err
	}
	c.Act, c.By.Person = c.Kind+".edit", by
	if body != nil { // null once erased
		var e ledger.Entry
		if err := json.Unmarshal(body, &e); err != nil {
			return c, err
		}
		c.Act, c.By = e.Act, e.By
	}
	return c, nil
}

// Listed is an object as lists of addresses name it.
type Listed struct {
	ID      ref.ID
	Kind    string
	Rev     int64
	Changed string
}

// Listed gives the objects of some kinds that the actor may read, the last changed first, at most
// limit: for a visitor, what is public.
func (s *Objects) Listed(ctx context.Context, who Actor, d ref.Dialogue, kinds []string, limit int) (out []Listed, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		q := `select o.id, o.kind, o.rev, o.changed_at from object o where o.dialogue = ` + a.Add(d)
		if len(kinds) > 0 {
			q += ` and o.kind in ` + a.In(kinds)
		}
		q += ` and ` + who.CanFind(&a, "o") + ` order by o.changed_at desc, o.id limit ` + a.Add(limit) + ` -- access.Listed`
		rows, err := tx.Query(ctx, q, a.List()...)
		out, err = db.Rows(rows, err, func(r *sql.Rows) (l Listed, err error) {
			err = r.Scan(&l.ID, &l.Kind, &l.Rev, &l.Changed)
			return l, err
		})
		return err
	})
	return out, err
}

// textsAtOnce is how many objects TextChanged asks for at a time.
const textsAtOnce = 200

// TextChanged gives when what each object shows in each of some languages became what it is, as far as
// the actor could read it then: a change of its mark or its readers alone is no change of the text, nor
// is one of what only another language shows.
func (s *Objects) TextChanged(ctx context.Context, who Actor, langs []text.Lang, ids ...ref.ID) (map[ref.ID]map[text.Lang]string, error) {
	out := map[ref.ID]map[text.Lang]string{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for chunk := range slices.Chunk(ids, textsAtOnce) {
			var a db.Args
			rows, err := tx.Query(ctx, `select o.id, o.kind, e.body, r.body from object o join revision r on r.object = o.id join entry e on e.seq = r.seq
				where o.id in `+a.In(chunk)+` and `+who.CanRead(&a, "o")+` order by o.id, r.rev desc -- access.TextChanged`, a.List()...)
			var last ref.ID
			var showed map[text.Lang]string // what the revision after it showed, in the languages that may be older still
			if _, err = db.Rows(rows, err, func(r *sql.Rows) (none struct{}, err error) {
				var id ref.ID
				var kind string
				var entry, body []byte
				var v Version
				if err := r.Scan(&id, &kind, &entry, &body); err != nil || id == last && len(showed) == 0 {
					return none, err
				}
				if err := v.read(s.kinds[kind], entry, body); err != nil {
					return none, err
				}
				if id != last {
					last, showed, out[id] = id, map[text.Lang]string{}, map[text.Lang]string{}
					for _, l := range langs {
						showed[l], out[id][l] = v.shown(l), v.When
					}
					return none, nil
				}
				for l, shows := range showed {
					if v.Value != nil && who.Reads(v.Header) && v.shown(l) == shows {
						out[id][l] = v.When
					} else {
						delete(showed, l) // what came before is older than the text
					}
				}
				return none, nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// shown is what a revision shows to a reader of one language, to be compared.
func (v Version) shown(l text.Lang) string { return shape.Shown(v.Value, l) + shape.Shown(v.Former, l) }
