package dbtest

import (
	"context"
	"crypto/rand"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"entente/internal/db"
)

// Key gives a database a key of its node's, for acts that are signed.
func Key(t testing.TB, d *db.DB) (secret, public string) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "entente/test")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, db.PublicKey, public) }); err != nil {
		t.Fatal(err)
	}
	d.Hold(secret, nil)
	return secret, public
}
