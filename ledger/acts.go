package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"

	"entente/internal/db"
	"entente/internal/ref"
)

// ActsOf gives the entries of a person's own acts, the oldest first, for that person's eyes. It
// reads the whole log, a piece at a time: who did what is in the bodies alone.
func ActsOf(ctx context.Context, tx *db.Tx, person ref.ID) (out []Entry, err error) {
	type line struct {
		seq  int64
		body []byte
	}
	for after := int64(-1); ; {
		rows, err := tx.Query(ctx, `select seq, body from entry where seq > $1 and body is not null order by seq limit 2000 -- ledger.ActsOf`, after)
		lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.body); return l, err })
		if err != nil || len(lines) == 0 {
			return out, err
		}
		for _, l := range lines {
			after = l.seq
			if !bytes.Contains(l.body, []byte(person)) { // most are others'
				continue
			}
			var e Entry
			if err := json.Unmarshal(l.body, &e); err != nil {
				return nil, err
			}
			if e.By.Person == person {
				out = append(out, e)
			}
		}
	}
}
