// Package db opens the node's database, on either of two engines, and gives acts their
// transactions. One SQL text with $1 placeholders serves both; what must differ is decided by
// Tx.Engine, and those places are counted in a decision note.
//
// A node has one writer. On SQLite that is one connection; on PostgreSQL every write begins by
// taking an advisory lock. So sequence numbers of the ledger have no gaps and no retries are
// needed. Reads run beside the writer, each on one snapshot.
//
// A context carries the open transaction of the database it came from: Write, Read, Together
// and Beside called with that context join it. That is how an import makes one transaction of
// many acts. The context of a transaction must not outlive it.
package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Engine names the database engine.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// ErrRollback is returned by the function given to Together to undo everything and have
// Together report success: a dry run.
var ErrRollback = errors.New("db: rolled back on purpose")

// ErrEmpty is the refusal of a database that should hold something and holds nothing, or is not there.
var ErrEmpty = errors.New("db: the database holds nothing")

// ErrTaken is the refusal of a file that another node has.
var ErrTaken = errors.New("db: another node has the database")

// Options says how to open a database. The zero value is right for a running node.
type Options struct {
	// Clock gives the time of acts; nil means time.Now. Tests set it.
	Clock func() time.Time
	// ReadOnly opens without a writer: Write, Together and Beside fail, nothing is migrated,
	// and the database must have exactly the version that this program knows.
	ReadOnly bool
	// Logger takes notes on migrations and backups; nil means none are taken.
	Logger *slog.Logger
	// SkipMigrations opens an older database as it is. A newer one is refused all the same.
	SkipMigrations bool
	// NoBackup leaves out the backup before an upgrade.
	NoBackup bool
	// BeforeUpgrade makes the backup before an upgrade of a PostgreSQL, which cannot be copied as
	// a file is. It must only read. Where it is nil none is made.
	BeforeUpgrade func(ctx context.Context, d *DB, from, to int64) error
	// Readers is the greatest number of reads at a time; 0 means a default for the engine.
	Readers int
	// Existing refuses a database that is not there or that nothing was ever written to, with ErrEmpty:
	// nothing is made then. It is for a node that has lived, whose database must not begin anew.
	Existing bool
	// Alone takes a file database for this process, or is refused with ErrTaken while another has it.
	// Programs that do not ask for it work beside. On a server several processes may be one node.
	Alone bool
	// Sound looks through a file database for damage, for as long at most; 0 does not look.
	Sound time.Duration
	// AnyFileSystem allows a file database where Open would refuse the file system.
	AnyFileSystem bool
	// Target stops the upgrade at that version; 0 means the program's own. A backup is loaded at
	// the version that it was made of, and upgraded afterwards.
	Target int64
	// Volatile gives up durability on SQLite: a crash of the machine may damage the file. It
	// is for tests, which throw theirs away.
	Volatile bool

	migrations fs.FS // tests of this package bring their own
	exclusive  bool  // wants the file for itself (InUse)
}

// DB is an open database. It may be used by many goroutines at a time.
type DB struct {
	engine Engine
	path   string  // of the file, on SQLite
	writer *sql.DB // nil when opened for reading only
	reader *sql.DB
	idle   int      // connections that are kept open, on PostgreSQL
	kept   bool     // a backup was made before this opening's upgrade
	alone  *os.File // open as long as the file is this process's (Options.Alone)
	clock  func() time.Time
	log    *slog.Logger
	key    atomic.Pointer[heldKey]

	published atomic.Pointer[func() []string]
	stopped   atomic.Pointer[error]
}

// Open opens the database at an address: the path of a SQLite file, with or without "file:"
// before it, which is made if it does not exist (its folder must exist), or an address that
// begins with postgres:// or postgresql://. It brings the schema to the version of this program;
// before it upgrades a file it writes a backup beside it, NAME.before-VERSION.bak, and keeps the
// newest of them.
//
// It returns a plain error, made for an operator, if the database is newer than the program, if
// the server or its settings do not fit or if the file system is a network's, and
// fault.Unavailable if the database does not answer.
func Open(ctx context.Context, address string, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	// Two programs that open a new file at once meet where SQLite does not wait: while the file
	// changes to its log mode, and between looking at the version and upgrading.
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		d, err := open(ctx, address, o)
		if err == nil || !busy(err) || wait > 5*time.Second {
			return d, Translate(err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func open(ctx context.Context, address string, o Options) (*DB, error) {
	d := &DB{clock: o.Clock, log: o.Logger}
	var err error
	if IsServer(address) {
		err = d.openPostgres(ctx, address, o)
	} else {
		err = d.openSQLite(ctx, address, o)
	}
	if err == nil && o.Sound > 0 {
		err = d.lookThrough(ctx, o.Sound)
	}
	if err == nil {
		err = d.prepareSchema(ctx, o)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// IsServer says whether an address is that of a PostgreSQL, and not of a file.
func IsServer(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// Redact gives an address as it may be logged: without its password.
func Redact(address string) string {
	if !IsServer(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://…"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// Engine says which engine this is.
func (d *DB) Engine() Engine { return d.engine }

// Path gives the path of a file database, or "".
func (d *DB) Path() string { return d.path }

// Now gives the time by the database's clock, as Tx.Now does, outside a transaction.
func (d *DB) Now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

// Close waits for open transactions and closes all connections.
func (d *DB) Close() error {
	var errs []error
	// The writer goes last: the last connection to a SQLite file folds the log into it, and a
	// reader may not write.
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	// Closing any handle of the file gives SQLite's locks up, so this one closes when there are none.
	if d.alone != nil {
		errs = append(errs, d.alone.Close())
	}
	return errors.Join(errs...)
}

// Ping says whether the database answers: nil or fault.Unavailable.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return Translate(d.reader.QueryRowContext(ctx, "select 1").Scan(&one))
}
