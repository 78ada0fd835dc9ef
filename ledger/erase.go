package ledger

import (
	"context"
	"database/sql"
	"encoding/json"

	"entente/internal/db"
	"entente/internal/ref"
)

// Erase nulls body and salt of an object's revisions before one, and of those among the entries
// that left them in which something is that must go too. It belongs to an act whose entry says so
// (Act.Erases), in the same transaction: verification refuses contents that are gone without one.
// The leaves stay, so that the tree is what it was.
func Erase(ctx context.Context, tx *db.Tx, object ref.ID, before int64, also func(Entry) bool) error {
	type line struct {
		seq  int64
		body []byte
	}
	rows, err := tx.Query(ctx, `select e.seq, e.body from entry e join revision r on r.seq = e.seq
		where r.object = $1 and r.rev < $2 and e.body is not null order by e.seq -- ledger.Erase`, object, before)
	lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.body); return l, err })
	if err != nil {
		return err
	}
	for _, l := range lines {
		var e Entry
		if err := json.Unmarshal(l.body, &e); err != nil {
			return err
		}
		if !also(e) {
			continue
		}
		if _, err := tx.Exec(ctx, `update entry set body = null, salt = null where seq = $1 -- ledger.Erase`, l.seq); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `update revision set body = null, salt = null where object = $1 and rev < $2 -- ledger.Erase`, object, before)
	return err
}
