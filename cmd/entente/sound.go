package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"

	"entente/bundle/backup"
	"entente/internal/db"
)

type soundCmd struct {
	place
	unlockFlags
	PublicKey  string `placeholder:"KEY" help:"The node's public key, or a file that holds it, where it should not be taken from the folder or the backup."`
	Checkpoint string `placeholder:"FILE" help:"Only for a node: a checkpoint that it published and that you kept elsewhere, where it should not be taken from the folder."`
	File       string `arg:"" optional:"" help:"The backup; where nothing is said, the node of --data and --db."`
}

// Help explains the command.
func (soundCmd) Help() string {
	return `Without a file, verifies the node: its database as entente ledger verify does, and each attached
file: that it is there, and that its content has the hash by which the database names it. It only
reads, and may run beside the running node.

    entente verify --data /var/lib/entente

With a file, verifies a backup: the hash of every member, and, by building the node from it in a
temporary folder, its log, every row, and that every file is in it. It needs there as much room as
the database takes, and leaves nothing.

    entente verify entente-20261123T020000Z.tar

What is wrong is told by name. The command ends with status 0 when everything is sound, with 1 when
something is not, and with 2 when it could not be verified.`
}

// Run verifies.
func (o soundCmd) Run(ctx context.Context, c console) error {
	if o.File != "" {
		return o.backup(ctx, c)
	}
	return o.node(ctx, c)
}

func (o soundCmd) backup(ctx context.Context, c console) error {
	r, err := backup.Verify(ctx, o.File, o.unlock(), keyOrFile(o.PublicKey), c.say)
	var d backup.Damage
	if errors.As(err, &d) {
		fmt.Fprintf(c.out, "NOT SOUND: %s: %s.\n", o.File, d)
		return ended{statusFailed}
	}
	if err != nil {
		c.say("entente: not verified: %s", explain(err))
		return ended{statusUsage}
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(c.out, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(c.out, "Verified %s\n\n", o.File)
	line("made", "%s, by version %s on %s", r.Header.Time, r.Header.Program, r.Header.Engine)
	line("members", "%d, each with its hash", len(r.Manifest.Members))
	line("objects", "%d, each as its newest revision says", r.Objects)
	line("entries", "%d", r.Ledger.Entries)
	if r.Ledger.Entries > 0 {
		line("root", "%s", base64.StdEncoding.EncodeToString(r.Ledger.Root[:]))
	}
	if r.Header.Files {
		line("files", "%d, %s", r.Manifest.Files, megabytes(r.Manifest.Bytes))
	} else {
		line("files", "left out")
	}
	line("key", "%s", map[bool]string{true: "the node's secret key is in it", false: "not in it"}[r.Header.Key])
	if n := len(r.Manifest.Missing); n > 0 {
		fmt.Fprintf(c.out, "\nThe backup is what was written, but %s that the database names %s missing then:\n", count(int64(n), "file", "files"), wasWere(n))
		for _, hash := range r.Manifest.Missing {
			fmt.Fprintf(c.out, "  %s\n", hash)
		}
		return ended{statusFailed}
	}
	_, err = fmt.Fprintln(c.out, "\nIt is sound.")
	return err
}

func (o soundCmd) node(ctx context.Context, c console) error {
	if err := (verifyCmd{Database: o.address(), Data: o.Data, PublicKey: o.PublicKey, Checkpoint: o.Checkpoint}).Run(ctx, c); err != nil {
		return err
	}
	n, bytes, missing, err := o.files(ctx, c)
	if err != nil {
		c.say("entente: the files were not verified: %s", explain(err))
		return ended{statusUsage}
	}
	fmt.Fprintf(c.out, "  %-12s %d, %s, each with the content of its name\n", "files", n, megabytes(bytes))
	for _, hash := range missing {
		fmt.Fprintf(c.out, "  %-12s %s is missing or not sound: %s\n", "DIFFERENCE", hash, filepath.Join(o.Data, filesFolder, hash[:2], hash[2:]))
	}
	if len(missing) > 0 {
		return ended{statusFailed}
	}
	return nil
}

func (o soundCmd) files(ctx context.Context, c console) (n, bytes int64, missing []string, err error) {
	d, err := o.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return 0, 0, nil, err
	}
	defer d.Close()
	store, err := o.contents()
	if err != nil {
		return 0, 0, nil, err
	}
	defer store.Close()
	return backup.Store(ctx, d, store, c.say)
}
