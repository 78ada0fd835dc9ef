package ledger

import (
	"context"
	"database/sql"
	"encoding/json"

	"entente/internal/db"
)

// chosen lists what an act erases: the contents of the object's revisions up to one, and of the
// entries that left them those that the act chooses. What went at an earlier time is listed again.
func chosen(ctx context.Context, tx *db.Tx, act Act) (*Erased, error) {
	type line struct {
		seq  int64
		body []byte
	}
	rows, err := tx.Query(ctx, `select e.seq, e.body from entry e join revision r on r.seq = e.seq
		where r.object = $1 and r.rev <= $2 order by e.seq -- ledger.chosen`, act.Object, act.Erases)
	lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.body); return l, err })
	if err != nil {
		return nil, err
	}
	out := &Erased{}
	for _, l := range lines {
		out.Revisions = append(out.Revisions, l.seq)
		if l.body != nil {
			var e Entry
			if err := json.Unmarshal(l.body, &e); err != nil {
				return nil, err
			}
			if act.Also == nil || !act.Also(e) {
				continue
			}
		}
		out.Entries = append(out.Entries, l.seq)
	}
	return out, nil
}

// erase nulls body and salt of what is listed. The leaves stay, so that the tree is what it was.
func (e *Erased) erase(ctx context.Context, tx *db.Tx) error {
	for _, seq := range e.Entries {
		if _, err := tx.Exec(ctx, `update entry set body = null, salt = null where seq = $1 -- ledger.erase`, seq); err != nil {
			return err
		}
	}
	for _, seq := range e.Revisions {
		if _, err := tx.Exec(ctx, `update revision set body = null, salt = null where seq = $1 -- ledger.erase`, seq); err != nil {
			return err
		}
	}
	return nil
}
