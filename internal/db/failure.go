package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

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
	case lost(err):
		return fault.Because(fault.Unavailable, err)
	}
	return err
}

// busy says whether SQLite gave up because another program is at work on the file.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

func lost(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB:
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
