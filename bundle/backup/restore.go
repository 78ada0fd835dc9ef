package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/ledger"
)

// Restoring is the folder in a node's folder that holds what a restore has not brought into use.
// A node does not start beside it.
const Restoring = "restoring"

const (
	readyFile = "ready" // in Restoring: everything is verified; it holds the restore's id
)

// Target says where a backup is restored to, and what is known beside it.
type Target struct {
	Data      string // the node's folder
	Database  string // the address of the database
	Secret    string // the node's key, where the backup does not hold it
	NewKey    bool   // make a new one where there is none
	Public    string // the public key that was kept elsewhere; "": the one in the backup
	Published string // the last checkpoint known to have been published; "": the one in the backup
	Tell      Progress
}

// Restored is what a restore did.
type Restored struct {
	Report
	Finished bool  // it only finished what an earlier one had verified
	NewKey   bool  // the node has a new key
	Lost     int64 // entries that were published and are not in the backup
}

// Restore makes a node of a backup. Both places must be empty. Everything is built and verified
// where nobody looks, the log begins a new epoch there, and only then it is brought into use:
// first the database, at once, and then what lies beside it. Killed at any moment it leaves
// nothing that a node would start with, and may be run again.
func Restore(ctx context.Context, file string, u Unlock, to Target) (out Restored, err error) {
	r := &restoring{to: to, folder: filepath.Join(to.Data, Restoring), final: to.Database}
	r.staged = filepath.Join(r.folder, "node.db")
	if !db.IsServer(to.Database) {
		// Beside its place, as it can be moved at once only within a file system.
		r.final = strings.TrimPrefix(to.Database, "file:")
		r.staged = r.final + "." + Restoring
	}
	if done, err := r.resume(ctx); err != nil || done {
		return Restored{Finished: done}, err
	}
	if err := r.empty(ctx); err != nil {
		return out, err
	}
	defer func() {
		if err != nil && !r.ready { // once it is ready, the next run looks how far it came
			err = errors.Join(err, r.clear())
		}
	}()
	in, err := openFile(file)
	if err != nil {
		return out, err
	}
	defer in.Close()
	plain, err := u.unwrap(in)
	if err != nil {
		return out, err
	}
	s := &stage{database: r.staged, folder: filepath.Join(r.folder, "files"), admit: r.admit}
	defer s.close()
	// The epoch begins before anything else is written: what was published of the old one ends there.
	s.proved = func(ctx context.Context, proved Report) error {
		out.Report = proved
		return r.epoch(ctx, s, &out)
	}
	if out.Report, err = s.fill(ctx, plain, to.Public, to.Tell); err != nil {
		return out, err
	}
	if err := s.close(); err != nil {
		return out, err
	}
	return out, r.use(ctx)
}

type restoring struct {
	to     Target
	folder string // of what is not in use yet
	staged string // the database there
	final  string // the database's place
	id     string
	ready  bool
}

// resume finishes a restore that was killed after its database was brought into use, and clears
// what one left that was killed before.
func (r *restoring) resume(ctx context.Context) (done bool, err error) {
	id, err := os.ReadFile(filepath.Join(r.folder, readyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, r.clear()
	}
	if err != nil {
		return false, err
	}
	if !db.IsServer(r.to.Database) {
		if _, err := os.Lstat(r.final); errors.Is(err, fs.ErrNotExist) {
			return false, r.clear()
		}
	}
	d, err := db.Open(ctx, r.to.Database, db.Options{})
	if err != nil {
		return false, err
	}
	defer d.Close()
	var have string
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		have, err = db.Setting(ctx, tx, bundle.RestoredSetting)
		return err
	})
	if err != nil {
		return false, err
	}
	if have == "" || have != string(id) {
		return false, r.clear()
	}
	return true, r.settle()
}

