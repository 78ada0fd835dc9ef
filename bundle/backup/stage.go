package backup

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/ledger"
	"entente/library"
)

// Report is what was found in a backup that is sound.
type Report struct {
	Header   Header
	Manifest Manifest
	Ledger   ledger.Report
	Objects  int64
}

// stage builds a node from a backup, in a place that nobody uses yet.
type stage struct {
	database string // path of the file to make
	folder   string // where contents go; "": they are looked at and not kept
	admit    func(Header) error
	proved   func(context.Context, Report) error // once the log is; before anything is derived anew

	header Header
	db     *db.DB
	tables []db.Table
	store  *files.Folder
	sought bool     // the index of the search is made
	seen   []string // hashes, in their order
	extra  map[string]string
}

// begin makes the database at the version that the backup was made of.
func (s *stage) begin(ctx context.Context, h Header) (err error) {
	s.header, s.extra = h, map[string]string{}
	if s.admit != nil {
		if err := s.admit(h); err != nil {
			return err
		}
	}
	if s.db, err = db.Open(ctx, s.database, db.Options{Volatile: true, Target: h.Schema}); err != nil {
		return err
	}
	v, err := s.db.Version(ctx)
	if err != nil {
		return err
	}
	if v != h.Schema {
		return fmt.Errorf("the backup has the version %d of the tables and this program knows versions up to %d: use the program that wrote it (%s) or a newer one",
			h.Schema, v, h.Program)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		s.tables, err = tx.Tables(ctx)
		return err
	})
	if err != nil {
		return err
	}
	s.tables = slices.DeleteFunc(s.tables, func(t db.Table) bool { return slices.Contains(leftOut, t.Name) })
	if !slices.EqualFunc(s.tables, h.Tables, db.Table.Same) {
		return damaged("the header lists other tables than version %d has", h.Schema)
	}
	if s.folder != "" {
		s.store, err = files.Open(s.folder, 1<<62)
	}
	return err
}

func (s *stage) node(name string, data []byte) error {
	s.extra[name] = string(data)
	return nil
}

func (s *stage) rows(ctx context.Context, t db.Table, each func(func([]any) error) error) error {
	i := slices.IndexFunc(s.tables, func(have db.Table) bool { return have.Name == t.Name })
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		f := s.tables[i].Fill(tx)
		if err := each(func(row []any) error { return f.Add(ctx, row) }); err != nil {
			return err
		}
		return f.Flush(ctx)
	})
}

func (s *stage) content(ctx context.Context, hash string, size int64, r io.Reader) error {
	s.seen = append(s.seen, hash)
	if s.store == nil {
		_, err := io.Copy(io.Discard, r)
		return err
	}
	in, err := s.store.Take(ctx, r)
	if err != nil {
		return err
	}
	defer in.Drop()
	if in.Hash != hash || in.Size != size {
		return damaged("the file %s was changed", hash)
	}
	return in.Keep()
}

func (s *stage) close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// fill reads a whole backup into the stage, upgrades it, and verifies it. public is the node's key,
// "" for the one in the backup.
func (s *stage) fill(ctx context.Context, r io.Reader, public string, tell Progress) (out Report, err error) {
	out.Header, out.Manifest, err = read(ctx, r, s, tell)
	if err != nil {
		// A row that the database refuses, as one that stands twice, was not written by us.
		if s.db != nil && ctx.Err() == nil && db.Duplicate(err) {
			err = damaged("the file was changed: %v", err)
		}
		return out, err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return out, told(err)
	}
	if err := s.db.Close(); err != nil {
		return out, err
	}
	if s.db, err = db.Open(ctx, s.database, db.Options{Volatile: true, NoBackup: true}); err != nil {
		return out, err
	}
	if tell != nil {
		tell("  everything is read; verifying")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if out.Ledger, err = verifyLog(ctx, tx, public); err != nil {
			return err
		}
		root := ""
		if out.Ledger.Entries > 0 {
			root = base64.StdEncoding.EncodeToString(out.Ledger.Root[:])
		}
		if out.Ledger.Entries != s.header.Entries || root != s.header.Root {
			return damaged("the log in the backup is another than its header says")
		}
		return nil
	})
	if err == nil && s.proved != nil {
		err = s.proved(ctx, out)
	}
	if err == nil {
		err = s.derive(ctx, tell)
	}
	if err != nil {
		return out, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if out.Objects, err = verifyObjects(ctx, tx, !s.sought); err != nil {
			return err
		}
		return s.complete(ctx, tx, out.Manifest)
	})
	return out, err
}

