// Package seal keeps small secrets that the node itself must be able to read again: the secret of
// a second factor, the password of a mail server. They are encrypted and authenticated under a key
// derived from the node's, which lies outside the database, so that a copy of the database alone
// holds nothing of use. Each is bound to its purpose and to whom it belongs: a sealed secret that
// is moved to another row does not open. No cryptography of our own: HKDF (RFC 5869) with SHA-256,
// AES-256-GCM with random nonces.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// The faults of opening.
var (
	ErrKey     = errors.New("seal: it was sealed with the key of another node, or this node's key was replaced")
	ErrChanged = errors.New("seal: what is sealed was changed, or belongs elsewhere")
)

const (
	version  = 1
	markSize = 4 // tells one key from another, so that a wrong one has a clear fault
	keySize  = 32
)

// Box seals and opens with one node's key.
type Box struct {
	head []byte // version and mark, before everything that is sealed
	aead cipher.AEAD
}

// New makes the box of a node from its secret key, in whatever form that is written.
func New(nodeKey string) (*Box, error) {
	if len(nodeKey) < keySize {
		return nil, errors.New("seal: the node's key is too short to derive another from")
	}
	key, err := hkdf.Key(sha256.New, []byte(nodeKey), nil, "entente seal v1", keySize+markSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:keySize])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{append([]byte{version}, key[keySize:]...), aead}, nil
}

// Seal encrypts a secret for a purpose and whoever it belongs to.
func (b *Box) Seal(purpose, owner string, secret []byte) []byte {
	return b.aead.Seal(bytes.Clone(b.head), nil, secret, bound(purpose, owner))
}

// Open gives what was sealed for this purpose and owner: ErrKey under another key, ErrChanged for
// anything else that was not sealed so.
func (b *Box) Open(purpose, owner string, sealed []byte) ([]byte, error) {
	if len(sealed) < len(b.head) || sealed[0] != version {
		return nil, fmt.Errorf("%w (%d bytes of an unknown form)", ErrChanged, len(sealed))
	}
	if !bytes.HasPrefix(sealed, b.head) {
		return nil, ErrKey
	}
	secret, err := b.aead.Open(nil, nil, sealed[len(b.head):], bound(purpose, owner))
	if err != nil {
		return nil, ErrChanged
	}
	return secret, nil
}

// bound is what a secret is bound to; the length keeps two pairs from reading the same.
func bound(purpose, owner string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(purpose))), purpose+owner...)
}
