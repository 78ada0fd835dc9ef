package ledger

import (
	"context"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/jcs"
)

// Forge appends an entry of any content, as whoever can write to the database may.
func Forge(ctx context.Context, tx *db.Tx, e Entry) (int64, error) {
	e.ID, e.When = ref.New(), db.Stamp(tx.Now())
	body, err := jcs.Marshal(e)
	if err != nil {
		return 0, err
	}
	return ForgeBody(ctx, tx, e.ID, body)
}

// ForgeBody appends an entry of any bytes.
func ForgeBody(ctx context.Context, tx *db.Tx, id ref.ID, body []byte) (int64, error) {
	seq, err := Size(ctx, tx)
	if err != nil {
		return 0, err
	}
	salt := freshSalt()
	leaf := commit(entryPrefix, salt, body)
	if _, err := tx.Exec(ctx, `insert into entry (seq, id, body, salt, leaf) values ($1, $2, $3, $4, $5) -- ledger.Forge`, seq, id, body, salt, leaf); err != nil {
		return 0, err
	}
	return seq, grow(ctx, tx, seq, leaf)
}

// SignEntry signs any entry by any key.
func SignEntry(ctx context.Context, tx *db.Tx, secret string, seq int64) error {
	var leaf []byte
	if err := tx.QueryRow(ctx, `select leaf from entry where seq = $1 -- ledger.SignEntry`, seq).Scan(&leaf); err != nil {
		return err
	}
	return sign(ctx, tx, secret, seq, leaf)
}
