// Package ledger is the append-only log: every act is one entry, committed in the act's own
// transaction, and every object's resulting state is a revision that its entry commits to.
// Entries form a Merkle tree (golang.org/x/mod/sumdb/tlog) whose head is signed as a checkpoint.
// It must never learn what an object means, and never lets a row be changed: nothing here updates,
// except that erasure nulls a body and its salt.
package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/jcs"

	"golang.org/x/mod/sumdb/tlog"
)

// The prefixes keep the two kinds of commitment apart: bytes of one can never be shown as the other.
const (
	entryPrefix    = "entente/entry/v1\n"
	revisionPrefix = "entente/revision/v1\n"
	saltSize       = 32
)

// By says who acted: the person, the institution and side the person spoke for, and, where the
// project team entered what somebody said by letter, on whose behalf. SuccessorOf names those in whose
// place the institution that speaks did it, since it succeeded them. Operator names a command
// of the node's operator or the node itself, where no person acted.
type By struct {
	Person      ref.ID `json:"person,omitempty"`
	Institution ref.ID `json:"institution,omitempty"`
	Side        ref.ID `json:"side,omitempty"`
	OnBehalfOf  ref.ID `json:"on_behalf_of,omitempty"`
	Operator    string `json:"operator,omitempty"`

	SuccessorOf []ref.ID `json:"successor_of,omitempty"`
}

// Act says what was done to which object. Rev is the revision that resulted, 0 where the act
// left none. Reason is what the actor gave as reason, in JSON text of any form, or empty.
type Act struct {
	Name     string
	Dialogue ref.ID
	Object   ref.ID
	Rev      int64
	Reason   string
	Part     ref.ID           // which of several things that belong to the object the act was about, a duty say, or whose asking it confirms; empty: the whole
	Erases   int64            // the contents of the object's revisions up to this one are erased; 0: nothing
	Also     func(Entry) bool // with them the entries that left them in which something is that must go too
}

// Entry is the body of one line as it is hashed. The order of fields is that of RFC 8785.
type Entry struct {
	Act      string  `json:"act"`
	By       By      `json:"by"`
	Dialogue ref.ID  `json:"dialogue,omitempty"`
	Digest   string  `json:"digest,omitempty"`
	Erased   *Erased `json:"erased,omitempty"`
	Erases   int64   `json:"erases,omitempty"`
	ID       ref.ID  `json:"id"`
	Object   ref.ID  `json:"object,omitempty"`
	Part     ref.ID  `json:"part,omitempty"`
	Reason   string  `json:"reason,omitempty"`
	Rev      int64   `json:"rev,omitempty"`
	When     string  `json:"when"`
}

// commit is the salted hash under a prefix. The salt keeps a reader of the tree from guessing
// short bodies.
func commit(prefix string, salt, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte(prefix))
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

func freshSalt() []byte {
	s := make([]byte, saltSize)
	if _, err := rand.Read(s); err != nil {
		panic(err) // crypto/rand does not fail on the systems we build for
	}
	return s
}

// Append writes the entry of an act, and with a non-nil snapshot the revision it resulted in:
// the canonical JSON (RFC 8785) of the object's whole state. It must be called inside the act's
// write transaction, which holds the node's lock, so that seq has no gap and no second claimant.
// It gives the entry's number, counted from 0; ErrSent where the context carries a form that has
// acted before. An act that erases is signed, and carried out here: it is refused with FaultKey
// where the node's key is not at hand.
func Append(ctx context.Context, tx *db.Tx, by By, act Act, snapshot any) (int64, error) {
	if err := take(ctx, tx, act.Object); err != nil {
		return 0, err
	}
	if act.Erases == 0 {
		seq, _, err := write(ctx, tx, by, act, snapshot, nil)
		return seq, err
	}
	secret, err := ready(ctx, tx)
	if err != nil {
		return 0, err
	}
	goes, err := chosen(ctx, tx, act)
	if err != nil {
		return 0, err
	}
	seq, err := appendSigned(ctx, tx, secret, by, act, snapshot, goes)
	if err != nil {
		return 0, err
	}
	return seq, goes.erase(ctx, tx)
}

