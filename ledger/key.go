package ledger

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	"entente/internal/db"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Public gives the public key that belongs to a secret one, so that a node needs to keep only
// the secret.
func Public(secret string) (string, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return "", err
	}
	// PRIVATE+KEY+name+hash+key (note.GenerateKey); the last holds plus signs of its own. It is a
	// byte that names the algorithm, and the seed.
	parts := strings.SplitN(secret, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("the secret key has an unknown form")
	}
	key := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(signer.Name(), key)
}

// Extends says whether today's tree is that of the checkpoint or has grown from it. It is not
// when an older copy of the database was put back.
func Extends(ctx context.Context, tx *db.Tx, c Checkpoint) (bool, error) {
	size, err := Size(ctx, tx)
	if err != nil || c.Size > size || c.Size == 0 {
		return c.Size == 0 && err == nil, err
	}
	root, err := tlog.TreeHash(c.Size, stored{ctx, tx})
	return root == c.Root, err
}
