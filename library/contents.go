package library

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/ref"
)

// Contents gives every content that the database names, in whatever version of a file, each once
// and in the order of their hashes: what the node's operator must keep. What was erased names
// none.
func Contents(ctx context.Context, tx *db.Tx) ([]files.Content, error) {
	return contents(ctx, tx, -1)
}

// contents gives the same of the acts after an entry.
func contents(ctx context.Context, tx *db.Tx, after int64) ([]files.Content, error) {
	held, err := holders(ctx, tx, after)
	all := make([]files.Content, len(held))
	for i, h := range held {
		all[i] = h.Content
	}
	slices.SortFunc(all, func(a, b files.Content) int { return strings.Compare(a.Hash, b.Hash) })
	return slices.Compact(all), err
}

// holder is a content and the file that has it in some version.
type holder struct {
	files.Content
	file ref.ID
}

func holders(ctx context.Context, tx *db.Tx, after int64) ([]holder, error) {
	rows, err := tx.Query(ctx, `select r.object, r.body from revision r join library_file f on f.id = r.object
		where r.seq > $1 and r.body is not null order by r.seq -- library.holders`, after)
	return db.Rows(rows, err, func(r *sql.Rows) (h holder, err error) {
		var body []byte
		if err := r.Scan(&h.file, &body); err != nil {
			return h, err
		}
		_, v, err := Files.Decode(body)
		if f, ok := v.(*File); ok {
			h.Content = files.Content{Hash: f.Hash, Size: f.Size}
		}
		return h, err
	})
}

// Holders gives, for the operator, the file that has each content, by its hash; of several that have
// it, the newest.
func Holders(ctx context.Context, tx *db.Tx) (map[string]ref.ID, error) {
	held, err := holders(ctx, tx, -1)
	out := make(map[string]ref.ID, len(held))
	for _, h := range held {
		out[h.Hash] = h.file
	}
	return out, err
}

// Bytes gives how many bytes the files have, each in the version that stands.
func Bytes(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(size), 0) from library_file -- library.Bytes`).Scan(&n)
	return n, err
}
