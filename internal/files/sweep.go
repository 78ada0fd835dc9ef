package files

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Swept is what a sweep took away.
type Swept struct {
	Contents int
	Bytes    int64
}

// Sweep deletes what lies in the folder since before a time and nobody names: what came in and was
// never kept, and contents that remove deletes. remove is given the hash, and calls do where it found,
// under the lock of those who name contents, that nobody names this one.
func (f *Folder) Sweep(ctx context.Context, before time.Time, remove func(hash string, do func() error) error) (out Swept, err error) {
	defer func() { err = lost(err) }()
	root, err := f.at()
	if err != nil {
		return out, err
	}
	err = walk(root.FS(), func(o Other, modified time.Time) error {
		if ctx.Err() != nil || !modified.Before(before) {
			return ctx.Err()
		}
		gone := func() error {
			// It is looked at here, where nobody can put the same content anew meanwhile.
			at, err := root.Stat(o.Path)
			if errors.Is(err, fs.ErrNotExist) || err == nil && !at.ModTime().Before(before) {
				return nil
			}
			if err == nil {
				err = root.Remove(o.Path)
			}
			if err == nil {
				out.Contents++
				out.Bytes += at.Size()
			}
			return err
		}
		switch {
		case o.Left:
			return gone()
		case o.Hash != "":
			return remove(o.Hash, gone)
		}
		return nil // a stranger's file is the operator's matter
	})
	return out, err
}
