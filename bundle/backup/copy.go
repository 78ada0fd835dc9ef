package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"entente/bundle"
	"entente/internal/db"
)

// ErrNotEmpty is returned where something stands already.
var ErrNotEmpty = errors.New("it is not empty")

// Copied is what went from one database to another.
type Copied struct {
	Tables int
	Rows   int64
}

// Copy writes everything that one database holds into another, which must be empty, in one
// transaction, and makes there what is derived. Before that is committed every row is read back
// and compared. Both must have this program's schema; the engines may differ.
func Copy(ctx context.Context, from, to *db.DB, tell Progress) (out Copied, err error) {
	say := tell.every(tellEvery)
	err = to.Write(ctx, func(ctx context.Context, into *db.Tx) error {
		if empty, err := into.Empty(ctx); err != nil || !empty {
			return errors.Join(err, notEmpty(empty))
		}
		there, err := into.Tables(ctx)
		if err != nil {
			return err
		}
		sums := map[string]string{}
		err = from.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			tables, err := tx.Tables(ctx)
			if err != nil {
				return err
			}
			for i, t := range tables {
				if i >= len(there) || !t.Same(there[i]) {
					return fmt.Errorf("the two databases do not have the same tables: %s differs", t.Name)
				}
				f := there[i].Fill(into)
				sums[t.Name], err = sum(ctx, tx, t, func(row []any) error {
					out.Rows++
					say("  %d rows are written", out.Rows)
					return f.Add(ctx, row)
				})
				if err == nil {
					err = f.Flush(ctx)
				}
				if err != nil {
					return err
				}
			}
			out.Tables = len(tables)
			return nil
		})
		if err != nil {
			return err
		}
		if tell != nil {
			tell("  all rows are written; comparing them, and making the search index")
		}
		for _, t := range there {
			got, err := sum(ctx, into, t, func([]any) error { return nil })
			if err != nil {
				return err
			}
			if got != sums[t.Name] {
				return fmt.Errorf("the rows of %s are not the same after they were written; nothing was kept", t.Name)
			}
		}
		_, err = bundle.Objects(to).Reindex(ctx)
		return err
	})
	return out, err
}

func notEmpty(empty bool) error {
	if empty {
		return nil
	}
	return ErrNotEmpty
}

// sum gives the hash of a table's rows, and each row to fn.
func sum(ctx context.Context, tx *db.Tx, t db.Table, fn func([]any) error) (string, error) {
	h := sha256.New()
	var line []byte
	err := t.Rows(ctx, tx, func(row []any) (err error) {
		if line, err = appendRow(line[:0], row); err != nil {
			return fmt.Errorf("a row of %s: %w", t.Name, err)
		}
		h.Write(line)
		return fn(row)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
