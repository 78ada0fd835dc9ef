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

// scan reads the whole log, a piece at a time: who did what is in the bodies alone. Those that cannot
// say any of the marks, however they are written, are passed over undecoded: most are.
func scan(ctx context.Context, tx *db.Tx, marks [][]byte, fn func(int64, Entry) error) error {
	type line struct {
		seq  int64
		body []byte
	}
	var s sieve
	for _, m := range marks {
		s.marks = append(s.marks, bytes.ToLower(m))
	}
	for after := int64(-1); ; {
		rows, err := tx.Query(ctx, `select seq, body from entry where seq > $1 and body is not null order by seq limit 2000 -- ledger.scan`, after)
		lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.body); return l, err })
		if err != nil || len(lines) == 0 {
			return err
		}
		for _, l := range lines {
			after = l.seq
			if !s.takes(l.body) {
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

// sieve says which bodies may say some words. Whoever writes to the database writes JSON as they like,
// and encoding/json reads an escaped letter as the letter, and a key in whatever case.
type sieve struct {
	marks [][]byte // in small letters
	small []byte   // the body at hand, in small letters
}

// otherwise are the ways to write a letter of ASCII that small letters do not show: as an escape, which
// the program writes for control characters alone, and the two letters beyond ASCII that fold into it.
var otherwise = [][]byte{[]byte(`\u`), []byte("\u017f"), []byte("\u212a")}

// takes says whether a body is to be decoded.
func (s *sieve) takes(body []byte) bool {
	in := func(m []byte) bool { return bytes.Contains(body, m) }
	if slices.ContainsFunc(otherwise, in) {
		return true
	}
	s.small = append(s.small[:0], body...)
	for i, c := range s.small {
		if 'A' <= c && c <= 'Z' {
			s.small[i] = c + 'a' - 'A'
		}
	}
	body = s.small
	return slices.ContainsFunc(s.marks, in)
}
