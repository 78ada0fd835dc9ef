package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"entente/internal/fault"
)

// Tx is one open transaction, for reading or for writing. It is used by one goroutine at a
// time, and not after the function it was given to has returned.
//
// After a statement has failed the transaction can only be rolled back, on both engines, even
// if the error is dropped.
type Tx struct {
	db    *DB
	sql   *sql.Tx
	write bool
	now   time.Time

	mu     sync.Mutex
	over   bool
	failed error    // the first failure inside; set, it prevents the commit
	after  []func() // to run after the commit
	found  map[string]string
}

// txKey finds the transaction that a context carries, per database: a process may have several
// nodes open.
type txKey struct{ db *DB }

// Engine says on which engine the transaction runs, for the few texts that must differ.
func (tx *Tx) Engine() Engine { return tx.db.engine }

// Now gives the time of the transaction: UTC, in whole milliseconds, taken after the node's
// lock was gained, and the same each time it is asked.
func (tx *Tx) Now() time.Time { return tx.now }

// Once gives what find gives under a name, and asks it once in the transaction: for what many rules
// ask for and nothing in it changes. Nothing found is asked for anew.
func (tx *Tx) Once(name string, find func() (string, error)) (string, error) {
	tx.mu.Lock()
	s, ok := tx.found[name]
	tx.mu.Unlock()
	if ok {
		return s, nil
	}
	s, err := find()
	if err != nil || s == "" {
		return "", err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.found == nil {
		tx.found = map[string]string{}
	}
	tx.found[name] = s
	return s, nil
}

// Exec runs a statement that gives no rows. Strings in args must be valid UTF-8 without NUL,
// otherwise fault.Invalid is returned and the statement is not run. Times are bound as Stamp
// gives them, booleans as 1 and 0, a nil pointer as null.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	args, err := tx.ready(args)
	if err != nil {
		return nil, tx.fail(err)
	}
	r, err := tx.sql.ExecContext(ctx, query, args...)
	return r, tx.fail(err)
}

// Query runs a statement that gives rows, which the caller closes; see Rows and Collect, which
// do so. Arguments are treated as by Exec.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	args, err := tx.ready(args)
	if err != nil {
		return nil, tx.fail(err)
	}
	rows, err := tx.sql.QueryContext(ctx, query, args...)
	return rows, tx.fail(err)
}

// QueryRow runs a statement that gives at most one row. Scan returns sql.ErrNoRows if there is
// none. Arguments are treated as by Exec.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	args, err := tx.ready(args)
	if err != nil {
		// An sql.Row with an error cannot be made from outside; a context that has failed
		// already makes one.
		ctx = failedContext{ctx, err}
	}
	row := tx.sql.QueryRowContext(ctx, query, args...)
	_ = tx.fail(row.Err())
	return row
}

// Temporary lets do make, fill, read and drop tables in "temp", which this connection alone sees, by
// the function it is given, also in a read transaction of SQLite. Whoever makes such a table drops it.
func (tx *Tx) Temporary(ctx context.Context, do func(run func(statement string) error) error) (err error) {
	run := func(statement string) error {
		_, err := tx.Exec(ctx, statement+uncached)
		return err
	}
	if !tx.write && tx.Engine() == SQLite {
		// That a reader writes nothing is a setting of the connection, and holds for "temp" too.
		if err := run(`pragma query_only(0)`); err != nil {
			return err
		}
		defer func() {
			_, back := tx.Exec(context.WithoutCancel(ctx), `pragma query_only(1)`+uncached)
			err = errors.Join(err, back)
		}()
	}
	return do(run)
}

func (tx *Tx) ready(args []any) ([]any, error) {
	if tx.isOver() {
		return nil, errOver
	}
	return checked(args)
}

// fail keeps the first failure and gives err back as it came, or as a fault if the database is
// lost or full.
func (tx *Tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = Translate(err)
	tx.mu.Lock()
	if tx.failed == nil {
		tx.failed = err
	}
	tx.mu.Unlock()
	return err
}

// Fail makes an error of the caller's one of the transaction: it is rolled back, even if the error
// is dropped on its way. It gives the error back; nil fails nothing.
func (tx *Tx) Fail(err error) error { return tx.fail(err) }

func (tx *Tx) isOver() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.over
}

var (
	errOver     = errors.New("db: the transaction of this context is over")
	errReadOnly = errors.New("db: a write inside a read")
	errNoWriter = errors.New("db: opened for reading only")
)

// failedContext is a context that ended with err.
type failedContext struct {
	context.Context
	err error
}

