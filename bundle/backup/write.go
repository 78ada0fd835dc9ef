package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/ledger"
	"entente/library"
)

// Source is a node as it is backed up.
type Source struct {
	DB      *db.DB
	Files   files.Store       // nil: the contents of files are left out
	Node    map[string]string // members of the node's folder that go into the file, by name
	Program string            // its version
	Tell    Progress
}

// chunkBytes is about how much of a table's rows makes a member.
const chunkBytes = 4 << 20

// Write writes a backup to w: the database as it is at one moment, and the contents that it names
// then. The node works meanwhile, for contents are never changed nor deleted. Contents that are
// missing or not sound are left out and listed in the manifest: the rest is worth keeping.
func Write(ctx context.Context, s Source, w io.Writer) (h Header, m Manifest, err error) {
	out := &writer{tar: tar.NewWriter(w), now: s.DB.Now(), manifest: Manifest{Rows: map[string]int64{}}, tell: s.Tell.every(tellEvery)}
	h = Header{Format: format, Program: s.Program, Engine: s.DB.Engine(), Time: db.Stamp(out.now), LeftOut: leftOut, Files: s.Files != nil}
	_, h.Key = s.Node[KeyMember]
	var named []files.Content
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := h.fill(ctx, s.DB, tx); err != nil {
			return err
		}
		data, err := json.MarshalIndent(h, "", " ")
		if err != nil {
			return err
		}
		if err := out.member(headerMember, data); err != nil {
			return err
		}
		for _, name := range []string{PublicMember, CheckpointMember, KeyMember} {
			if text, ok := s.Node[name]; ok {
				if err := out.member(nodeFolder+name, []byte(text)); err != nil {
					return err
				}
			}
		}
		for _, t := range h.Tables {
			if err := out.table(ctx, tx, t); err != nil {
				return err
			}
		}
		if s.Files != nil {
			named, err = library.Contents(ctx, tx)
		}
		return err
	})
	if err != nil {
		return h, m, err
	}
	for _, c := range named {
		if err := out.content(ctx, s.Files, c, len(named)); err != nil {
			return h, m, err
		}
	}
	data, err := json.MarshalIndent(out.manifest, "", " ")
	if err == nil {
		err = errors.Join(out.member(manifestMember, data), out.tar.Close())
	}
	return h, out.manifest, err
}

// fill completes the header from the snapshot.
func (h *Header) fill(ctx context.Context, d *db.DB, tx *db.Tx) error {
	tables, err := tx.Tables(ctx)
	if err != nil {
		return err
	}
	h.Tables = slices.DeleteFunc(tables, func(t db.Table) bool { return slices.Contains(leftOut, t.Name) })
	if h.Schema, err = d.Version(ctx); err != nil {
		return err
	}
	size, root, err := ledger.Head(ctx, tx)
	if err != nil {
		return err
	}
	if h.Entries = size; size > 0 {
		h.Root = base64.StdEncoding.EncodeToString(root[:])
	}
	if h.Signed, err = ledger.Newest(ctx, tx); err != nil {
		return err
	}
	h.Public, err = db.Setting(ctx, tx, db.PublicKey)
	return err
}

type writer struct {
	tar      *tar.Writer
	now      time.Time
	manifest Manifest
	tell     Progress
	rows     int64
}

// head begins a member.
func (w *writer) head(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.now.Truncate(time.Second)})
}

// member writes a whole member and notes its hash.
func (w *writer) member(name string, data []byte) error {
	sum := sha256.Sum256(data)
	w.manifest.Members = append(w.manifest.Members, Member{name, int64(len(data)), hex.EncodeToString(sum[:])})
	if err := w.head(name, int64(len(data))); err != nil {
		return err
	}
	_, err := w.tar.Write(data)
	return err
}

// table writes the rows of a table, in as many members as they need.
func (w *writer) table(ctx context.Context, tx *db.Tx, t db.Table) error {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return err
	}
	n, raw := 0, 0
	flush := func() error {
		if raw == 0 {
			return nil
		}
		if err := zip.Close(); err != nil {
			return err
		}
		n++
		if err := w.member(chunkName(t.Name, n), packed.Bytes()); err != nil {
			return err
		}
		packed.Reset()
		zip.Reset(&packed)
		raw = 0
		w.tell("  %d rows of the database are written", w.rows)
		return nil
	}
	var line []byte
	err = t.Rows(ctx, tx, func(row []any) (err error) {
		if line, err = appendRow(line[:0], row); err != nil {
			return fmt.Errorf("a row of %s: %w", t.Name, err)
		}
		if _, err := zip.Write(line); err != nil {
			return err
		}
		w.rows++
		w.manifest.Rows[t.Name]++
		if raw += len(line); raw >= chunkBytes {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// content writes the content of a file, or notes that it is not there. It is read twice, as the
// tar must not hold what is not what its name says.
func (w *writer) content(ctx context.Context, store files.Store, c files.Content, of int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := store.Open(c.Hash)
	if fault.Of(err) == fault.NotFound {
		w.manifest.Missing = append(w.manifest.Missing, c.Hash)
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	size, sound, err := check(r, c.Hash)
	if err != nil {
		return err
	}
	if !sound {
		w.manifest.Missing = append(w.manifest.Missing, c.Hash)
		return nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := w.head(contentName(c.Hash), size); err != nil {
		return err
	}
	if _, err := io.CopyN(w.tar, r, size); err != nil {
		return err
	}
	w.manifest.Files++
	w.manifest.Bytes += size
	w.tell("  %d of %d files are written", w.manifest.Files, of)
	return nil
}

// check reads a content and says whether it has the hash.
func check(r io.Reader, hash string) (size int64, sound bool, err error) {
	sum := sha256.New()
	size, err = io.Copy(sum, r)
	return size, hex.EncodeToString(sum.Sum(nil)) == hash, err
}
