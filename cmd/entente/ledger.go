package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/ledger"
)

type verifyCmd struct {
	DB         string `name:"db" env:"ENTENTE_DB" placeholder:"ADDRESS" help:"The database, where it is not named as the argument. Where nothing is said it is the file entente.db in the folder of --data."`
	Database   string `arg:"" optional:"" help:"The database: the path of a file, or an address that begins with postgres://. Where nothing is said it is that of --db, or of --data."`
	Data       string `env:"ENTENTE_DATA" placeholder:"DIR" help:"The node's folder, with node.pub and checkpoint. Where nothing is said it is the folder of the database file."`
	PublicKey  string `placeholder:"KEY" help:"The node's public key, or a file that holds it, where it should not be taken from the folder."`
	Checkpoint string `placeholder:"FILE" help:"A checkpoint that the node published and that you kept elsewhere, where it should not be taken from the folder."`
	acceptFlag
}

// Help explains the command.
func (verifyCmd) Help() string {
	return `Derives the log again from its leaves up: every entry, the tree over them, every checkpoint that
was signed, every revision that an entry commits to. Then it compares what stands in the database
today with the newest revision of each object and with what the acts in the log leave: rows, names,
search, duties, settings, accounts as far as the log knows them, and the schema. It prints what was
verified, or what differs: of a changed log the first difference, of the rest the first twenty and
how many there are. It only reads, and may run beside a running node or on a copy of its database.

    entente ledger verify --data /var/lib/entente
    entente ledger verify entente-data/entente.db
    entente ledger verify backup.db --public-key node.pub --checkpoint kept/checkpoint

Whoever can change the database can also put a whole older copy of it in its place. Only a
checkpoint that was published later and kept elsewhere can tell: keep some, on another machine or
with the other side. In the same way a public key that you kept yourself proves more than the one
in the node's folder, and that more than the one in the database, which is used where there is
no other.

` + inLines(coverage()) + `

Attached files are verified by entente verify. A table or an index that does not belong to the
program differs, as what was changed does.

` + aboutExceptions + `

The command ends with status 0 when nothing differs of what is compared, with 1 when something
does, with 2 when it could not be verified, and with 3 when nothing differs and there are
exceptional entries that were not accepted.`
}

// Run verifies.
func (o verifyCmd) Run(ctx context.Context, c console) error {
	report, err := o.look(ctx, c)
	return o.end(c, report, conclude(c, "Of what is compared, nothing differs.", err))
}

// look verifies, and prints all but the end.
func (o verifyCmd) look(ctx context.Context, c console) (ledger.Report, error) {
	r, err := o.verify(ctx, c)
	if errors.Is(err, db.ErrDamaged) {
		fmt.Fprintf(c.out, "DIFFERENCE in %s: %s.\n", r.database, explain(err))
		return r.Report, ended{statusFailed}
	}
	if err != nil {
		c.say("entente: not verified: %s", explain(err))
		return r.Report, ended{statusUsage}
	}
	if r.found.Count > 0 {
		for _, d := range r.found.Told {
			fmt.Fprintf(c.out, "DIFFERENCE in %s: %s.\n", r.database, d)
		}
		if more := r.found.Count - len(r.found.Told); more > 0 {
			fmt.Fprintf(c.out, "And %s.\n", count(int64(more), "more difference", "more differences"))
		}
		for _, left := range r.found.Left {
			fmt.Fprintf(c.out, "NOT COMPARED: %s.\n", left)
		}
		if r.Entries > 0 {
			fmt.Fprintf(c.out, "%s agreed before that. Nothing was changed by this command.\n", count(r.Entries, "entry", "entries"))
		}
		return r.Report, ended{statusFailed}
	}
	r.print(c, o.acceptFlag)
	return r.Report, nil
}

// verified is what a verification found.
type verified struct {
	ledger.Report
	database  string
	objects   int64
	found     access.Findings
	published string // file
	size      int64  // of what was published
	keyFrom   string
}

