package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/note"
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
