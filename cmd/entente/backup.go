package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entente/bundle/backup"
	"entente/internal/db"
	"entente/internal/files"
)

// lockFlags say how a backup is encrypted.
type lockFlags struct {
	Recipient      []string `env:"ENTENTE_BACKUP_RECIPIENT" placeholder:"KEY" help:"Encrypt to this public key of age, like age1…; several are given by repeating the flag, or with a comma between."`
	PassphraseFile string   `env:"ENTENTE_BACKUP_PASSPHRASE_FILE" placeholder:"FILE" help:"Encrypt by the passphrase in the first line of this file: 12 characters at least."`
}

// unlockFlags say how an encrypted backup is opened.
type unlockFlags struct {
	Identity       string `env:"ENTENTE_BACKUP_IDENTITY" placeholder:"FILE" help:"The file with the secret key of age that opens the backup."`
	PassphraseFile string `env:"ENTENTE_BACKUP_PASSPHRASE_FILE" placeholder:"FILE" help:"The file whose first line is the passphrase that opens the backup."`
}

func (u unlockFlags) unlock() backup.Unlock {
	return backup.Unlock{IdentityFile: u.Identity, PassphraseFile: u.PassphraseFile}
}

type backupCmd struct {
	place
	lockFlags
	WithKey bool   `help:"Put the node's secret key into the file as well. Whoever has the file can then sign as this node: better keep node.key apart, once, for it never changes."`
	NoFiles bool   `help:"Leave out the contents of attached files."`
	Keep    int    `placeholder:"N" help:"Only with a folder: keep of each of the last N days, and of each of the last N weeks, the newest backup, and remove the others from the folder. Files with other names are never touched."`
	File    string `arg:"" help:"The file to write; or a folder, where the file is named by the time; or - for standard output."`
}

// Help explains the command.
func (backupCmd) Help() string {
	return `Writes everything that a node holds to one file, as it is at one moment, while the node goes on
working: the database with its log, and the contents of all attached files. It may run at any time;
a job every night is usual. It lets those who work go first: it runs with a low priority.

    entente backup --data /var/lib/entente /var/backups/entente
    entente backup --keep 14 --recipient age1… /var/backups/entente
    entente backup - | ssh elsewhere 'cat > entente.tar'

What is not in it: the node's secret key, unless --with-key is given; who is signed in; one-time
links, invitations among them. The key never changes: keep the file node.key apart, once.

The file is a tar: a header, the rows of each table as lines of JSON (gzip), the files under their
hashes, and a manifest with the hash of each member; docs/backup.md describes it. It holds what
only those named may read: encrypt it with --recipient or --passphrase-file, in the form of age
(age-encryption.org), or keep it on a disk that is encrypted.

It is written under another name first, and takes its own when it is whole and on the disk. A file
that exists is never replaced. The last lines tell what was written and the SHA-256 of the file:
kept elsewhere, it tells whether the file was changed. A backup that was never restored proves
little: entente verify FILE looks whether it could be.

The command ends with status 0, or with 1 when nothing was written, or when contents that the
database names were missing: then the file was written without them, and they are named.`
}

