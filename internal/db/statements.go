package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
)

// statementConnector puts a cache of prepared statements into every connection to SQLite.
// Preparing takes several times as long as a point read, and database/sql prepares anew for
// every call; its own Stmt would need a second connection where the pool has one. pgx has such
// a cache itself.
type statementConnector struct {
	inner     driver.Connector
	immediate bool
}

// Connect opens a connection.
func (c *statementConnector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.inner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := raw.(sqliteConn)
	if !ok {
		_ = raw.Close()
		return nil, errors.New("db: the SQLite driver's connection lacks a method")
	}
	return &statementConn{sqliteConn: full, immediate: c.immediate, byText: map[string]*list.Element{}, byUse: list.New()}, nil
}

// Driver gives the driver of the connections.
func (c *statementConnector) Driver() driver.Driver { return c.inner.Driver() }

// sqliteConn is what the driver's connection can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statementsKept bounds the cache of one connection. Queries with lists of varying length make
// many texts.
const statementsKept = 256

// statementConn is used by one goroutine at a time, as database/sql promises.
type statementConn struct {
	sqliteConn
	immediate bool
	byText    map[string]*list.Element
	byUse     *list.List // of *statement, the last used in front
}

type statement struct {
	text string
	stmt driver.Stmt
	busy bool // its rows are open: it must not run again, nor be closed
}

type runner interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// uncached ends the text of a statement that is prepared for each run: the setting of a connection
// takes effect when it is prepared, and what is run once has no place in the cache.
const uncached = " -- db.Temporary"

// take gives the prepared statement of a text and a function that gives it back.
func (c *statementConn) take(ctx context.Context, text string) (runner, func(), error) {
	if strings.HasSuffix(text, uncached) {
		p, err := c.prepare(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		return p, func() { _ = p.Close() }, nil
	}
	if e, ok := c.byText[text]; ok {
		if s := e.Value.(*statement); !s.busy {
			s.busy = true
			c.byUse.MoveToFront(e)
			return s.stmt.(runner), func() { s.busy = false }, nil
		}
		// The same query inside a loop over its own rows.
		p, err := c.prepare(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		return p, func() { _ = p.Close() }, nil
	}
	p, err := c.prepare(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	c.makeRoom()
	s := &statement{text: text, stmt: p, busy: true}
	c.byText[text] = c.byUse.PushFront(s)
	return p, func() { s.busy = false }, nil
}

func (c *statementConn) prepare(ctx context.Context, text string) (runner, error) {
	p, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	r, ok := p.(runner)
	if !ok {
		_ = p.Close()
		return nil, errors.New("db: the SQLite driver's statement lacks a method")
	}
	return r, nil
}

func (c *statementConn) makeRoom() {
	for e := c.byUse.Back(); e != nil && c.byUse.Len() >= statementsKept; {
		before := e.Prev()
		if s := e.Value.(*statement); !s.busy {
			_ = s.stmt.Close()
			delete(c.byText, s.text)
			c.byUse.Remove(e)
		}
		e = before
	}
}

// ExecContext runs a statement that gives no rows.
func (c *statementConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	p, back, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer back()
	return p.ExecContext(ctx, args)
}

// QueryContext runs a statement that gives rows.
func (c *statementConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	p, back, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := p.QueryContext(ctx, args)
	if err != nil {
		back()
		return nil, err
	}
	return &statementRows{Rows: rows, back: back}, nil
}

// BeginTx begins with a statement of the cache. A reader's transaction begins deferred and is
// kept from writing by the connection's setting.
func (c *statementConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	text := "begin"
	if c.immediate {
		text = "begin immediate"
	}
	if ctx.Value(triedKey{}) != nil { // another process may have the file
		if _, err := c.ExecContext(ctx, busyTimeout(tryTime)+uncached, nil); err != nil {
			return nil, err
		}
		defer func() { _, _ = c.ExecContext(context.WithoutCancel(ctx), busyTimeout(lockTime)+uncached, nil) }()
	}
	if _, err := c.ExecContext(ctx, text, nil); err != nil {
		return nil, err
	}
	return statementTx{c}, nil
}

func busyTimeout(long time.Duration) string {
	return fmt.Sprintf("pragma busy_timeout(%d)", long.Milliseconds())
}

// Close closes the statements and the connection.
func (c *statementConn) Close() error {
	for e := c.byUse.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*statement).stmt.Close()
	}
	c.byText, c.byUse = nil, list.New()
	return c.sqliteConn.Close()
}

type statementTx struct{ c *statementConn }

func (t statementTx) Commit() error {
	_, err := t.c.ExecContext(context.Background(), "commit", nil)
	if err != nil {
		// A commit that failed leaves the transaction open, and database/sql will not come
		// back to it. If nothing is open any more this fails, which is as good.
		_ = t.Rollback()
	}
	return err
}

func (t statementTx) Rollback() error {
	_, err := t.c.ExecContext(context.Background(), "rollback", nil)
	return err
}

type statementRows struct {
	driver.Rows
	back func()
}

// Close ends the query and gives its statement back.
func (r *statementRows) Close() error {
	err := r.Rows.Close()
	if r.back != nil {
		r.back()
		r.back = nil
	}
	return err
}
