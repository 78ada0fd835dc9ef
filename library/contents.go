package library

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/files"
)

// Contents gives every content that the database names, in whatever version of a file, each once
// and in the order of their hashes: what the node's operator must keep. What was erased names
// none.
func Contents(ctx context.Context, tx *db.Tx) ([]files.Content, error) {
	return contents(ctx, tx, -1)
}

// contents gives the same of the acts after an entry.
func contents(ctx context.Context, tx *db.Tx, after int64) ([]files.Content, error) {
	rows, err := tx.Query(ctx, `select r.body from revision r join library_file f on f.id = r.object
		where r.seq > $1 and r.body is not null -- library.contents`, after)
	all, err := db.Rows(rows, err, func(r *sql.Rows) (c files.Content, err error) {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return c, err
		}
		_, v, err := Files.Decode(body)
		if f, ok := v.(*File); ok {
			c = files.Content{Hash: f.Hash, Size: f.Size}
		}
		return c, err
	})
	slices.SortFunc(all, func(a, b files.Content) int { return strings.Compare(a.Hash, b.Hash) })
	return slices.Compact(all), err
}

// Bytes gives how many bytes the files have, each in the version that stands.
func Bytes(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(size), 0) from library_file -- library.Bytes`).Scan(&n)
	return n, err
}
