package ledger

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"entente/internal/db"
	"entente/standard/jcs"

	"golang.org/x/mod/sumdb/tlog"
)

// Rewrite changes an entry, with its leaf and the tree from there on, as whoever can write to the
// database may.
func Rewrite(ctx context.Context, tx *db.Tx, seq int64, change func(*Entry)) error {
	var body []byte
	if err := tx.QueryRow(ctx, `select body from entry where seq = $1 -- ledger.Rewrite`, seq).Scan(&body); err != nil {
		return err
	}
	var e Entry
	if err := json.Unmarshal(body, &e); err != nil {
		return err
	}
	change(&e)
	body, err := jcs.Marshal(e)
	if err != nil {
		return err
	}
	salt := freshSalt()
	if _, err := tx.Exec(ctx, `update entry set body = $1, salt = $2, leaf = $3 where seq = $4 -- ledger.Rewrite`,
		body, salt, commit(entryPrefix, salt, body), seq); err != nil {
		return err
	}
	return Regrow(ctx, tx, seq)
}

// ForgeState appends an entry of any content and the revision that it left.
func ForgeState(ctx context.Context, tx *db.Tx, e Entry, state any) (int64, error) {
	body, err := jcs.Marshal(state)
	if err != nil {
		return 0, err
	}
	salt := freshSalt()
	e.Digest = hex.EncodeToString(commit(revisionPrefix, salt, body))
	seq, err := Forge(ctx, tx, e)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `insert into revision (object, rev, seq, body, salt, digest) values ($1, $2, $3, $4, $5, $6) -- ledger.ForgeState`,
		e.Object, e.Rev, seq, body, salt, e.Digest)
	return seq, err
}

// Regrow makes the tree anew from an entry on.
func Regrow(ctx context.Context, tx *db.Tx, seq int64) error {
	if _, err := tx.Exec(ctx, `delete from tlog_hash where idx >= $1 -- ledger.Regrow`, tlog.StoredHashCount(seq)); err != nil {
		return err
	}
	size, err := Size(ctx, tx)
	for ; err == nil && seq < size; seq++ {
		var leaf []byte
		if err = tx.QueryRow(ctx, `select leaf from entry where seq = $1 -- ledger.Regrow`, seq).Scan(&leaf); err == nil {
			err = grow(ctx, tx, seq, leaf)
		}
	}
	return err
}
