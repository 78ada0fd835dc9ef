package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"entente/access"
	"entente/bundle/backup"
	"entente/internal/db"
	"entente/internal/files"
	"entente/library"
)

type soundCmd struct {
	place
	unlockFlags
	acceptFlag
	PublicKey  string `placeholder:"KEY" help:"The node's public key, or a file that holds it, where it should not be taken from the folder or the backup."`
	Checkpoint string `placeholder:"FILE" help:"Only for a node: a checkpoint that it published and that you kept elsewhere, where it should not be taken from the folder."`
	File       string `arg:"" optional:"" help:"The backup; where nothing is said, the node of --data and --db."`
}

// Help explains the command.
func (soundCmd) Help() string {
	return `Without a file, verifies the node: its database as entente ledger verify does, which says what is
compared and what is not (entente help ledger verify), and each attached file: that it is there,
and that its content has the hash by which the database names it. It only reads, and may run
beside the running node.

    entente verify --data /var/lib/entente

A file that lies beside them and that nothing names is told. One in the place of a content is what
an upload leaves that did not come to its end, or what an erasure took the name of: a running node
deletes it after a day. It is told once it is an hour old, and an upload that was broken off once it is
a day old, as both may be on their way before. Anything else does not belong there, and differs.
In the folder of the node itself the node's key must be there, and be that of the database; what the
program did not make is named there and does not differ, since it may be your own.

With a file, verifies a backup: the hash of every member, and, by building the node from it in a
temporary folder, its log, everything that is compared with it, and that every file is in it. It
needs there as much room as the database takes, and leaves nothing. The index of the search is in
no backup: it is made when one is restored.

    entente verify entente-20261123T020000Z.tar

` + aboutExceptions + `

What is wrong is told by name. The command ends with status 0 when of what is compared nothing
differs, also beside what is named as beside; with 1 when something is not sound, with 2
when it could not be verified, and with 3 when nothing differs and there are exceptional entries
that were not accepted.`
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
	fmt.Fprintf(c.out, "Verified %s\n\n", o.File)
	c.line("made", "%s, by version %s on %s", r.Header.Time, r.Header.Program, r.Header.Engine)
	c.line("members", "%d, each with its hash", len(r.Manifest.Members))
	c.line("objects", "%d, each as its newest revision says", r.Objects)
	c.line("entries", "%d", r.Ledger.Entries)
	if r.Ledger.Entries > 0 {
		c.line("root", "%s", base64.StdEncoding.EncodeToString(r.Ledger.Root[:]))
	}
	if r.Header.Files {
		c.line("files", "%d, %s", r.Manifest.Files, megabytes(r.Manifest.Bytes))
	} else {
		c.line("files", "left out")
	}
	o.list(c, r.Ledger)
	c.line("key", "%s", map[bool]string{true: "the node's secret key is in it", false: "not in it"}[r.Header.Key])
	if n := len(r.Manifest.Missing); n > 0 {
		fmt.Fprintf(c.out, "\nThe backup is what was written, but %s that the database names %s missing then:\n", count(int64(n), "file", "files"), wasWere(n))
		for _, hash := range r.Manifest.Missing {
			fmt.Fprintf(c.out, "  %s\n", hash)
		}
		return conclude(c, "", ended{statusFailed})
	}
	return o.end(c, r.Ledger, conclude(c, "It is sound: of what is compared, nothing differs.", nil))
}

// node verifies a node. The files are looked at whatever is wrong with the database.
func (o soundCmd) node(ctx context.Context, c console) error {
	report, log := (verifyCmd{Database: o.address(), Data: o.Data, PublicKey: o.PublicKey, Checkpoint: o.Checkpoint, acceptFlag: o.acceptFlag}).look(ctx, c)
	for _, look := range []func(context.Context, console) error{o.lookAtFiles, o.lookAtFolder} {
		found := look(ctx, c)
		if log == nil || errors.Is(found, ended{statusFailed}) { // a difference weighs more than what could not be looked at
			log = found
		}
	}
	return o.end(c, report, conclude(c, "Of what is compared, nothing differs.", log))
}

// lookAtFiles compares the attached files with those that the database names.
func (o soundCmd) lookAtFiles(ctx context.Context, c console) error {
	found, others, whose, err := o.files(ctx, c)
	if err != nil {
		c.say("entente: the files were not verified: %s", explain(err))
		return ended{statusUsage}
	}
	c.line("files", "%d, %s, each with the content of its name", found.Files, megabytes(found.Bytes))
	in := func(hash string) string { return filepath.Join(o.Data, filesFolder, hash[:2], hash[2:]) }
	wrong := len(found.Missing) + len(found.Changed)
	told := 0
	tell := func(what, format string, args ...any) {
		if told++; told <= mostFiles {
			c.line(what, format, args...)
		}
	}
	for _, hash := range found.Missing {
		tell("DIFFERENCE", "the file %s is missing%s", in(hash), whose[hash])
	}
	for _, hash := range found.Changed {
		tell("DIFFERENCE", "%s%s", instead(in(hash)), whose[hash])
	}
	for _, x := range others {
		switch path := filepath.Join(o.Data, filesFolder, filepath.FromSlash(x.Path)); {
		case x.Left:
			tell("beside", "%s, %s: left of an upload that was broken off; a running node deletes it after a day", path, megabytes(x.Size))
		case x.Hash != "":
			tell("beside", "%s, %s: nothing names it, as after an upload that did not come to its end or an erasure; a running node deletes it after a day", path, megabytes(x.Size))
		default:
			wrong++
			tell("DIFFERENCE", "%s, %s, does not belong there: the node made no such file", path, megabytes(x.Size))
		}
	}
	if told > mostFiles {
		fmt.Fprintf(c.out, "  and %d more\n", told-mostFiles)
	}
	if wrong > 0 {
		return ended{statusFailed}
	}
	return nil
}

// mostFiles is how many files are told by name.
const mostFiles = 50

func (o soundCmd) files(ctx context.Context, c console) (found backup.Contents, others []files.Other, whose map[string]string, err error) {
	d, err := o.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return found, nil, nil, err
	}
	defer d.Close()
	store, err := o.contents()
	if err != nil {
		return found, nil, nil, err
	}
	defer store.Close()
	if found, err = backup.Store(ctx, d, store, c.say); err != nil {
		return found, nil, nil, err
	}
	named, err := backup.Named(ctx, d) // again: one may have come in between
	if err != nil {
		return found, nil, nil, err
	}
	others, err = store.Others(func(hash string) bool { _, ok := slices.BinarySearch(named, hash); return ok })
	if err == nil && len(found.Missing)+len(found.Changed) > 0 {
		whose, err = contentsOf(ctx, d, slices.Concat(found.Missing, found.Changed))
	}
	return found, others, whose, err
}

// contentsOf says of contents of which object they are, behind a sentence.
func contentsOf(ctx context.Context, d *db.DB, hashes []string) (whose map[string]string, err error) {
	whose = map[string]string{}
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		held, err := library.Holders(ctx, tx)
		for _, hash := range hashes[:min(mostFiles, len(hashes))] {
			if id := held[hash]; id != "" {
				whose[hash] = "; it is of " + access.Named(ctx, tx, string(id))
			}
		}
		return err
	})
	return whose, err
}
