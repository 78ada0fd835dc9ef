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

// admissionSetting names the row of node that says whether those of before were let into their rooms, and
// secondSetting the one that says whether a node of before goes on asking nobody for a second factor.
const (
	admissionSetting = "admission"
	secondSetting    = "second-factor-before"
)

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
		return cmp.Or(err, asBefore(ctx, d, o))
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
		err = asBefore(ctx, d, o)
	}
	return err
}

// asBefore does, once, what a migration left to do so that a node of before goes on as it was, by the
// operator's upgrade, whose name stands in the log and on the page: whoever was inside a side is admitted,
// else the inner rooms would be shut to everybody; and where nobody had to sign in with a second factor,
// nobody has to.
func asBefore(ctx context.Context, d *db.DB, o db.Options) error {
	who := access.Operator("upgrade")
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	err := once(ctx, d, o, admissionSetting, func(ctx context.Context, tx *db.Tx) error {
		n, err := account.AdmitAll(ctx, tx, who)
		log.InfoContext(ctx, "admitted who was inside a side before", "people", n)
		return err
	})
	if err != nil {
		return err
	}
	return once(ctx, d, o, secondSetting, func(ctx context.Context, _ *db.Tx) error {
		_, err := Objects(d).ChangeSetting(ctx, who, access.SecondFactor, "")
		return err
	})
}

// once does what stands as due under a setting of the node. What is opened for reading alone waits: until
// it is done, nobody is inside, and the usual setting holds.
func once(ctx context.Context, d *db.DB, o db.Options, setting string, do func(context.Context, *db.Tx) error) error {
	const due, done = "due", "done"
	if o.ReadOnly {
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
	return d.Together(ctx, func(ctx context.Context) error {
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if v, err := db.Setting(ctx, tx, setting); err != nil || v != due { // another process did it meanwhile
				return err
			}
			if err := do(ctx, tx); err != nil {
				return err
			}
			return db.Set(ctx, tx, setting, done)
		})
	})
}