// Run writes the backup.
func (o backupCmd) Run(ctx context.Context, c console) error {
	gently()
	if len(o.Recipient) > 0 && o.PassphraseFile != "" {
		return usagef("--recipient and --passphrase-file exclude each other")
	}
	lock := backup.Lock{Recipients: o.Recipient, PassphraseFile: o.PassphraseFile}
	path, folder := o.File, ""
	if i, err := os.Stat(path); err == nil && i.IsDir() {
		folder = path
		path = filepath.Join(folder, backup.Name(time.Now(), lock.Locked()))
	}
	if folder == "" && o.Keep != 0 || o.Keep < 0 {
		return usagef("--keep is a number of days and needs a folder")
	}
	s := backup.Source{Program: version, Tell: c.say}
	var err error
	// Before the database, so that what was published is not newer than what is written.
	if s.Node, err = o.nodeFiles(); err != nil {
		return err
	}
	if s.DB, err = o.open(ctx, db.Options{ReadOnly: true}); err != nil {
		return err
	}
	defer s.DB.Close()
	if !o.NoFiles {
		store, err := o.contents()
		if err != nil {
			return err
		}
		defer store.Close()
		s.Files = store
	}
	var h backup.Header
	var m backup.Manifest
	sum := ""
	began := time.Now()
	if path == "-" {
		h, m, err = backup.ToStream(ctx, s, lock, c.out)
	} else {
		h, m, sum, err = backup.ToFile(ctx, s, lock, path)
	}
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	o.tell(c, path, h, m, sum, time.Since(began))
	if folder != "" && o.Keep > 0 {
		removed, err := backup.Tidy(folder, o.Keep, time.Now())
		for _, name := range removed {
			c.say("  removed    %s", name)
		}
		if err != nil {
			return fmt.Errorf("the backup was written; older ones could not be removed: %w", err)
		}
	}
	if len(m.Missing) > 0 {
		c.say("%s that the database names %s missing or not sound, and not in the backup:", count(int64(len(m.Missing)), "file", "files"), were(len(m.Missing)))
		for _, hash := range m.Missing {
			c.say("  %s", hash)
		}
		return ended{statusFailed}
	}
	return nil
}

// tell says what was written.
func (o backupCmd) tell(c console, path string, h backup.Header, m backup.Manifest, sum string, took time.Duration) {
	rows := int64(0)
	for _, n := range m.Rows {
		rows += n
	}
	c.say("Written: %s", path)
	if i, err := os.Stat(path); err == nil {
		c.say("  size       %s, in %s", megabytes(i.Size()), took.Round(100*time.Millisecond))
	}
	c.say("  database   %s in %s, %s", count(rows, "row", "rows"), count(int64(len(h.Tables)), "table", "tables"), count(h.Entries, "entry of the log", "entries of the log"))
	if h.Files {
		c.say("  files      %d, %s", m.Files, megabytes(m.Bytes))
	} else {
		c.say("  files      left out")
	}
	if sum != "" {
		c.say("  sha256     %s", sum)
	}
	switch {
	case h.Key:
		c.say("The node's secret key is in the file: whoever has the file can sign as this node.")
	case h.Public != "":
		c.say("The node's key is not in it: keep %s apart.", filepath.Join(o.Data, keyFile))
	}
}

