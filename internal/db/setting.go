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
	err = tx.QueryRow(ctx, `select value from node where name = $1 -- db.Setting`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// Set makes a setting of the node.
func Set(ctx context.Context, tx *Tx, name, value string) error {
	_, err := tx.Exec(ctx, `insert into node (name, value) values ($1, $2)
		on conflict (name) do update set value = excluded.value -- db.Set`, name, value)
	return err
}
