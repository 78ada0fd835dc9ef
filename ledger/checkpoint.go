package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"entente/internal/db"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a signed head of the tree in the form of C2SP tlog-checkpoint: origin, size and
// root hash, a line each, signed as a note.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	Since  int64 // of how many entries the log was when exceptional ones began to be signed; 0: it does not say
}

// sinceLine begins the extension line of a checkpoint (C2SP tlog-checkpoint, "Note text") that says
// since which size of the tree exceptional ones are signed: kept elsewhere, it is what an older copy cannot deny.
const sinceLine = "entente-signed-since "

// GenerateKey makes the pair of keys by which a node signs its checkpoints. The name is the
// origin and may not hold spaces or plus signs. The secret key belongs outside the database.
func GenerateKey(origin string) (secret, public string, err error) {
	return note.GenerateKey(rand.Reader, origin)
}

// text gives the note's text (C2SP tlog-checkpoint, "Note text").
func (c Checkpoint) text() string {
	s := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	if c.Since > 0 {
		s += sinceLine + strconv.FormatInt(c.Since, 10) + "\n"
	}
	return s
}

// ParseCheckpoint opens a signed checkpoint with the node's public key.
func ParseCheckpoint(signed, public string) (Checkpoint, error) {
	v, err := note.NewVerifier(public)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("public key: %w", err)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 {
		return Checkpoint{}, errors.New("checkpoint: fewer than three lines")
	}
	c := Checkpoint{Origin: lines[0]}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("checkpoint: root %q", lines[2])
	}
	copy(c.Root[:], root)
	for _, l := range lines[3:] {
		if n, ok := strings.CutPrefix(l, sinceLine); ok {
			if c.Since, err = strconv.ParseInt(n, 10, 64); err != nil || c.Since <= 0 {
				return Checkpoint{}, fmt.Errorf("checkpoint: %q", l)
			}
		}
	}
	return c, nil
}

// Sign makes, stores and gives the signed checkpoint of today's tree. It must be called in a
// write transaction; publish what it gives only after the commit, or a head is published that
// a lost transaction never had. An empty tree has no checkpoint: "" is given.
func Sign(ctx context.Context, tx *db.Tx, secret string) (string, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return "", fmt.Errorf("secret key: %w", err)
	}
	size, root, err := Head(ctx, tx)
	if err != nil || size == 0 {
		return "", err
	}
	seqs, err := epochSeqs(ctx, tx)
	if err != nil {
		return "", err
	}
	var have string
	err = tx.QueryRow(ctx, `select note from checkpoint where size = $1 -- ledger.Sign`, size).Scan(&have)
	if err == nil {
		return have, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	since, err := Begun(ctx, tx)
	if err != nil {
		return "", err
	}
	c := Checkpoint{origin(signer.Name(), len(seqs)+1), size, root, since + 1}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `insert into checkpoint (size, note) values ($1, $2) -- ledger.Sign`, size, string(signed))
	return string(signed), err
}
