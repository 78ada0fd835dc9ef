package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations gives the migrations of an engine. A file NAME.sql is for both; of NAME.sqlite.sql
// and NAME.postgres.sql each engine gets its own, under the name NAME.sql.
func Migrations(e Engine) (fs.FS, error) { return migrationsOf(migrations, e) }

func migrationsOf(all fs.FS, e Engine) (fs.FS, error) {
	names, err := fs.Glob(all, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, n := range names {
		b, err := fs.ReadFile(all, n)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(strings.TrimPrefix(n, "migrations/"), ".sql")
		if plain, of := cutEngine(base); of == "" || of == e {
			if out[plain+".sql"] != nil {
				return nil, fmt.Errorf("db: migration %s stands twice for %s", plain, e)
			}
			out[plain+".sql"] = &fstest.MapFile{Data: b, Mode: 0o444}
		}
	}
	return out, nil
}

func cutEngine(base string) (string, Engine) {
	for _, e := range []Engine{SQLite, PostgreSQL} {
		if plain, ok := strings.CutSuffix(base, "."+string(e)); ok {
			return plain, e
		}
	}
	return base, ""
}

// versionTable is goose's own, under the name it gives it.
const versionTable = goose.DefaultTablename

// prepareSchema brings the schema to the program's version, or refuses.
func (d *DB) prepareSchema(ctx context.Context, o Options) error {
	all := o.migrations
	if all == nil {
		all = migrations
	}
	files, err := migrationsOf(all, d.engine)
	if err != nil {
		return err
	}
	dialect, pool := goose.DialectSQLite3, d.writer
	if d.engine == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	if pool == nil {
		pool = d.reader
	}
	p, err := goose.NewProvider(dialect, pool, files,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("db: migrations: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	target := newest
	if o.Target > 0 {
		target = min(target, o.Target)
	}
	current, err := d.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case current == 0 && o.Existing:
		return ErrEmpty
	case current > newest:
		return fmt.Errorf("db: the database has version %d and this program knows versions up to %d: "+
			"it was upgraded by a newer program; use that, or restore the backup made before the upgrade", current, newest)
	case current >= target || o.SkipMigrations:
		return nil
	case o.ReadOnly && current == 0:
		return errors.New("db: the database holds no node, or the table that says its version is gone: restore a backup")
	case o.ReadOnly:
		return fmt.Errorf("db: the database has version %d and this program needs %d: start the program once to upgrade it", current, target)
	}
	return d.upgrade(ctx, p, target, o)
}

// upgrade takes the steps to target. Another process may be doing the same, or be at work on
// the database still.
func (d *DB) upgrade(ctx context.Context, p *goose.Provider, target int64, o Options) error {
	if d.engine == PostgreSQL {
		unlock, err := d.lockNode(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	current, err := d.version(ctx)
	if err != nil || current >= target {
		return err
	}
	if current > 0 && !o.NoBackup {
		if err := d.keepBefore(ctx, current, target, o); err != nil {
			return err
		}
	}
	// On SQLite each step is a transaction that holds the file's lock, so that of two processes
	// one fails and finds the step taken. Goose makes its own table outside one.
	const patience = 5
	from := current
	for tries := 0; ; tries++ {
		_, failed := p.UpTo(ctx, target)
		now, err := d.version(ctx)
		switch {
		case err != nil:
			return errors.Join(err, failed)
		case now >= target:
			d.log.InfoContext(ctx, "database schema upgraded", "from", from, "to", target)
			return nil
		case failed == nil:
			return fmt.Errorf("db: after the migrations the version is %d, not %d", now, target)
		case now == current && (current > 0 || d.engine != SQLite || tries >= patience):
			return fmt.Errorf("db: migration from version %d: %w", current, failed)
		}
		current = now
	}
}

// lockNode takes the lock of all writers until the function it gives is called.
func (d *DB) lockNode(ctx context.Context) (unlock func(), err error) {
	conn, err := d.reader.Conn(ctx) // not of the writer's pool, whose one connection migrates
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", nodeLock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", nodeLock); err != nil {
			// The lock must not go back to the pool; it ends with the connection.
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		_ = conn.Close()
	}, nil
}

// Version gives the schema's version: the number of the last migration, 0 before the first.
func (d *DB) Version(ctx context.Context) (int64, error) {
	v, err := d.version(ctx)
	return v, Translate(err)
}

func (d *DB) version(ctx context.Context) (int64, error) {
	// Not by goose, which would make its table even where only a look was wanted.
	there := "select count(*) from sqlite_master where type = 'table' and name = $1"
	if d.engine == PostgreSQL {
		there = "select count(*) from information_schema.tables where table_schema = current_schema() and table_name = $1"
	}
	var n int
	if err := d.reader.QueryRowContext(ctx, there, versionTable).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	var v sql.NullInt64
	err := d.reader.QueryRowContext(ctx, "select max(version_id) from "+versionTable).Scan(&v)
	return v.Int64, err
}

// backupsKept is how many backups from before upgrades stand beside a file database.
const backupsKept = 3

// partialLasts is how long a backup that is not whole may be one that somebody still writes.
const partialLasts = 10 * time.Minute

// KeepBefore makes the backup before what stands is derived anew by a newer program, as Open makes
// one before it upgrades the tables, unless Open has just made it.
func (d *DB) KeepBefore(ctx context.Context, o Options) error {
	if d.kept || o.NoBackup {
		return nil
	}
	v, err := d.Version(ctx)
	if err != nil {
		return err
	}
	return d.keepBefore(ctx, v, v, o)
}

func (d *DB) keepBefore(ctx context.Context, current, target int64, o Options) error {
	if err := d.backupBefore(ctx, current, target, o); err != nil {
		return fmt.Errorf("db: no backup before the upgrade, so no upgrade: %w", err)
	}
	d.kept = true
	return nil
}

// backupBefore makes the backup before an upgrade. One from an earlier attempt is kept: it may
// be the better one, and it may be out of date.
func (d *DB) backupBefore(ctx context.Context, current, target int64, o Options) error {
	if d.engine == PostgreSQL {
		if o.BeforeUpgrade == nil {
			return nil
		}
		return o.BeforeUpgrade(ctx, d, current, target)
	}
	path := fmt.Sprintf("%s.before-%d.bak", d.path, target)
	if _, err := os.Lstat(path); err == nil {
		path = fmt.Sprintf("%s.before-%d.%s.bak", d.path, target, time.Now().UTC().Format("20060102T150405.000Z"))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Under another name until it is whole: a killed program must not leave what looks like a backup.
	partial := path + ".partial"
	if left, err := filepath.Glob(d.path + ".before-*.partial*"); err == nil {
		for _, name := range left {
			if i, err := os.Stat(name); err == nil && time.Since(i.ModTime()) > partialLasts {
				_ = os.Remove(name)
			}
		}
	}
	if _, err := os.Lstat(partial); err == nil { // another program's, or a killed one's
		partial = fmt.Sprintf("%s.%s.partial", path, time.Now().UTC().Format("150405.000000"))
	}
	if err := d.BackupTo(ctx, partial); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	d.log.InfoContext(ctx, "database backed up before the upgrade", "file", path)
	return KeepNewest(filepath.Dir(path), filepath.Base(d.path)+".before-", ".bak", backupsKept)
}

// KeepNewest removes from a folder all files whose names begin and end so, but the newest.
func KeepNewest(folder, begin, end string, keep int) error {
	list, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var old []fs.FileInfo
	for _, e := range list {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), begin) || !strings.HasSuffix(e.Name(), end) {
			continue
		}
		i, err := e.Info()
		if err != nil {
			return err
		}
		old = append(old, i)
	}
	slices.SortFunc(old, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i := keep; i < len(old); i++ {
		if err := os.Remove(filepath.Join(folder, old[i].Name())); err != nil {
			return err
		}
	}
	return nil
}
