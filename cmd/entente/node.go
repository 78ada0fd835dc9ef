package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"entente/bundle"
	"entente/bundle/backup"
	"entente/internal/db"
	"entente/internal/files"
	"entente/ledger"
)

// The files of a node's folder.
const (
	databaseFile   = "entente.db"
	keyFile        = "node.key" // secret: whoever has it signs as this node
	publicFile     = "node.pub"
	checkpointFile = "checkpoint" // the newest one that was published
	filesFolder    = "files"      // contents of attached files, by their hashes

	dataFolder = "entente-data" // where nothing is said
)

// place says where a node keeps its things; commands that work on a node share it.
type place struct {
	DB   string `name:"db" env:"ENTENTE_DB" placeholder:"ADDRESS" help:"The database: the path of a file, or an address that begins with postgres://. Where nothing is said it is the file entente.db in the folder of --data. An address with a password is better given by the environment, since others on the machine see command lines."`
	Data string `env:"ENTENTE_DATA" default:"entente-data" placeholder:"DIR" help:"The folder with what the node keeps beside its database: its key, the checkpoint it published. Where nothing is said it is the folder entente-data here."`
}

// address gives the database's address.
func (p place) address() string {
	if p.DB != "" {
		return p.DB
	}
	return filepath.Join(p.Data, databaseFile)
}

// open opens the database, which must exist: a command that was given a wrong path must not
// make an empty database there and work on that.
func (p place) open(ctx context.Context, o db.Options) (*db.DB, error) {
	if err := exists(p.address()); err != nil {
		return nil, p.lost(err)
	}
	o.Existing = p.lived() || !db.IsServer(p.address())
	o.BeforeUpgrade = p.beforeUpgrade
	o.Logger = logger(os.Stderr, slog.LevelInfo, "text") // of an upgrade, which may take a while
	d, err := bundle.Open(ctx, p.address(), o)
	if err == nil && !o.ReadOnly {
		err = p.witnessed(ctx, d)
	}
	return d, p.lost(err)
}

// witnessed refuses to write to a database that does not contain the log that the node of this folder
// published, and closes it then. Of a file that holds no checkpoint of the node the start tells.
func (p place) witnessed(ctx context.Context, d *db.DB) error {
	if p.signed() == 0 {
		return nil
	}
	note, err := os.ReadFile(filepath.Join(p.Data, checkpointFile))
	if err == nil {
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			if n, err := ledger.Size(ctx, tx); err != nil || n == 0 {
				return cmp.Or(err, db.ErrEmpty)
			}
			public, err := db.Setting(ctx, tx, db.PublicKey)
			if _, foreign := ledger.ParseCheckpoint(string(note), public); err != nil || foreign != nil {
				return err
			}
			return contains(ctx, d, string(note), public)
		})
	}
	if err != nil {
		_ = d.Close()
	}
	return err
}

// lived says whether the folder is that of a node that has been at work: its key is made when its
// database is, its checkpoint when there was something to sign, and contents of files come by acts.
func (p place) lived() bool {
	return p.has(keyFile) || p.has(publicFile) || p.has(checkpointFile) || files.Holds(filepath.Join(p.Data, filesFolder)) || p.rest() != ""
}

// rest gives what a database that is gone left beside its place: the copy before an upgrade, or its log,
// which is no trace beside a file, where a first start that was cut off leaves one too.
func (p place) rest() string {
	path := strings.TrimPrefix(p.address(), "file:")
	if db.IsServer(path) {
		return ""
	}
	_, err := os.Lstat(path)
	gone := errors.Is(err, fs.ErrNotExist)
	list, _ := os.ReadDir(filepath.Dir(path)) // what cannot be read the opening tells
	for _, e := range list {
		after, its := strings.CutPrefix(e.Name(), filepath.Base(path))
		if its && (strings.HasPrefix(after, ".before-") && strings.HasSuffix(after, ".bak") || gone && (after == "-wal" || after == "-shm")) {
			return filepath.Join(filepath.Dir(path), e.Name())
		}
	}
	return ""
}

func (p place) has(name string) bool {
	_, err := os.Lstat(filepath.Join(p.Data, name))
	return err == nil
}

// lost says what to do when the database of a node is not there or empty, or another node has it; any
// other error it gives back.
func (p place) lost(err error) error {
	address := db.Redact(p.address())
	switch {
	case errors.Is(err, db.ErrTaken):
		return fmt.Errorf("another node has %s open: a database file is for one node that runs; stop that one first", address)
	case errors.Is(err, ledger.ErrUnlike):
		return fmt.Errorf(`the database %[1]s does not contain the log that the node of the folder %[2]s published (the checkpoint of %[3]s): an older copy was put back, it is another node's, or it was changed. Nothing was made or changed.
If the right database is elsewhere, name it with --db. What differs, entente ledger verify tells.
%[4]s
To go on with this database on purpose, move the file %[5]s to a safe place, for it is the only witness, and start again`,
			address, p.Data, count(p.signed(), "entry", "entries"), p.restoring("Otherwise move the database to a safe place, and"), filepath.Join(p.Data, checkpointFile))
	case !errors.Is(err, db.ErrEmpty):
		return err
	case !p.lived():
		if errors.As(err, new(missing)) {
			return err
		}
		return fmt.Errorf("the database %s holds nothing; name it with --db, or its folder with --data", address)
	}
	what := "its key"
	if n := p.signed(); n > 0 {
		what = "the checkpoint of a log of " + count(n, "entry", "entries")
	} else if !p.has(keyFile) && !p.has(publicFile) {
		what = "contents of attached files, in " + filepath.Join(p.Data, filesFolder)
		if rest := p.rest(); rest != "" {
			what = "what a database left, " + rest
		}
	}
	return fmt.Errorf(`the database %[1]s is not there or holds nothing, and the folder %[2]s is that of a node: it holds %[3]s. Nothing was made or changed.
If the database is elsewhere, name it with --db.
%[4]s
To begin a new node on purpose, move the folder away in the same way, or name another with --data, and start again`,
		address, p.Data, what, p.restoring("If it is lost,"))
}