func (c failedContext) Err() error { return c.err }

func (c failedContext) Done() <-chan struct{} { return closed }

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// Write runs fn in a write transaction, under the node's lock, and commits if fn returns nil. A
// panic in fn rolls back and goes on. The context given to fn carries the transaction.
//
// If ctx already carries a write transaction, fn joins it: it is committed or rolled back by
// the outermost function, and if fn fails, so does the whole, even if the error is dropped in
// between.
//
// Write returns what fn returned, unless the database failed: then fault.Unavailable, and
// nothing was changed. A write inside a read is a mistake in the program and fails.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	tx, err := d.joined(ctx)
	if err != nil {
		return err
	}
	if tx != nil {
		if !tx.write {
			return errReadOnly
		}
		return tx.fail(fn(ctx, tx))
	}
	if err := d.Stopped(); err != nil {
		return fault.Because(fault.Unavailable, err)
	}
	return d.run(ctx, d.writer, d.beginWrite, fn)
}

// Read runs fn on one snapshot of the database, or inside the transaction that ctx carries,
// where it sees what was written so far. The context given to fn carries the transaction.
func (d *DB) Read(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	tx, err := d.joined(ctx)
	if err != nil {
		return err
	}
	if tx != nil {
		return Translate(fn(ctx, tx))
	}
	return d.run(ctx, d.reader, d.beginRead, fn)
}

// Together makes one write transaction of all the acts that fn performs with the context given
// to it. If fn returns nil and none of the acts failed, it is committed. If fn returns
// ErrRollback it is rolled back and Together returns nil: a dry run. A Together inside another
// joins it, and ErrRollback from the inner one rolls back the whole and is returned.
func (d *DB) Together(ctx context.Context, fn func(ctx context.Context) error) error {
	tx, err := d.joined(ctx)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(ctx context.Context, _ *Tx) error { return fn(ctx) })
	var purpose onPurpose
	if tx == nil && errors.As(err, &purpose) {
		return nil
	}
	return err
}

// ErrBusy is the cause of a fault.Unavailable of Try: somebody else is writing.
var ErrBusy = errors.New("db: somebody else is writing")

// tryTime is how long Try waits for the node's lock.
const tryTime = 2 * time.Second

// Try does what fn does and undoes it, so that a page can show what an act would do. It takes its turn
// as every writer, but a reader waits for a moment alone: after it Try gives up with ErrBusy, and fn was
// not called. It joins no transaction.
func (d *DB) Try(ctx context.Context, fn func(ctx context.Context) error) error {
	if tx, err := d.joined(ctx); err != nil || tx != nil {
		return errors.Join(err, errors.New("db: a try inside a transaction"))
	}
	if err := d.Stopped(); err != nil {
		return fault.Because(fault.Unavailable, err)
	}
	err := d.run(ctx, d.writer, d.beginTry, func(ctx context.Context, _ *Tx) error { return cmp.Or(fn(ctx), ErrRollback) })
	var purpose onPurpose
	if errors.As(err, &purpose) {
		return nil
	}
	return err
}

// Beside runs a short write outside the node's lock. It is for rows that are no part of the
// record, of sessions and jobs, and touches only their tables. On SQLite, which has one writer,
// it is the same as Write. It joins a transaction that ctx carries.
func (d *DB) Beside(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	tx, err := d.joined(ctx)
	if err != nil {
		return err
	}
	if tx != nil || d.engine == SQLite {
		return d.Write(ctx, fn)
	}
	if d.writer == nil {
		return errNoWriter
	}
	return d.run(ctx, d.reader, d.beginBeside, fn)
}

// AfterCommit runs fn once the write transaction that ctx carries is committed, and never if it
// is rolled back; at once if ctx carries none. It is for what happens in memory, like waking a
// worker: fn must not fail and is lost in a crash.
func (d *DB) AfterCommit(ctx context.Context, fn func()) {
	tx, err := d.joined(ctx)
	if err != nil || tx == nil || !tx.write {
		fn()
		return
	}
	tx.AfterCommit(fn)
}

// AfterCommit is DB.AfterCommit for what has the transaction in hand.
func (tx *Tx) AfterCommit(fn func()) {
	tx.mu.Lock()
	tx.after = append(tx.after, fn)
	tx.mu.Unlock()
}

// joined gives the transaction that ctx carries, or nil.
func (d *DB) joined(ctx context.Context) (*Tx, error) {
	tx, _ := ctx.Value(txKey{d}).(*Tx)
	if tx != nil && tx.isOver() {
		return nil, errOver
	}
	return tx, nil
}

