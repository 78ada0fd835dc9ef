package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
)

// A handful of attempts at once and then one every few seconds, by name and by address.
const (
	triesAtOnce = 8
	triesEvery  = 10 * time.Second
)

// attempts counts attempts to get in. They are rows, so that all processes of a node count
// together and a restart forgets nothing. A key is kept as its hash: people type passwords where
// names belong.
type attempts struct {
	db    *db.DB
	every time.Duration
	burst int // at once
}

// Allow says whether there may be one more attempt under each key, and counts it. A refusal costs
// a point read; one that is refused is not counted.
func (t attempts) Allow(ctx context.Context, keys ...string) (bool, error) {
	for _, k := range keys {
		if ok, err := t.allow(ctx, hashToken(k)); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// allow is the cell rate algorithm: the row holds when the key is as good as new again.
func (t attempts) allow(ctx context.Context, key string) (ok bool, err error) {
	for !ok {
		var free, next string
		var full bool
		count := func(ctx context.Context, tx *db.Tx) error {
			err := tx.QueryRow(ctx, `select free from account_attempt where key = $1 -- account.allow`, key).Scan(&free)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			from := tx.Now()
			if at, err := db.ParseStamp(free); err == nil && at.After(from) {
				from = at
			}
			next = db.Stamp(from.Add(t.every))
			full = from.Sub(tx.Now()) > time.Duration(t.burst-1)*t.every
			return nil
		}
		if err := t.db.Read(ctx, count); err != nil || full {
			return false, err
		}
		// Another process may have counted in between: then this one looks again.
		err := t.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			q := `update account_attempt set free = $2 where key = $1 and free = $3 -- account.allow`
			if free == "" {
				q = `insert into account_attempt (key, free) select $1, $2 where $3 = '' on conflict (key) do nothing -- account.allow`
			}
			res, err := tx.Exec(ctx, q, key, next, free)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			ok = n > 0
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// throttled is the fault of an attempt too many, or of a database that could not count it.
func throttled(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.TooMany, "fault.throttled")
}

// Forget lets a key begin anew.
func (t attempts) Forget(ctx context.Context, key string) error {
	return t.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from account_attempt where key = $1 -- account.Forget`, hashToken(key))
		return err
	})
}