// appendSigned writes an entry and its signature.
func appendSigned(ctx context.Context, tx *db.Tx, secret string, by By, act Act, snapshot any, goes *Erased) (int64, error) {
	seq, leaf, err := write(ctx, tx, by, act, snapshot, goes)
	if err != nil {
		return 0, err
	}
	return seq, sign(ctx, tx, secret, seq, leaf)
}

// write writes an entry, and the revision that it left.
func write(ctx context.Context, tx *db.Tx, by By, act Act, snapshot any, goes *Erased) (seq int64, leaf []byte, err error) {
	if err := tx.QueryRow(ctx, `select coalesce(max(seq) + 1, 0) from entry -- ledger.Append`).Scan(&seq); err != nil {
		return 0, nil, err
	}
	e := Entry{
		Act: act.Name, By: by, Dialogue: act.Dialogue, ID: ref.New(), Object: act.Object,
		Part: act.Part, Reason: act.Reason, Rev: act.Rev, Erased: goes, Erases: act.Erases, When: db.Stamp(tx.Now()),
	}
	var state []byte
	if snapshot != nil {
		body, err := jcs.Marshal(snapshot)
		if err != nil {
			return 0, nil, fmt.Errorf("ledger: snapshot of %s: %w", act.Object, err)
		}
		salt := freshSalt()
		e.Digest = hex.EncodeToString(commit(revisionPrefix, salt, body))
		state = body
		if _, err := tx.Exec(ctx, `insert into revision (object, rev, seq, body, salt, digest)
			values ($1, $2, $3, $4, $5, $6) -- ledger.Append`,
			act.Object, act.Rev, seq, body, salt, e.Digest); err != nil {
			return 0, nil, err
		}
	}
	if goes != nil {
		if wrong := cmp.Or(e.erases(state), e.stateless()); wrong != "" {
			return 0, nil, errors.New("ledger: " + wrong)
		}
	}
	body, err := jcs.Marshal(e)
	if err != nil {
		return 0, nil, err
	}
	salt := freshSalt()
	leaf = commit(entryPrefix, salt, body)
	if _, err := tx.Exec(ctx, `insert into entry (seq, id, body, salt, leaf)
		values ($1, $2, $3, $4, $5) -- ledger.Append`, seq, e.ID, body, salt, leaf); err != nil {
		return 0, nil, err
	}
	return seq, leaf, grow(ctx, tx, seq, leaf)
}

// grow stores the hashes that the tree gains by leaf number seq.
func grow(ctx context.Context, tx *db.Tx, seq int64, leaf []byte) error {
	hashes, err := tlog.StoredHashesForRecordHash(seq, tlog.RecordHash(leaf), stored{ctx, tx})
	if err != nil {
		return fmt.Errorf("ledger: tree at %d: %w", seq, err)
	}
	at := tlog.StoredHashIndex(0, seq)
	for i, h := range hashes {
		if _, err := tx.Exec(ctx, `insert into tlog_hash (idx, hash) values ($1, $2) -- ledger.grow`,
			at+int64(i), h[:]); err != nil {
			return err
		}
	}
	return nil
}

// stored reads the tree's hashes from the database (tlog.HashReader).
type stored struct {
	ctx context.Context
	tx  *db.Tx
}

// ReadHashes gives the hashes at the indexes, in their order.
func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	var a db.Args
	in := ""
	for i, idx := range indexes {
		if i > 0 {
			in += ", "
		}
		in += a.Add(idx)
	}
	rows, err := s.tx.Query(s.ctx, `select idx, hash from tlog_hash where idx in (`+in+`) -- ledger.ReadHashes`, a.List()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[int64]tlog.Hash, len(indexes))
	for rows.Next() {
		var idx int64
		var b []byte
		if err := rows.Scan(&idx, &b); err != nil {
			return nil, err
		}
		var h tlog.Hash
		copy(h[:], b)
		found[idx] = h
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		h, ok := found[idx]
		if !ok {
			return nil, fmt.Errorf("tree hash %d is missing", idx)
		}
		out[i] = h
	}
	return out, nil
}

// Size gives the number of entries.
func Size(ctx context.Context, tx *db.Tx) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `select coalesce(max(seq) + 1, 0) from entry -- ledger.Size`).Scan(&n)
	return n, err
}
