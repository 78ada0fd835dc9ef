package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"entente/bundle"
	"entente/bundle/backup"
	"entente/internal/db"
)

type migrateDBCmd struct {
	From string `required:"" env:"ENTENTE_FROM" placeholder:"ADDRESS" help:"The database as it is: the path of a file, or an address that begins with postgres://."`
	To   string `required:"" env:"ENTENTE_TO" placeholder:"ADDRESS" help:"The database that it moves to: a file that does not exist, or an empty PostgreSQL database."`
}

// Help explains the command.
func (migrateDBCmd) Help() string {
	return `Moves a node's database from a file to PostgreSQL, or back, without a change of what it holds: rows,
log, settings, sessions, everything. Stop the node first: while a program has the source open, the
command refuses. The files beside the database, in the folder of --data, stay where they are.

    entente migrate-db --from /var/lib/entente/entente.db --to postgres://entente@/entente
    entente serve --data /var/lib/entente --db postgres://entente@/entente

The rows are read from one snapshot, written in one transaction, read back and compared before it is
committed. Killed at any moment, the target is as empty as before; run it again. The source is not
changed: keep it until you are content, and never start a node on both.

The command ends with status 0, or with 1 when nothing was moved.`
}

// Run moves.
func (o migrateDBCmd) Run(ctx context.Context, c console) error {
	if err := exists(o.From); err != nil {
		return errors.New(strings.Replace(err.Error(), "name it with --db, or its folder with --data", "name it with --from", 1))
	}
	used, err := db.InUse(ctx, o.From)
	if err != nil {
		return err
	}
	if used {
		return fmt.Errorf("a program has %s open: stop the node first, or what it writes meanwhile would be lost", db.Redact(o.From))
	}
	from, err := bundle.Open(ctx, o.From, db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer from.Close()
	target := o.To
	if !db.IsServer(o.To) {
		final := strings.TrimPrefix(o.To, "file:")
		if _, err := os.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists: name a file that does not", final)
		}
		target = final + ".moving" // under its own name when it is whole
		for _, tail := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(target + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	began := time.Now()
	r, err := o.move(ctx, c, from, target)
	if errors.Is(err, backup.ErrNotEmpty) {
		return fmt.Errorf("the database %s holds something: name an empty one", db.Redact(o.To))
	}
	if err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	if target != o.To {
		if err := moveNew(target, o.To); err != nil {
			return err
		}
	}
	c.say("Moved: %s in %s, in %s; each was read back and is the same.", count(r.Rows, "row", "rows"), count(int64(r.Tables), "table", "tables"), time.Since(began).Round(100*time.Millisecond))
	c.say("Start the node on it with --db %s, and never on the old one again.", db.Redact(o.To))
	return nil
}

func (o migrateDBCmd) move(ctx context.Context, c console, from *db.DB, target string) (r backup.Copied, err error) {
	to, err := bundle.Open(ctx, target, db.Options{NoBackup: true})
	if err != nil {
		return r, err
	}
	r, err = backup.Copy(ctx, from, to, c.say)
	return r, errors.Join(err, to.Close())
}
