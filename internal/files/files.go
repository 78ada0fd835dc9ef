// Package files keeps the bytes of files under the hash of their content, outside the database.
// It knows neither names nor readers: who may have a file is decided by the object that points at
// its content. What was kept is never changed and never deleted here.
package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"entente/internal/fault"
)

// Store keeps contents.
type Store interface {
	// Put reads a content to its end and keeps it, once admit has looked at it. When Put has
	// returned without an error the content survives a crash of the machine: a transaction that
	// names it may follow. What admit refuses leaves nothing behind.
	Put(ctx context.Context, r io.Reader, admit func(context.Context, Incoming) error) (Content, error)
	// Open gives a content that was kept, or NotFound.
	Open(hash string) (io.ReadSeekCloser, error)
}

// Content names what was kept.
type Content struct {
	Hash string // SHA-256, in hexadecimal
	Size int64
}

// Incoming is a content that is not kept yet.
type Incoming struct {
	Content
	Path string // of the file that holds it, for a program that looks at it
	Data io.ReaderAt
}

// Folder is a store in a folder of this machine. No name that is asked for leads out of it.
type Folder struct {
	root  *os.Root
	path  string
	limit int64
}

// Open opens a folder, and makes it where it is not there. limit is how many bytes a content may
// have at most.
func Open(path string, limit int64) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{root, path, limit}, nil
}

// Close gives the folder back.
func (f *Folder) Close() error { return f.root.Close() }

// Put keeps a content; see Store. Memory stays flat whatever its size.
func (f *Folder) Put(ctx context.Context, r io.Reader, admit func(context.Context, Incoming) error) (c Content, err error) {
	name := "incoming-" + rand.Text()
	w, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return c, err
	}
	defer func() {
		_ = w.Close()
		if err != nil {
			_ = f.root.Remove(name)
		}
	}()
	sum := sha256.New()
	if c.Size, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(r, f.limit+1)); err != nil {
		return c, err
	}
	if c.Size > f.limit {
		return c, fault.New(fault.TooLarge, "")
	}
	c.Hash = hex.EncodeToString(sum.Sum(nil))
	if err = w.Sync(); err != nil {
		return c, err
	}
	if err = admit(ctx, Incoming{c, filepath.Join(f.path, name), w}); err != nil {
		return c, err
	}
	folder, to := place(c.Hash)
	if err = f.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return c, err
	}
	if err = f.root.Rename(name, to); err != nil { // over the same content, if it is there already
		return c, err
	}
	return c, errors.Join(f.sync(folder), f.sync("."))
}

// sync makes the names in a folder survive a crash.
func (f *Folder) sync(folder string) error {
	d, err := f.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open gives a content; see Store.
func (f *Folder) Open(hash string) (io.ReadSeekCloser, error) {
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size {
		return nil, fault.Because(fault.NotFound, fmt.Errorf("files: %q is no hash", hash))
	}
	_, at := place(hash)
	r, err := f.root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Because(fault.NotFound, fmt.Errorf("files: the content %s is not in %s", hash, f.path))
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// place is where a content lies: few enough to a folder that an operator can list one.
func place(hash string) (folder, path string) { return hash[:2], hash[:2] + "/" + hash[2:] }
