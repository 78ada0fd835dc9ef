// Package files keeps the bytes of files under the hash of their content, outside the database.
// It knows neither names nor readers: who may have a file is decided by the object that points at
// its content. What comes in lies under a name of its own until somebody keeps it; what was kept is
// never changed, and deleted by Sweep alone.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"entente/internal/disk"
	"entente/internal/fault"
)

// Store keeps contents.
type Store interface {
	// Take reads a content to its end. It is none of the store's contents yet: Keep makes it one,
	// Drop forgets it. What is too large, or more than there is room for, leaves nothing behind.
	Take(ctx context.Context, r io.Reader) (*Incoming, error)
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

// Folder is a store in a folder of this machine. No name that is asked for leads out of it.
type Folder struct {
	path    string
	limit   int64
	reserve int64
	taken   atomic.Int64

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

// Reserve sets how many bytes of the disk are left to everything else: no content is taken that
// would leave less. It is called before the folder is used.
func (f *Folder) Reserve(bytes int64) { f.reserve = bytes }

// Taken gives how many bytes came in since the folder was opened, whether they were kept or not.
func (f *Folder) Taken() int64 { return f.taken.Load() }

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

// Free is how much room there is for contents; see Store. Less than nothing is left where the
// reserve was touched.
func (f *Folder) Free() (int64, bool) {
	free, known := disk.Free(f.path)
	return free - f.reserve, known
}

// put makes a content of what came in.
func (f *Folder) put(root *os.Root, name, hash string) error {
	folder, to := place(hash)
	if err := root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := root.Rename(name, to); err != nil { // over the same content, if it is there already
		return err
	}
	return errors.Join(settle(root, folder), settle(root, "."))
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
	if !isHash(hash) {
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

// isHash says whether a word can be the name of a content.
func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size
}

// place is where a content lies: few enough to a folder that an operator can list one.
func place(hash string) (folder, path string) { return hash[:2], hash[:2] + "/" + hash[2:] }
