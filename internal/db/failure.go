package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"entente/internal/fault"
)

// Translate turns an error that means a lost, full or overloaded database into
// fault.Unavailable and gives back every other one as it came: faults, sql.ErrNoRows and the
// end of a context among them. Everything in this package that returns an error has done so;
// it is for errors of Scan that are not returned through Write or Read.
func Translate(err error) error {
	switch {
	case err == nil,
		fault.Of(err) != "",
		errors.Is(err, sql.ErrNoRows),
		errors.Is(err, context.Canceled),
		errors.Is(err, context.DeadlineExceeded):
		return err
	case corrupt(err) && !errors.Is(err, ErrDamaged):
		return fault.Because(fault.Unavailable, fmt.Errorf("%w: %w", ErrDamaged, err))
	case lost(err):
		return fault.Because(fault.Unavailable, err)
	}
	return err
}

// corrupt says whether an engine found that what it reads is not what it wrote.
func corrupt(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_CORRUPT ||
		errors.As(err, &pg) && (pg.Code == "XX001" || pg.Code == "XX002")
}

// ErrDamaged is found in a database whose file is not what was written to it.
var ErrDamaged = errors.New("db: damaged")

// Trouble says for an operator what is wrong with a database that gave err, in words that follow "the
// database"; "" where it is not the database that failed.
func Trouble(err error) string {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	code, state := 0, ""
	if errors.As(err, &lite) {
		code = lite.Code() & 0xff
	} else if errors.As(err, &pg) {
		state = pg.Code
	}
	switch {
	case errors.Is(err, ErrDamaged), corrupt(err):
		return "is damaged"
	case code == sqlite3.SQLITE_NOTADB:
		return "is damaged, or its file is no database at all"
	case code == sqlite3.SQLITE_FULL, state == "53100":
		return "cannot be written, for its disk is full"
	case code == sqlite3.SQLITE_CANTOPEN, code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_PERM, state == "25006":
		return "cannot be opened or written by this user, in its folder as it is"
	case code == sqlite3.SQLITE_IOERR, len(state) == 5 && state[:2] == "58":
		return "could not be read or written by its disk"
	case code == sqlite3.SQLITE_BUSY, code == sqlite3.SQLITE_LOCKED, state == "55P03":
		return "is held by another program for too long"
	// What the system says of a file, or of a server's socket.
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "cannot be opened or written by this user, in its folder as it is"
	case errors.Is(err, syscall.ENOSPC):
		return "cannot be written, for its disk is full"
	case errors.Is(err, syscall.EIO):
		return "could not be read or written by its disk"
	case lost(err):
		return "does not answer"
	}
	return ""
}

// lookThrough looks whether the pages of a file are what SQLite wrote, and its values stored as what their
// columns are of, as far as it comes in the time. What it does not come to, and what a server keeps, entente
// verify tells.
func (d *DB) lookThrough(ctx context.Context, long time.Duration) error {
	if d.engine != SQLite {
		return nil
	}
	bound, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var found string
	err := d.reader.QueryRowContext(bound, `pragma quick_check(1) -- db.lookThrough`).Scan(&found)
	if err == nil && found == "ok" {
		err = d.Read(bound, func(ctx context.Context, tx *Tx) error {
			stored, err := tx.StoredOtherwise(ctx)
			if len(stored) > 0 {
				found = stored[0]
			}
			return err
		})
	}
	switch {
	case err != nil && bound.Err() != nil && ctx.Err() == nil:
		d.log.WarnContext(ctx, "the database is large and was not looked through for damage to its end; entente verify does", "file", d.path, "after", long)
		return nil
	case err == nil && found != "ok":
		return fault.Because(fault.Unavailable, fmt.Errorf("%w: %s", ErrDamaged, found))
	}
	return err
}

// Integrity looks through all of a file of SQLite: whether its pages are what SQLite wrote, and whether
// each index has the rows of its table. It gives the first things that are not so, for an operator. How
// a server keeps its files is for the server's own tools.
func (d *DB) Integrity(ctx context.Context) (found []string, err error) {
	if d.engine != SQLite {
		return nil, nil
	}
	rows, err := d.reader.QueryContext(ctx, `pragma integrity_check(5) -- db.Integrity`)
	found, err = Rows(rows, err, One[string])
	if err != nil && strings.Contains(err.Error(), "fts5") { // that ends the look at all else
		found, err = d.integrityBeside(ctx)
	}
	if err != nil && ctx.Err() == nil && (corrupt(err) || !lost(err)) { // so that it cannot even be looked through
		return []string{err.Error()}, nil
	}
	return slices.DeleteFunc(found, func(s string) bool { return s == "ok" }), err
}

// integrityBeside looks through every table on its own, where the index of the search cannot be opened.
func (d *DB) integrityBeside(ctx context.Context) (found []string, err error) {
	found = []string{"the index of the search cannot be opened, for a table that SQLite keeps for it was changed"}
	rows, err := d.reader.QueryContext(ctx, `select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow') -- db.Integrity`)
	tables, err := Rows(rows, err, One[string])
	for _, t := range tables {
		rows, err := d.reader.QueryContext(ctx, `pragma integrity_check("`+strings.ReplaceAll(t, `"`, `""`)+`") -- db.Integrity`)
		more, err := Rows(rows, err, One[string])
		if err != nil {
			return found, err
		}
		found = append(found, more...)
	}
	return found, err
}

// busy says whether an engine gave up waiting for another program that is at work.
func busy(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY || errors.As(err, &pg) && pg.Code == "55P03"
}

func lost(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB,
			sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case len(pg.Code) < 5:
			return false
		case pg.Code[:2] == "08", // connection
			pg.Code[:2] == "53", // disk full, too many connections
			pg.Code[:2] == "58", // of the system
			pg.Code[:2] == "XX", // damaged, or a fault of the server itself
			pg.Code[:2] == "40": // deadlock: of no act, as writers queue; of jobs and sessions
			return true
		}
		switch pg.Code {
		case "57P01", "57P02", "57P03", "57P05", "55P03", "25006": // shutdown, lock timeout, standby
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// Duplicate says whether err is the refusal of a row that has the key of another. The
// transaction is lost then; asking first is the way where that is expected.
func Duplicate(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// stale says whether a transaction could not begin since the connection had died while nobody used
// it, and another may still be made.
func stale(ctx context.Context, err error) bool {
	var connect *pgconn.ConnectError
	return ctx.Err() == nil && lost(err) && !errors.As(err, &connect)
}
