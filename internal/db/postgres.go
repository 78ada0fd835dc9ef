package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// nodeLock is the key of the advisory lock that makes writers queue: "Entente" in ASCII. It is
// one number for all databases, as PostgreSQL keeps such locks per database.
const nodeLock = int64(0x456e74656e7465)

// connectTime is how long a server may take to let us in, where the address says nothing.
const connectTime = 10 * time.Second

const oldestPostgres = 150000

func (d *DB) openPostgres(ctx context.Context, address string, o Options) error {
	d.engine = PostgreSQL
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		// The text of err may show the address with its password.
		return errors.New("db: the PostgreSQL address cannot be read: expected postgres://USER@HOST:PORT/DATABASE")
	}
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "entente"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTime
	}
	readers := o.Readers
	if readers == 0 {
		readers = 16
	}
	d.reader = sql.OpenDB(stdlib.GetConnector(*cfg))
	d.reader.SetMaxOpenConns(readers)
	d.idle = readers
	d.reader.SetMaxIdleConns(d.idle)
	if !o.ReadOnly {
		// Writers of this process queue here, where it costs nothing, not each on a connection
		// of its own at the advisory lock; those would also starve the readers.
		d.writer = sql.OpenDB(stdlib.GetConnector(*cfg))
		d.writer.SetMaxOpenConns(1)
	}
	return checkPostgres(ctx, d.reader, cfg.Database)
}

// checkPostgres refuses a server or a database on which the same queries would give other
// results than on SQLite.
func checkPostgres(ctx context.Context, pool *sql.DB, name string) error {
	var number int
	var version, encoding string
	err := pool.QueryRowContext(ctx, `select current_setting('server_version_num')::int,
		current_setting('server_version'), current_setting('server_encoding')`).Scan(&number, &version, &encoding)
	if err != nil {
		return err
	}
	if number < oldestPostgres {
		return fmt.Errorf("db: PostgreSQL %s is too old: 15 or newer is needed", version)
	}
	create := fmt.Sprintf(`make the database with: create database %s encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8' template template0`,
		pgx.Identifier{name}.Sanitize())
	if encoding != "UTF8" {
		return fmt.Errorf("db: the database has the encoding %s and UTF8 is needed; %s", encoding, create)
	}
	// Asked by what it does, as there are several providers of collations and their names vary.
	// Text must sort by its bytes: keyset paging and stored times rely on it.
	var bytewise bool
	err = pool.QueryRowContext(ctx, `select 'a' > 'B' and 'ab' > 'a-c' and 'é' > 'z' and 'a b' < 'aa'
		and '你' < '我' and U&'\FFFD' < U&'\+01F600'`).Scan(&bytewise)
	if err != nil {
		return err
	}
	if !bytewise {
		var collation string
		if err := pool.QueryRowContext(ctx, `select datcollate from pg_database where datname = current_database()`).Scan(&collation); err != nil {
			return err
		}
		return fmt.Errorf("db: the database sorts text by the collation %s and C.UTF-8 is needed; %s", collation, create)
	}
	return nil
}