func were(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// nodeFiles reads what of the node's folder goes into a backup.
func (o backupCmd) nodeFiles() (map[string]string, error) {
	out := map[string]string{}
	for member, name := range map[string]string{backup.PublicMember: publicFile, backup.CheckpointMember: checkpointFile, backup.KeyMember: keyFile} {
		if member == backup.KeyMember && !o.WithKey {
			continue
		}
		b, err := os.ReadFile(filepath.Join(o.Data, name))
		if errors.Is(err, fs.ErrNotExist) && member != backup.KeyMember {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[member] = string(b)
	}
	return out, nil
}

// contents opens the folder of attached files; a node that never had one has none.
func (p place) contents() (*files.Folder, error) {
	path := filepath.Join(p.Data, filesFolder)
	if _, err := os.Stat(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return files.Open(path, 1<<62)
}

// upgradesKept is how many backups from before upgrades stand in the folder.
const upgradesKept = 3

// beforeUpgrade backs up a PostgreSQL into the node's folder before its tables are changed. The
// attached files stay where they are and are not in it.
func (p place) beforeUpgrade(ctx context.Context, d *db.DB, _, to int64) error {
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return err
	}
	node, err := backupCmd{place: p}.nodeFiles()
	if err != nil {
		return err
	}
	name := fmt.Sprintf("before-%d-%s.tar", to, time.Now().UTC().Format("20060102T150405.000Z"))
	if _, _, _, err := backup.ToFile(ctx, backup.Source{DB: d, Node: node, Program: version}, backup.Lock{}, filepath.Join(p.Data, name)); err != nil {
		return err
	}
	return db.KeepNewest(p.Data, "before-", ".tar", upgradesKept)
}

type restoreCmd struct {
	place
	unlockFlags
	Key        string `placeholder:"FILE" help:"The node's secret key (node.key), where the backup does not hold it."`
	NewKey     bool   `help:"Make a new key for the node, where the old one is lost. The log says so; second factors and other secrets that the old key closed are lost: whoever signed in with one needs a fresh link (entente admin person link)."`
	PublicKey  string `placeholder:"KEY" help:"The node's public key, or a file that holds it, where it should not be taken from the backup."`
	Checkpoint string `placeholder:"FILE" help:"The last checkpoint that the node published, where you have a newer one than the backup: from the old folder, or from somebody who kept it."`
	File       string `arg:"" help:"The backup."`
}

// Help explains the command.
func (restoreCmd) Help() string {
	return `Makes a node of a backup, in a folder that is empty or does not exist and a database that is empty.
The backup is read, built beside its place and verified: every member and file by its hash, the
log, and every row. Only then it is brought into use. When anything is wrong, or the command is
killed, nothing is there that a node would start with; run it again.

    entente restore --data /var/lib/entente --key kept/node.key entente-20261123T020000Z.tar
    entente restore --data new --db postgres://entente@/entente --key kept/node.key \
      --identity age.key entente-20261123T020000Z.tar.age

The backup may be of the other engine, and of an older version of the program.

The log goes on in a new epoch: an entry says from which backup, and names the last checkpoint that
is known to have been published. If the node published one after the backup, name it with
--checkpoint: then the log admits what was lost, and who kept that checkpoint finds it explained;
otherwise it will look like a log that was rewritten.

The node's key is taken from the backup, if it was made with --with-key, or from --key. Nobody is
signed in afterwards, and one-time links and invitations must be given anew.

The command ends with status 0; with 1 when the backup is not sound, or was not restored; nothing
was brought into use then.`
}

// Run restores.
func (o restoreCmd) Run(ctx context.Context, c console) error {
	to := backup.Target{Data: o.Data, Database: o.address(), NewKey: o.NewKey, Public: keyOrFile(o.PublicKey), Tell: c.say}
	for file, into := range map[string]*string{o.Key: &to.Secret, o.Checkpoint: &to.Published} {
		if file == "" {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		*into = string(b)
	}
	began := time.Now()
	r, err := backup.Restore(ctx, o.File, o.unlock(), to)
	if err != nil {
		return fmt.Errorf("not restored: %w", err)
	}
	if r.Finished {
		c.say("An earlier restore had verified everything and was interrupted; it is finished now.")
		return nil
	}
	c.say("Restored to %s in %s: the node as it was on %s.", o.Data, time.Since(began).Round(100*time.Millisecond), r.Header.Time)
	c.say("  database   %s: %s, each as the log says; %s", db.Redact(o.address()), count(r.Objects, "object", "objects"), count(r.Ledger.Entries, "entry", "entries"))
	switch {
	case !r.Header.Files:
		c.say("  files      none: the backup was made without them; put the folder %s of the old node into %s", filesFolder, o.Data)
	default:
		c.say("  files      %d, %s", r.Manifest.Files, megabytes(r.Manifest.Bytes))
	}
	if n := len(r.Manifest.Missing); n > 0 {
		c.say("  missing    %s that the database names %s missing when the backup was made", count(int64(n), "file", "files"), wasWere(n))
	}
	if r.Lost > 0 {
		c.say("  lost       %s that had been published after the backup; the log admits it", count(r.Lost, "entry", "entries"))
	}
	if r.NewKey {
		c.say("The node has a new key: keep %s, and tell those who verify its log the new public key, in %s.", filepath.Join(o.Data, keyFile), filepath.Join(o.Data, publicFile))
		c.say("Second factors and other secrets that the old key closed are lost: whoever signed in with one needs a fresh link (entente admin person link).")
	}
	c.say("Nobody is signed in, and one-time links do not work any more. Start it with entente serve and the same --data and --db.")
	return nil
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// keyOrFile gives a public key that was given as such or by a file.
func keyOrFile(s string) string {
	if s == "" {
		return ""
	}
	if b, err := os.ReadFile(s); err == nil {
		return strings.TrimSpace(string(b))
	}
	return s
}
