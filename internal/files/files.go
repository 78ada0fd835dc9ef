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
	"sync"

	"entente/internal/disk"
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
	// Ready says whether contents can be kept and read: nil or Unavailable.
	Ready() error
	// Free gives how many bytes can still be kept, and false where that cannot be told.
	Free() (int64, bool)
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
	path  string
	limit int64

	mu   sync.Mutex
	root *os.Root // read it by at
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
	return &Folder{path: path, limit: limit, root: root}, nil
}

// Close gives the folder back.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.root.Close()
}

// at gives the folder as it lies at its path now. A disk that was taken out and put back, or a
// folder that was moved, is another one: what is open still would lead to where nobody looks.
func (f *Folder) at() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := os.Stat(f.path)
	if err != nil {
		return nil, lost(err)
	}
	if open, err := f.root.Stat("."); err == nil && os.SameFile(now, open) {
		return f.root, nil
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, lost(err)
	}
	// The one of before is left to the garbage collector: somebody may be at work in it.
	f.root = root
	return root, nil
}

// lost makes Unavailable of what a disk could not do, and leaves any other error as it is.
func lost(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	if fault.Of(err) == "" && (errors.As(err, &path) || errors.As(err, &link)) {
		return fault.Because(fault.Unavailable, err)
	}
	return err
}

// Ready says whether the folder is there and has room; see Store.
func (f *Folder) Ready() error {
	if _, err := f.at(); err != nil {
		return err
	}
	if err := disk.Room(f.path); err != nil {
		return fault.Because(fault.Unavailable, err)
	}
	return nil
}

// Free is how much room there is; see Store.
func (f *Folder) Free() (int64, bool) { return disk.Free(f.path) }

// Put keeps a content; see Store. Memory stays flat whatever its size. Where the folder is not
// there, or its disk is full, it gives Unavailable.
func (f *Folder) Put(ctx context.Context, r io.Reader, admit func(context.Context, Incoming) error) (c Content, err error) {
	defer func() { err = lost(err) }()
	root, err := f.at()
	if err != nil {
		return c, err
	}
	name := "incoming-" + rand.Text()
	w, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return c, err
	}
	defer func() {
		_ = w.Close()
		if err != nil {
			_ = root.Remove(name)
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
	if err = root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return c, err
	}
	if err = root.Rename(name, to); err != nil { // over the same content, if it is there already
		return c, err
	}
	return c, errors.Join(settle(root, folder), settle(root, "."))
}

// settle makes the names in a folder survive a crash.
func settle(root *os.Root, folder string) error {
	d, err := root.Open(folder)
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
	root, err := f.at()
	if err != nil {
		return nil, err
	}
	_, at := place(hash)
	r, err := root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Because(fault.NotFound, fmt.Errorf("files: the content %s is not in %s", hash, f.path))
	}
	if err != nil {
		return nil, lost(err)
	}
	return r, nil
}

// place is where a content lies: few enough to a folder that an operator can list one.
func place(hash string) (folder, path string) { return hash[:2], hash[:2] + "/" + hash[2:] }
