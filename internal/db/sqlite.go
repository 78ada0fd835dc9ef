package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
)

func (d *DB) openSQLite(ctx context.Context, address string, o Options) error {
	d.engine = SQLite
	path, err := filePath(address)
	if err != nil {
		return err
	}
	d.path = path
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("db: the folder of the database: %w", err)
	}
	if !o.AnyFileSystem {
		if name := networkFileSystem(filepath.Dir(path)); name != "" {
			return fmt.Errorf("db: %s lies on a network file system (%s), where SQLite's locks do not hold and "+
				"the database would be damaged; put it on a local disk or use PostgreSQL", path, name)
		}
	}
	if o.Existing {
		if i, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && i.Size() == 0 {
			return ErrEmpty
		}
	}
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("db: %w", err)
		}
	} else {
		// Made here so that only the node's own user can read it; SQLite gives its helper files
		// the same mode.
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("db: %w", err)
		}
		if o.Alone {
			d.alone = f
			if err := alone(f); err != nil {
				return err
			}
		} else if err := f.Close(); err != nil {
			return err
		}
		if d.writer, err = openPool(path, o, true); err != nil {
			return err
		}
		d.writer.SetMaxOpenConns(1)
		// The log mode is a property of the file and must be set before a reader looks.
		if err := d.writer.PingContext(ctx); err != nil {
			return err
		}
	}
	readers := o.Readers
	if readers == 0 {
		readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if d.reader, err = openPool(path, o, false); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return d.reader.PingContext(ctx)
}

func openPool(path string, o Options, writer bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(path, o, writer))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(&statementConnector{inner: c, immediate: writer}), nil
}

// lockTime is how long an act waits for another process that has the file.
const lockTime = 10 * time.Second

func dsn(path string, o Options, writer bool) string {
	q := url.Values{}
	// Waiting for another process's lock, in milliseconds. It stands first, so that the change
	// of the log mode waits too.
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", map[bool]time.Duration{true: 200 * time.Millisecond, false: lockTime}[o.exclusive].Milliseconds()))
	if o.exclusive {
		q.Add("_pragma", "locking_mode(exclusive)")
	}
	if writer {
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "journal_mode(WAL)")
		if o.Volatile {
			q.Add("_pragma", "synchronous(OFF)")
		} else {
			q.Add("_pragma", "synchronous(FULL)")
		}
		q.Add("_pragma", "journal_size_limit(67108864)")
		q.Add("_pragma", "foreign_keys(1)")
	} else {
		q.Add("_pragma", "query_only(1)")
	}
	q.Add("_pragma", "trusted_schema(0)")
	q.Add("_pragma", "cache_size(-16384)") // KiB per connection
	q.Set("_dqs", "0")                     // "x" is a column and never a text, as on PostgreSQL
	if o.ReadOnly {
		q.Set("mode", "ro")
	}
	return fileURI(path) + "?" + q.Encode()
}

func fileURI(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// filePath gives the absolute path an address names.
func filePath(address string) (string, error) {
	path := address
	if rest, ok := strings.CutPrefix(address, "file:"); ok {
		if strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "///") {
			return "", fmt.Errorf("db: %q names a host; a file's address is file:/PATH or just the path", address)
		}
		rest, query, _ := strings.Cut(rest, "?")
		if query != "" {
			return "", fmt.Errorf("db: %q: settings after the path are not taken", address)
		}
		p, err := url.PathUnescape(rest)
		if err != nil {
			return "", fmt.Errorf("db: %q: %w", address, err)
		}
		path = p
	} else if scheme, _, ok := strings.Cut(address, "://"); ok {
		// Not the rest, where a password may stand.
		return "", fmt.Errorf("db: the address begins with %s://; it is a file's path or begins with postgres://", scheme)
	}
	switch {
	case path == "":
		return "", errors.New("db: no path given")
	case strings.Contains(path, ":memory:"):
		return "", errors.New("db: a database in memory cannot have a reader beside its writer; name a file")
	case strings.IndexByte(path, 0) >= 0:
		return "", errors.New("db: the path holds a NUL character")
	}
	if i, err := os.Stat(path); err == nil && i.IsDir() {
		return "", fmt.Errorf("db: %s is a folder: name the database in it, or the folder with --data", path)
	}
	return filepath.Abs(path)
}
