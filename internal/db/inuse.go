package db

import (
	"context"
	"fmt"
	"os"
)

// InUse says whether another program has the database open: a node that works on it, or a command.
func InUse(ctx context.Context, address string) (bool, error) {
	if IsServer(address) {
		d, err := Open(ctx, address, Options{ReadOnly: true, SkipMigrations: true, Readers: 1})
		if err != nil {
			return false, err
		}
		defer d.Close()
		var n int
		err = d.reader.QueryRowContext(ctx, `select count(*) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
			and application_name = current_setting('application_name') -- db.InUse`).Scan(&n)
		return n > 0, Translate(err)
	}
	path, err := filePath(address)
	if err != nil {
		return false, err
	}
	if i, err := os.Stat(path); err == nil && i.Size() == 0 {
		return false, nil // nobody has written to it, and looking would
	}
	// In this mode a connection wants the file for itself, and does not get it while another is open.
	pool, err := openPool(path, Options{exclusive: true}, true)
	if err != nil {
		return false, err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	t, err := pool.BeginTx(ctx, nil)
	if busy(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("db: %w", Translate(err))
	}
	return false, Translate(t.Rollback())
}
