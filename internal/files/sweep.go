package files

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"
)

// Swept is what a sweep took away.
type Swept struct {
	Contents int
	Bytes    int64
}

// Sweep deletes what lies in the folder since before a time and nobody names: what came in and was
// never kept, and contents for which remove gives true. remove is given the hash, and calls do where
// it found, under the lock of those who name contents, that nobody names this one.
func (f *Folder) Sweep(ctx context.Context, before time.Time, remove func(hash string, do func() error) error) (out Swept, err error) {
	defer func() { err = lost(err) }()
	root, err := f.at()
	if err != nil {
		return out, err
	}
	// Nothing but what this package names is touched: a stranger's file is the operator's matter.
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		folder, rest, deep := strings.Cut(path, "/")
		hash := folder + rest
		switch {
		case !deep && strings.HasPrefix(path, incoming):
			hash = ""
		case !deep || len(folder) != 2 || !isHash(hash):
			return nil
		}
		gone := func() error {
			// It is looked at here, where nobody can put the same content anew meanwhile.
			at, err := root.Stat(path)
			if errors.Is(err, fs.ErrNotExist) || err == nil && !at.ModTime().Before(before) {
				return nil
			}
			if err == nil {
				err = root.Remove(path)
			}
			if err == nil {
				out.Contents++
				out.Bytes += at.Size()
			}
			return err
		}
		at, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !at.ModTime().Before(before) {
			return nil
		}
		if err != nil {
			return err
		}
		if hash == "" {
			return gone()
		}
		return remove(hash, gone)
	})
	return out, err
}
