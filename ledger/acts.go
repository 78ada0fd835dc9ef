package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
)

// ActsOf gives the entries of a person's own acts, the oldest first, for that person's eyes.
func ActsOf(ctx context.Context, tx *db.Tx, person ref.ID) (out []Entry, err error) {
	return out, scan(ctx, tx, [][]byte{[]byte(person)}, func(_ int64, e Entry) error {
		if e.By.Person == person {
			out = append(out, e)
		}
		return nil
	})
}

// Each gives the entries of some acts, the oldest first, to fn.
func Each(ctx context.Context, tx *db.Tx, acts []string, fn func(Entry) error) error {
	var marks [][]byte
	for _, a := range acts {
		marks = append(marks, []byte(`"`+a+`"`))
	}
	return scan(ctx, tx, marks, func(_ int64, e Entry) error {
		if !slices.Contains(acts, e.Act) {
			return nil
		}
		return fn(e)
	})
}

// scan reads the whole log, a piece at a time: who did what is in the bodies alone. Those in which
// none of the marks is are passed over: most are.
func scan(ctx context.Context, tx *db.Tx, marks [][]byte, fn func(int64, Entry) error) error {
	type line struct {
		seq  int64
		body []byte
	}
	for after := int64(-1); ; {
		rows, err := tx.Query(ctx, `select seq, body from entry where seq > $1 and body is not null order by seq limit 2000 -- ledger.scan`, after)
		lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.body); return l, err })
		if err != nil || len(lines) == 0 {
			return err
		}
		for _, l := range lines {
			after = l.seq
			if !slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(l.body, m) }) {
				continue
			}
			var e Entry
			if err := json.Unmarshal(l.body, &e); err != nil {
				return err
			}
			if err := fn(l.seq, e); err != nil {
				return err
			}
		}
	}
}
