package bundle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/ledger"
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

	settingDue  = "due" // a migration wrote it
	settingDone = "done"
)

var upgradeSettings = []string{admissionSetting, secondSetting}

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
		return err
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
	}
	return err
}

// AsBefore does, once, what a migration left to do so that a node of before goes on as it was, as Due says,
// and begins to sign in the same transaction: that entry's signature covers what was done, and nothing is done
// so after it. It has to be called when the node's key and what it published are at hand, and does nothing
// where nothing is due.
func AsBefore(ctx context.Context, d *db.DB, log *slog.Logger) error {
	var owed []string
	look := func(ctx context.Context, tx *db.Tx) (err error) {
		owed, err = due(ctx, tx)
		return err
	}
	if err := d.Read(ctx, look); err != nil || len(owed) == 0 {
		return err
	}
	return d.Together(ctx, func(ctx context.Context) error {
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := look(ctx, tx); err != nil || len(owed) == 0 { // another process did it meanwhile
				return err
			}
			n, done, err := Due(ctx, d, tx)
			if err != nil {
				return err
			}
			if !done {
				log.WarnContext(ctx, "the database says that an upgrade is to be ended, and its log does not bear it out: nothing was done", "settings", strings.Join(owed, ", "),
					"do", "run entente verify; what should stand, do by entente admin")
				return nil
			}
			log.InfoContext(ctx, "a node of before goes on as it was", "admitted", n)
			return ledger.Start(ctx, tx)
		})
	})
}

// Due does what a migration left to do, in the name of the operator's upgrade, which stands in the log and on
// the page: whoever was inside a side is admitted, else the inner rooms would be shut to everybody; and where
// nobody had to sign in with a second factor, nobody has to. The rows that say so are such as anybody who
// writes to the database can write, so the log has to bear them out: the node published it by its key before
// it signed, it has not begun to, and nobody is admitted in it. Whoever calls it signs an entry in the same
// transaction, which is one of db.Together.
func Due(ctx context.Context, d *db.DB, tx *db.Tx) (admitted int, done bool, err error) {
	owed, err := due(ctx, tx)
	if err != nil || len(owed) == 0 {
		return 0, false, err
	}
	before, err := ledger.BeforeSigning(ctx, tx)
	if err != nil || !before {
		return 0, false, err
	}
	given := false
	if err := ledger.Each(ctx, tx, []string{"admission.give"}, func(ledger.Entry) error { given = true; return nil }); err != nil || given {
		return 0, false, err
	}
	who := access.Operator(account.Upgrade)
	for _, setting := range owed {
		switch setting {
		case admissionSetting:
			admitted, err = account.AdmitAll(ctx, tx, who)
		case secondSetting:
			_, err = Objects(d).ChangeSetting(ctx, who, access.SecondFactor, "")
		}
		if err == nil {
			err = db.Set(ctx, tx, setting, settingDone)
		}
		if err != nil {
			return 0, false, err
		}
	}
	return admitted, true, nil
}

// due gives the rows of node by which a migration left something to do.
func due(ctx context.Context, tx *db.Tx) (owed []string, err error) {
	for _, setting := range upgradeSettings {
		v, err := db.Setting(ctx, tx, setting)
		if err != nil {
			return nil, err
		}
		if v == settingDue {
			owed = append(owed, setting)
		}
	}
	return owed, nil
}