// derive brings what an older program derived to this program's versions, before it is compared
// with what this program would derive.
func (s *stage) derive(ctx context.Context, tell Progress) error {
	_, err := bundle.Objects(s.db).Derive(ctx, func(kind string, done, total int64) {
		if tell != nil {
			tell("  %d of %d objects of the kind %s are derived anew", done, total, kind)
		}
	})
	return err
}

// complete says whether every content that the database names is there.
func (s *stage) complete(ctx context.Context, tx *db.Tx, m Manifest) error {
	if !s.header.Files {
		return nil
	}
	named, err := library.Contents(ctx, tx)
	if err != nil {
		return err
	}
	for _, c := range named {
		if _, there := slices.BinarySearch(s.seen, c.Hash); !there && !slices.Contains(m.Missing, c.Hash) {
			return damaged("the file %s is named by the database and is not in the backup", c.Hash)
		}
	}
	return nil
}

// verifyLog verifies a database's log. A difference is a Damage.
func verifyLog(ctx context.Context, tx *db.Tx, public string) (r ledger.Report, err error) {
	if public == "" {
		if public, err = db.Setting(ctx, tx, db.PublicKey); err != nil {
			return r, err
		}
	}
	r, err = ledger.Verify(ctx, tx, public, "")
	if err == nil && r.Difference != "" {
		err = Damage{r.Difference}
	}
	return r, err
}

// verifyObjects compares everything in the stage that can be compared with its log. A difference is
// a Damage. A backup holds no index for the search: it is made when it is restored, and not compared before.
func verifyObjects(ctx context.Context, tx *db.Tx, noSearch bool) (objects int64, err error) {
	f := access.Findings{NoSearch: noSearch}
	objects, err = bundle.Compare(ctx, tx, &f)
	if err == nil && f.Count > 0 {
		f.Name(ctx, tx)
		err = Damage{f.String()}
	}
	return objects, err
}

// Verify looks whether a backup is sound: every member, and, as if it were restored, the log, the
// objects and that every file is there. It needs room for the database in a temporary folder, and
// leaves nothing. A Damage says what is wrong with the file.
func Verify(ctx context.Context, file string, u Unlock, public string, tell Progress) (out Report, err error) {
	in, err := openFile(file)
	if err != nil {
		return out, err
	}
	defer in.Close()
	r, err := u.unwrap(in)
	if err != nil {
		return out, err
	}
	folder, err := os.MkdirTemp("", "entente-verify-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(folder)
	s := &stage{database: filepath.Join(folder, "node.db")}
	defer s.close()
	return s.fill(ctx, r, public, tell)
}

// Contents is what was found of the contents that a database names.
type Contents struct {
	Files, Bytes int64 // that are sound
	Missing      []string
	Changed      []string // their content is not what their name says
}

// Store looks at every content that a database names: whether it is there, and what its name says.
func Store(ctx context.Context, d *db.DB, store files.Store, tell Progress) (out Contents, err error) {
	named, err := Named(ctx, d)
	if err != nil {
		return out, err
	}
	tell = tell.every(tellEvery)
	for _, hash := range named {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		n, sound, err := lookAt(store, hash)
		switch {
		case fault.Of(err) == fault.NotFound:
			out.Missing = append(out.Missing, hash)
			continue
		case ctx.Err() != nil:
			return out, ctx.Err()
		case err != nil || !sound: // also where something else than a file is in its place
			out.Changed = append(out.Changed, hash)
			continue
		}
		out.Files++
		out.Bytes += n
		tell("  %d of %d files are read", out.Files, len(named))
	}
	return out, nil
}

// Named gives the hashes of the contents that a database names, in their order.
func Named(ctx context.Context, d *db.DB) (hashes []string, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := library.Contents(ctx, tx)
		for _, c := range all {
			hashes = append(hashes, c.Hash)
		}
		return err
	})
	return hashes, err
}

func lookAt(store files.Store, hash string) (int64, bool, error) {
	r, err := store.Open(hash)
	if err != nil {
		return 0, false, err
	}
	defer r.Close()
	return check(r, hash)
}
