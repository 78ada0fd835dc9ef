package db

import (
	"context"
	"errors"

	"entente/internal/fault"
)

// Scrub rewrites a file database, so that nothing that was deleted or replaced is left in its free
// space, nor in the log beside it. It takes as long as a copy takes, and as much room; writes wait
// meanwhile. It returns fault.Unavailable where readers did not let go of the log in time: then
// traces may remain, and it can be done again. On PostgreSQL it does nothing: there the server
// keeps what was replaced until it cleans up, and an administrator can have it do so.
func (d *DB) Scrub(ctx context.Context) error {
	tx, err := d.joined(ctx)
	switch {
	case err != nil:
		return err
	case tx != nil:
		return errors.New("db: a file cannot be rewritten inside a transaction")
	case d.engine != SQLite:
		return nil
	case d.writer == nil:
		return errNoWriter
	}
	if _, err := d.writer.ExecContext(ctx, "vacuum"); err != nil {
		return Translate(err)
	}
	var busy, frames, done int
	if err := d.writer.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &frames, &done); err != nil {
		return Translate(err)
	}
	if busy != 0 {
		return fault.New(fault.Unavailable, "")
	}
	return nil
}