// onPurpose is ErrRollback as it came from the outermost function itself.
type onPurpose struct{ error }

func (e onPurpose) Unwrap() error { return e.error }

type begin func(ctx context.Context, pool *sql.DB) (*sql.Tx, bool, error)

func (d *DB) run(ctx context.Context, pool *sql.DB, begin begin, fn func(ctx context.Context, tx *Tx) error) (err error) {
	if pool == nil {
		return errNoWriter
	}
	t, write, err := begin(ctx, pool)
	if err != nil && d.engine == PostgreSQL && stale(ctx, err) {
		// The server was started anew: what idles here is as dead. Nothing was done yet.
		pool.SetMaxIdleConns(0)
		pool.SetMaxIdleConns(d.idle)
		t, write, err = begin(ctx, pool)
	}
	if err != nil {
		return Translate(err)
	}
	tx := &Tx{db: d, sql: t, write: write, now: d.Now()}
	committed := false
	defer func() { // also on a panic and on runtime.Goexit, as in t.FailNow
		tx.mu.Lock()
		tx.over = true
		tx.mu.Unlock()
		if !committed {
			_ = t.Rollback()
		}
	}()

	err = fn(context.WithValue(ctx, txKey{d}, tx), tx)
	switch {
	case errors.Is(err, ErrRollback):
		return onPurpose{err}
	case err != nil:
		return Translate(err)
	case write && tx.failed != nil:
		// The caller dropped the error of a part. What is half done must not be kept.
		return fmt.Errorf("db: not committed, as a part failed: %w", tx.failed)
	}
	if err := t.Commit(); err != nil {
		return Translate(err)
	}
	committed = true
	for _, f := range tx.after {
		f()
	}
	return nil
}

func (d *DB) beginWrite(ctx context.Context, pool *sql.DB) (*sql.Tx, bool, error) {
	// SQLite begins immediate, by the connection's setting: it holds the file's lock from here.
	t, err := pool.BeginTx(ctx, &sql.TxOptions{Isolation: writeIsolation(d.engine)})
	if err != nil || d.engine == SQLite {
		return t, true, err
	}
	if _, err := t.ExecContext(ctx, "select pg_advisory_xact_lock($1)", nodeLock); err != nil {
		_ = t.Rollback()
		return nil, true, err
	}
	return t, true, nil
}

func (d *DB) beginRead(ctx context.Context, pool *sql.DB) (*sql.Tx, bool, error) {
	o := &sql.TxOptions{ReadOnly: true}
	if d.engine == PostgreSQL {
		o.Isolation = sql.LevelRepeatableRead
	}
	t, err := pool.BeginTx(ctx, o)
	return t, false, err
}

// triedKey marks the context of a transaction that begins soon or not at all.
type triedKey struct{}

func (d *DB) beginTry(ctx context.Context, pool *sql.DB) (*sql.Tx, bool, error) {
	within, cancel := context.WithCancel(context.WithValue(ctx, triedKey{}, true))
	late := time.AfterFunc(tryTime, cancel) // the context is the transaction's, and goes on once that has begun
	t, err := pool.BeginTx(within, &sql.TxOptions{Isolation: writeIsolation(d.engine)})
	if !late.Stop() && ctx.Err() == nil {
		if err == nil {
			_ = t.Rollback()
		}
		return nil, true, fault.Because(fault.Unavailable, ErrBusy)
	}
	if err == nil && d.engine == PostgreSQL {
		if err = lockSoon(ctx, t); err != nil {
			_ = t.Rollback()
		}
	}
	if busy(err) {
		err = fault.Because(fault.Unavailable, fmt.Errorf("%w: %w", ErrBusy, err))
	}
	if err != nil {
		cancel()
		return nil, true, err
	}
	return t, true, nil
}

func lockSoon(ctx context.Context, t *sql.Tx) error {
	for _, q := range []string{
		fmt.Sprintf("set local lock_timeout = %d", tryTime.Milliseconds()),
		fmt.Sprintf("select pg_advisory_xact_lock(%d)", nodeLock),
		"set local lock_timeout to default",
	} {
		if _, err := t.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) beginBeside(ctx context.Context, pool *sql.DB) (*sql.Tx, bool, error) {
	t, err := pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	return t, true, err
}

func writeIsolation(e Engine) sql.IsolationLevel {
	if e == PostgreSQL {
		return sql.LevelReadCommitted
	}
	return sql.LevelDefault
}
