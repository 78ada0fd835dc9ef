package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// BackupTo writes a copy of a file database, as it is at one moment, to a new file at path that
// only its owner can read, while the node goes on working. The file must not exist, its folder
// must. On PostgreSQL it returns an error: pg_dump does it there.
func (d *DB) BackupTo(ctx context.Context, path string) (err error) {
	if d.engine != SQLite {
		return errors.New("db: this backup is of a file database; use pg_dump for PostgreSQL")
	}
	if strings.IndexByte(path, 0) >= 0 {
		return errors.New("db: the path holds a NUL character")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("db: backup: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	// A connection of its own: the writer's would stop the node, a reader's may not write.
	pool, err := openPool(d.path, Options{}, false)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return Translate(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "pragma query_only = 0"); err != nil {
		return Translate(err)
	}
	if _, err := conn.ExecContext(ctx, "vacuum into $1", path); err != nil {
		return Translate(err)
	}
	if err := f.Sync(); err != nil {
		return Translate(err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