// restoring gives the commands by which the newest backup takes the place of what is in the folder.
func (p place) restoring(when string) string {
	flags := "--data " + p.Data
	if p.DB != "" {
		flags += " --db " + db.Redact(p.DB)
	}
	away := strings.TrimRight(p.Data, "/") + "-old"
	if p.has(keyFile) {
		flags += " --key " + away + "/" + keyFile
	} else {
		flags += " --key FILE"
	}
	if p.has(checkpointFile) {
		flags += " --checkpoint " + away + "/" + checkpointFile
	}
	return fmt.Sprintf("%s restore the newest backup:\n  mv %s %s\n  entente restore %s BACKUP", when, p.Data, away, flags)
}

// signed gives of how many entries the published checkpoint is; 0 where there is none that can be read.
func (p place) signed() (n int64) {
	b, err := os.ReadFile(filepath.Join(p.Data, checkpointFile))
	if lines := strings.Split(string(b), "\n"); err == nil && len(lines) > 1 {
		n, _ = strconv.ParseInt(lines[1], 10, 64)
	}
	return n
}

// settled refuses a folder in which a restore did not end: what would be made there would stand in
// its way.
func settled(folder string) error {
	if _, err := os.Lstat(filepath.Join(folder, backup.Restoring)); err == nil {
		return fmt.Errorf("a restore into %s was begun and did not end: run entente restore again, with the same flags, before anything else", folder)
	}
	return nil
}

// missing is the error of a file database that is not there.
type missing struct{ error }

// Unwrap says that nothing is there.
func (missing) Unwrap() error { return db.ErrEmpty }

// exists says what to do when there is no such file database.
func exists(address string) error {
	if db.IsServer(address) {
		return nil
	}
	_, err := os.Stat(strings.TrimPrefix(address, "file:"))
	if errors.Is(err, fs.ErrNotExist) {
		return missing{fmt.Errorf("there is no database %s; name it with --db, or its folder with --data", address)}
	}
	return err
}

// hold gives the node's key to acts that sign by it, such as it stands in the folder.
func (p place) hold(ctx context.Context, d *db.DB) (id identity, err error) {
	path := filepath.Join(p.Data, keyFile)
	if _, err := os.Stat(path); err != nil {
		return id, fmt.Errorf("this act is signed with the node's key, which is not at %s: name the folder that holds it with --data. Nothing was changed", path)
	}
	if id, err = identify(ctx, d, p.Data); err == nil {
		d.Hold(id.secret, nil)
		d.Watch(func() []string { return inFile(filepath.Join(p.Data, checkpointFile)) })
		err = bundle.AsBefore(ctx, d, logger(os.Stderr, slog.LevelInfo, "text"))
	}
	return id, err
}

// publish publishes a checkpoint now, for a command whose act was signed.
func publish(ctx context.Context, d *db.DB, id identity, folder string, c console) error {
	p, err := newPublisher(ctx, d, id, folder, logger(c.err, slog.LevelWarn, "text"))
	if err != nil {
		return err
	}
	return p.publish(ctx)
}

// identity is the pair of keys by which a node signs.
type identity struct{ secret, public string }

// identify gives the node's keys and makes them on the first start: the secret one goes into
// the folder alone, the public one beside it and into the database. It refuses to go on where
// folder and database belong to different nodes: one of them is the wrong one.
func identify(ctx context.Context, d *db.DB, folder string) (id identity, err error) {
	path := filepath.Join(folder, keyFile)
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		// Under the node's lock: another process may be at its first start too.
		secret, err := os.ReadFile(path)
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return fmt.Errorf("the node's key: %w", err)
		}
		known, err := db.Setting(ctx, tx, db.PublicKey)
		if err != nil {
			return err
		}
		if missing {
			if known != "" {
				return fmt.Errorf("the database belongs to the node whose public key is %s, and its secret key is not at %s; "+
					"name the folder that holds it with --data, or put the file back from your backup", known, path)
			}
			if id.secret, id.public, err = ledger.GenerateKey("entente/" + strings.ToLower(rand.Text()[:16])); err != nil {
				return err
			}
			if err := writeFile(path, []byte(id.secret+"\n"), 0o600); err != nil {
				return err
			}
		} else {
			id.secret = strings.TrimSpace(string(secret))
			if id.public, err = ledger.Public(id.secret); err != nil {
				return fmt.Errorf("%s holds no key: %w; put the file back from your backup", path, err)
			}
		}
		switch known {
		case id.public:
			return nil
		case "":
			return db.Set(ctx, tx, db.PublicKey, id.public)
		}
		return fmt.Errorf("%s is the key of another node than the one that the database belongs to (%s); "+
			"one of --data and --db is not the right one", path, known)
	})
	if err != nil {
		return id, err
	}
	return id, writeFile(filepath.Join(folder, publicFile), []byte(id.public+"\n"), 0o644)
}
