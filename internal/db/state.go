package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"entente/internal/disk"
	"entente/internal/fault"
)

// Size gives the room that the database takes, in bytes: of a file with its log, of a PostgreSQL
// what the server says.
func (d *DB) Size(ctx context.Context) (n int64, err error) {
	if d.engine == PostgreSQL {
		err = d.reader.QueryRowContext(ctx, "select pg_database_size(current_database()) -- db.Size").Scan(&n)
		return n, Translate(err)
	}
	for _, tail := range []string{"", "-wal"} {
		i, err := os.Stat(d.path + tail)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		n += i.Size()
	}
	return n, nil
}

// Room gives fault.Unavailable when the disk of a file database is full, or as good as. Of a
// server's disk nothing is known here.
func (d *DB) Room() error {
	if d.engine == PostgreSQL {
		return nil
	}
	if err := disk.Room(filepath.Dir(d.path)); err != nil {
		return fault.Because(fault.Unavailable, err)
	}
	return nil
}

// Pool is how the connections of one kind stand.
type Pool struct {
	Name string // "writer", "readers"
	sql.DBStats
}

// Pools gives how the connections to the database stand.
func (d *DB) Pools() []Pool {
	all := []Pool{{"readers", d.reader.Stats()}}
	if d.writer != nil {
		all = append(all, Pool{"writer", d.writer.Stats()})
	}
	return all
}