// clear removes what is not in use.
func (r *restoring) clear() error {
	var errs []error
	if !db.IsServer(r.to.Database) {
		for _, tail := range []string{"", "-wal", "-shm", "-journal"} {
			if err := os.Remove(r.staged + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(append(errs, os.RemoveAll(r.folder))...)
}

// empty refuses places where something is, and makes the folders.
func (r *restoring) empty(ctx context.Context) error {
	list, err := os.ReadDir(r.to.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range list {
		if e.Name() != "lost+found" { // the root of a file system
			return fmt.Errorf("the folder %s holds %s: a backup is restored into an empty place alone, so that nothing is overwritten; "+
				"name a new folder with --data, or move the old one away", r.to.Data, e.Name())
		}
	}
	if db.IsServer(r.to.Database) {
		d, err := db.Open(ctx, r.to.Database, db.Options{NoBackup: true})
		if err != nil {
			return err
		}
		defer d.Close()
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			empty, err := tx.Empty(ctx)
			return errors.Join(err, notEmpty(empty))
		})
		if errors.Is(err, ErrNotEmpty) {
			err = fmt.Errorf("the database %s holds something: a backup is restored into an empty one alone; make a new one", db.Redact(r.to.Database))
		}
		if err != nil {
			return err
		}
	} else if _, err := os.Lstat(r.final); err == nil {
		return fmt.Errorf("the database %s exists: a backup is restored into an empty place alone; move it away, or name another with --db", r.final)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.MkdirAll(r.folder, 0o700))
}

// epoch begins the new epoch in the database that was built, and puts the keys beside it.
func (r *restoring) epoch(ctx context.Context, s *stage, out *Restored) error {
	secret, public, err := r.key(s)
	if err != nil {
		return err
	}
	out.NewKey = s.header.Public != "" && public != s.header.Public
	r.id = rand.Text()
	who := access.Operator("restore")
	begin := func(ctx context.Context, tx *db.Tx) error {
		if err := access.May(who, ledger.RestoreAct, access.Header{}); err != nil {
			return err
		}
		published, size, err := r.published(ctx, tx, s)
		if err != nil {
			return err
		}
		if _, _, err := bundle.Due(ctx, s.db, tx); err != nil { // the entry of the restore signs for it
			return err
		}
		out.Lost = max(0, size-out.Ledger.Entries)
		if err := ledger.Restore(ctx, tx, who.By(), ledger.Restored{Backup: s.header.Time, Published: published}, secret); err != nil {
			return err
		}
		return db.Set(ctx, tx, bundle.RestoredSetting, r.id)
	}
	err = s.db.Together(ctx, func(ctx context.Context) error { return s.db.Write(ctx, begin) })
	if err == nil && !db.IsServer(r.to.Database) { // into another database it is copied, and made there
		_, err = bundle.Objects(s.db).Reindex(ctx)
		s.sought = err == nil
	}
	if err != nil || secret == "" {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(r.folder, KeyMember), []byte(secret+"\n"), 0o600),
		os.WriteFile(filepath.Join(r.folder, PublicMember), []byte(public+"\n"), 0o644))
}

// ErrNoKey is returned where a node would be left without a key.
var ErrNoKey = errors.New("the backup does not hold the node's key, as it should be kept apart: name the file node.key that you kept with --key; " +
	"if it is lost, --new-key makes a new one, which the log will say")

// admit refuses early what would be refused in the end.
func (r *restoring) admit(h Header) error {
	if h.Public != "" && !h.Key && r.to.Secret == "" && !r.to.NewKey {
		return ErrNoKey
	}
	return nil
}

// key gives the keys of the node that is restored.
func (r *restoring) key(s *stage) (secret, public string, err error) {
	known := s.header.Public
	secret = strings.TrimSpace(r.to.Secret)
	if secret == "" {
		secret = strings.TrimSpace(s.extra[KeyMember])
	}
	switch {
	case secret != "":
		if public, err = ledger.Public(secret); err != nil {
			return "", "", fmt.Errorf("the node's key cannot be read: it is the content of the file node.key, not of node.pub (%w)", err)
		}
		if known != "" && public != known {
			return "", "", fmt.Errorf("the key is that of another node (%s) than the backup (%s)", public, known)
		}
		return secret, public, nil
	case known == "": // it never started; its first start makes the key
		return "", "", nil
	case r.to.NewKey:
		return ledger.GenerateKey("entente/" + strings.ToLower(rand.Text()[:16]))
	}
	return "", "", ErrNoKey
}

// published gives the last checkpoint that is known to have been published: the one that the
// operator kept, or the one in the backup.
func (r *restoring) published(ctx context.Context, tx *db.Tx, s *stage) (signed string, size int64, err error) {
	for _, c := range []string{r.to.Published, s.extra[CheckpointMember], s.header.Signed} {
		if c == "" {
			continue
		}
		p, current, err := ledger.Current(ctx, tx, c)
		if c == r.to.Published && (err != nil || !current) {
			return "", 0, fmt.Errorf("the checkpoint of --checkpoint is none of this node: %w", errors.Join(err, errNotCurrent(current)))
		}
		if err == nil && current && p.Size > size {
			signed, size = c, p.Size
		}
	}
	return signed, size, nil
}

func errNotCurrent(current bool) error {
	if current {
		return nil
	}
	return errors.New("it is from before an earlier restore")
}

// use brings what was built into use.
func (r *restoring) use(ctx context.Context) error {
	if err := syncFile(r.staged); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.folder, readyFile), []byte(r.id), 0o600); err != nil {
		return err
	}
	r.ready = true
	for _, name := range []string{KeyMember, PublicMember, readyFile} {
		if err := syncFile(filepath.Join(r.folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := syncFolder(r.folder); err != nil {
		return err
	}
	if !db.IsServer(r.to.Database) {
		if err := place(r.staged, r.final); err != nil {
			return err
		}
		return r.settle()
	}
	from, err := db.Open(ctx, r.staged, db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := db.Open(ctx, r.to.Database, db.Options{})
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := Copy(ctx, from, to, r.to.Tell); err != nil {
		return err
	}
	return r.settle()
}

// settle moves what lies beside the database to its place. The database is in use by now.
func (r *restoring) settle() error {
	for _, name := range []string{"files", KeyMember, PublicMember} {
		err := os.Rename(filepath.Join(r.folder, name), filepath.Join(r.to.Data, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(syncFolder(r.to.Data), r.clear(), syncFolder(r.to.Data))
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