func (o verifyCmd) verify(ctx context.Context, c console) (r verified, err error) {
	if o.Database == "" {
		p := place{DB: o.DB, Data: cmp.Or(o.Data, dataFolder)}
		o.Database, o.Data = p.address(), p.Data
	}
	if err := exists(o.Database); err != nil {
		return r, err
	}
	r.database = db.Redact(o.Database)
	folder := o.Data
	if folder == "" && !db.IsServer(o.Database) {
		folder = filepath.Dir(strings.TrimPrefix(o.Database, "file:"))
	}
	published, err := o.published(folder, &r)
	if err != nil {
		return r, err
	}
	d, stale, err := bundle.OpenToVerify(ctx, o.Database)
	if err != nil {
		return r, err
	}
	defer d.Close()
	damage, err := d.Integrity(ctx)
	if err != nil {
		return r, err
	}
	for _, what := range damage {
		r.found.Add("the database is damaged: %s", what)
	}
	compare := func(ctx context.Context, tx *db.Tx) error {
		if err := bundle.CompareSchema(ctx, tx, &r.found); err != nil {
			return err
		}
		if r.found.Lacks("the log, and with it all else, was", "entry", "revision", "tlog_hash", "checkpoint", "entry_signature", "node") {
			return nil
		}
		public, err := o.key(ctx, tx, folder, &r)
		if err != nil {
			return err
		}
		if r.Report, err = ledger.Verify(ctx, tx, public, published); err != nil {
			return err
		}
		if r.Difference != "" {
			r.found.Add("%s", r.Difference)
			r.found.Leave("what follows in the log was not verified; objects, duties, the search, accounts and settings were", "the log that says what they should be was changed")
			return nil
		}
		if published != "" {
			p, err := ledger.ParseCheckpoint(published, public)
			if err != nil {
				return err
			}
			r.size = p.Size
		}
		if have, err := db.Setting(ctx, tx, db.PublicKey); err != nil {
			return err
		} else if have != public {
			r.found.Add("the row public-key of node stands as %q, and the node's public key is %q (%s)", have, public, r.keyFrom)
		}
		if stale != nil && !slices.Contains(r.found.Broken, "derivation") {
			return fmt.Errorf("the log agrees with itself, %s; the rows were not compared with it: %w", count(r.Entries, "entry", "entries"), stale)
		}
		r.objects, err = bundle.CompareRows(ctx, tx, &r.found)
		return err
	}
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { // one state of the database
		err := compare(ctx, tx)
		if err == nil {
			r.found.Name(ctx, tx)
		}
		return err
	})
	if err != nil && r.found.Count > 0 { // what was found so far is told, and that there may be more
		r.found.Leave("the rest was", explain(err))
		err = nil
	}
	return r, err
}

// published reads the checkpoint that the node published, "" where there is none.
func (o verifyCmd) published(folder string, r *verified) (string, error) {
	file := o.Checkpoint
	if file == "" && folder != "" {
		file = filepath.Join(folder, checkpointFile)
	}
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && o.Checkpoint == "" {
		return "", nil
	}
	if err == nil && len(b) == 0 {
		err = fmt.Errorf("%s is empty", file)
	}
	r.published = file
	return string(b), err
}

// key finds the public key: what was given, else the folder's, else the database's own.
func (o verifyCmd) key(ctx context.Context, tx *db.Tx, folder string, r *verified) (string, error) {
	if o.PublicKey != "" {
		r.keyFrom = "as given"
		if b, err := os.ReadFile(o.PublicKey); err == nil {
			return strings.TrimSpace(string(b)), nil
		}
		return o.PublicKey, nil
	}
	if folder != "" {
		file := filepath.Join(folder, publicFile)
		b, err := os.ReadFile(file)
		if err == nil {
			r.keyFrom = file
			return strings.TrimSpace(string(b)), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	r.keyFrom = "the database itself; one that you kept elsewhere would prove more"
	return db.Setting(ctx, tx, db.PublicKey)
}

// print tells what was verified.
func (r verified) print(c console, accept acceptFlag) {
	fmt.Fprintf(c.out, "Verified %s\n\n", r.database)
	c.line("entries", "%d", r.Entries)
	erased := ""
	if r.Erased > 0 {
		erased = fmt.Sprintf(", contents of %d erased", r.Erased)
	}
	c.line("revisions", "%d%s", r.Revisions, erased)
	c.line("objects", "%d, each as its newest revision says", r.objects)
	if r.Entries > 0 {
		c.line("root", "%s", base64.StdEncoding.EncodeToString(r.Root[:]))
	}
	for i, b := range r.Restored {
		lost := ""
		if i == len(r.Restored)-1 && r.Lost > 0 {
			lost = fmt.Sprintf("; %s that had been published are lost, and the log says so", count(r.Lost, "entry", "entries"))
		}
		c.line("restored", "from the backup of %s, with %s%s", b.Backup, count(b.Entries, "entry", "entries"), lost)
	}
	accept.list(c, r.Report)
	c.line("checkpoints", "%d in the database", r.Checkpoints)
	if r.published != "" {
		c.line("published", "%s, of %s", r.published, count(r.size, "entry", "entries"))
	} else {
		c.line("published", "none at hand: an older copy put back as a whole would not be noticed")
	}
	if r.Checkpoints > 0 || r.published != "" {
		c.line("public key", "%s", r.keyFrom)
	}
	for _, left := range r.found.Left {
		fmt.Fprintf(c.out, "NOT COMPARED: %s.\n", left)
	}
}

// count writes a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
