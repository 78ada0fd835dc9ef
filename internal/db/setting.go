package db

import (
	"context"
	"database/sql"
	"errors"
)

// The settings of a node that its database keeps.
const (
	PublicKey     = "public-key"    // by which the node's checkpoints are verified
	Demonstration = "demonstration" // "yes": the example, where anybody takes any role
)

// Hold gives the node's secret key, which lies outside the database, to the acts that sign by it. used
// is called after the commit of each such act; it may be nil.
func (d *DB) Hold(secret string, used func()) { d.key.Store(&heldKey{secret, used}) }

// Watch gives the acts that sign what was published of the log, newest at the time of asking, in the form
// in which it was signed: none of them goes on where the log in the database is another.
func (d *DB) Watch(published func() []string) { d.published.Store(&published) }

// Published gives what Watch was given, and nothing where this process knows of nothing.
func (tx *Tx) Published() []string {
	if f := tx.db.published.Load(); f != nil {
		return (*f)()
	}
	return nil
}

// Stop has this process write nothing more: the database is not the one that it is taken for.
func (d *DB) Stop(why error) { d.stopped.CompareAndSwap(nil, &why) }

// Stop is that of the transaction's database.
func (tx *Tx) Stop(why error) { tx.db.Stop(why) }

// Stopped gives why nothing is written any more, nil where writing goes on.
func (d *DB) Stopped() error {
	if why := d.stopped.Load(); why != nil {
		return *why
	}
	return nil
}

type heldKey struct {
	secret string
	used   func()
}

// Key gives what Hold was given, and nothing where this process does not have the key.
func (tx *Tx) Key() (secret string, used func()) {
	if k := tx.db.key.Load(); k != nil {
		return k.secret, k.used
	}
	return "", nil
}

// Setting gives a setting of the node, "" where it was never made.
func Setting(ctx context.Context, tx *Tx, name string) (value string, err error) {
	value, _, err = SettingMade(ctx, tx, name)
	return value, err
}

// SettingMade is Setting, and says whether it was ever made: to make it "" is not the same everywhere.
func SettingMade(ctx context.Context, tx *Tx, name string) (value string, made bool, err error) {
	err = tx.QueryRow(ctx, `select value from node where name = $1 -- db.SettingMade`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}

// Set makes a setting of the node.
func Set(ctx context.Context, tx *Tx, name, value string) error {
	_, err := tx.Exec(ctx, `insert into node (name, value) values ($1, $2)
		on conflict (name) do update set value = excluded.value -- db.Set`, name, value)
	return err
}
