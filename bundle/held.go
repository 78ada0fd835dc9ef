package bundle

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
)

// findHeld finds the dialogues of the files on the node and all objects of each, so that a
// reference costs no query. Of the ids that the files use as keys it gives those of other
// dialogues.
func (im *importer) findHeld(ctx context.Context, tx *db.Tx) (elsewhere map[ref.ID]bool, err error) {
	asKeys := map[ref.ID]bool{}
	for _, d := range im.docs {
		if ref.Valid(d.key) {
			asKeys[d.key] = true
		}
	}
	for _, s := range im.scopes {
		if s.id, err = im.dialogue(ctx, tx, s.key); err != nil {
			return nil, err
		}
		if s.stood = s.id != ""; !s.stood {
			continue
		}
		for after := ref.ID(""); ; {
			var a db.Args
			page, err := im.stored(ctx, tx, &a, `(o.dialogue = `+a.Add(s.id)+` or o.id = `+a.Add(s.id)+`) and o.id > `+a.Add(after))
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, o := range page {
				s.add(&o.held, o.key)
				delete(asKeys, o.id)
			}
			after = page[len(page)-1].id
		}
	}
	elsewhere = map[ref.ID]bool{}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(asKeys)), 500) {
		var a db.Args
		taken, err := im.stored(ctx, tx, &a, `o.id in `+a.In(chunk))
		if err != nil {
			return nil, err
		}
		for _, o := range taken {
			elsewhere[o.id] = true
		}
	}
	return elsewhere, nil
}

// dialogue gives the id of the dialogue with a key, which may be an id; "" when there is none.
func (im *importer) dialogue(ctx context.Context, tx *db.Tx, key string) (ref.Dialogue, error) {
	if key == "" {
		return "", nil
	}
	var a db.Args
	where := `o.kind = ` + a.Add(dialogueKind)
	if ref.Valid(key) {
		where += ` and o.id = ` + a.Add(key)
	} else {
		where += ` and k.sort = ` + a.Add([]byte(key)) // which is indexed
	}
	found, err := im.stored(ctx, tx, &a, where)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return ref.Dialogue(found[0].id), nil
}

type storedObject struct {
	held
	key string
}

// stored gives objects in the order of their ids, a page of them. Those that were removed are
// among them: their keys are taken for good.
func (im *importer) stored(ctx context.Context, tx *db.Tx, a *db.Args, where string) ([]storedObject, error) {
	rows, err := tx.Query(ctx, `select o.id, o.kind, o.tombstone, coalesce(k.text, '') from object o
		left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
		where `+where+` and (`+im.who.CanRead(a, "o")+` or o.tombstone <> '')
		order by o.id limit 1000 -- bundle.stored`, a.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (storedObject, error) {
		s := storedObject{held: held{exists: true}}
		var tombstone string
		err := r.Scan(&s.id, &s.kind, &tombstone, &s.key)
		s.removed = tombstone != ""
		return s, err
	})
}
