package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"entente/access"
	"entente/account"
	"entente/internal/db"
)

// Open opens a node's database for this program, as db.Open does, and brings what is derived from
// the revisions to this program's versions (access.Objects.Derive), after a backup. That can take
// minutes for a large node: progress is logged, and a program that is killed goes on at its next
// start. A database that is opened for reading only and was derived by an older program is refused.
func Open(ctx context.Context, address string, o db.Options) (*db.DB, error) {
	d, err := db.Open(ctx, address, o)
	if err != nil || o.SkipMigrations { // what is opened as it is stays as it is
		return d, err
	}
	if err := settle(ctx, d, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// OpenToVerify opens a database for reading only, also one whose rows an older program derived:
// stale says so then. The log of such a one can be verified, and its rows not.
func OpenToVerify(ctx context.Context, address string) (d *db.DB, stale, err error) {
	o := db.Options{ReadOnly: true}
	if d, err = db.Open(ctx, address, o); err != nil {
		return nil, nil, err
	}
	return d, settle(ctx, d, o), nil
}

// admissionSetting names the row of node that says whether those of before were let into their rooms.
const admissionSetting = "admission"

// Copy writes a database file to a new one as it stands, whatever version of this program made it, and
// keeps nobody waiting who writes.
func Copy(ctx context.Context, address, to string) error {
	d, err := db.Open(ctx, address, db.Options{ReadOnly: true, SkipMigrations: true})
	if err != nil {
		return err
	}
	return errors.Join(d.BackupTo(ctx, to), d.Close())
}

func settle(ctx context.Context, d *db.DB, o db.Options) error {
	objects := Objects(d)
	kinds, begun, err := objects.Moved(ctx)
	if err != nil || len(kinds) == 0 {
		return cmp.Or(err, admitBefore(ctx, d, o))
	}
	if o.ReadOnly {
		return fmt.Errorf("what is derived of %s was derived by an older program: start the program once to upgrade it", strings.Join(kinds, ", "))
	}
	if !begun { // what is half derived is no state to go back to
		if err := d.KeepBefore(ctx, o); err != nil {
			return err
		}
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	n, err := objects.Derive(ctx, func(kind string, done, total int64) {
		log.InfoContext(ctx, "deriving rows anew", "kind", kind, "done", done, "of", total)
	})
	if err == nil {
		log.InfoContext(ctx, "rows derived anew", "kinds", strings.Join(kinds, ", "), "objects", n)
		err = admitBefore(ctx, d, o)
	}
	return err
}

// admitBefore admits, once, whoever was inside a side before sides admitted people: the operator's
// upgrade does it, and its name stands in the log and on the page. Without it the inner rooms would be
// shut to everybody.
func admitBefore(ctx context.Context, d *db.DB, o db.Options) error {
	const setting, due, done = admissionSetting, "due", "done"
	if o.ReadOnly { // until it is done, nobody is inside
		return nil
	}
	owed := false
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		v, err := db.Setting(ctx, tx, setting)
		owed = v == due
		return err
	}); err != nil || !owed {
		return err
	}
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if v, err := db.Setting(ctx, tx, setting); err != nil || v != due { // another process did it meanwhile
			return err
		}
		n, err := account.AdmitAll(ctx, tx, access.Operator("upgrade"))
		if err != nil {
			return err
		}
		if o.Logger != nil {
			o.Logger.InfoContext(ctx, "admitted who was inside a side before", "people", n)
		}
		return db.Set(ctx, tx, setting, done)
	})
}
