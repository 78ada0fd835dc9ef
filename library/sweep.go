package library

import (
	"context"

	"entente/internal/db"
	"entente/internal/files"
)

// Sweep deletes the contents that no file names, in any of its versions, and what came in and was
// never kept: what a crash, or an act that failed at its very end, left behind.
func Sweep(ctx context.Context, d *db.DB, store *files.Folder) (files.Swept, error) {
	named := map[string]bool{}
	var seen int64
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `select coalesce(max(seq), -1) from entry -- library.Sweep`).Scan(&seen); err != nil {
			return err
		}
		all, err := Contents(ctx, tx)
		for _, c := range all {
			named[c.Hash] = true
		}
		return err
	})
	if err != nil {
		return files.Swept{}, err
	}
	return store.Sweep(ctx, d.Now().Add(-files.UploadLasts), func(hash string, remove func() error) error {
		if named[hash] {
			return nil
		}
		// Under the node's lock: an act that names the content has either ended or not begun.
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			since, err := contents(ctx, tx, seen)
			if err != nil {
				return err
			}
			for _, c := range since {
				if c.Hash == hash {
					return nil
				}
			}
			return remove()
		})
	})
}
