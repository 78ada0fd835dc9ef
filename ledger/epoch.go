package ledger

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/standard/jcs"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// RestoreAct is the act by which a database that was put back from a backup goes on.
const RestoreAct = "node.restore"

// EpochsSetting lists the entries that began an epoch, in the node's settings. Verification
// compares it with the log.
const EpochsSetting = "epochs"

// Restored is what the entry of a restore says. The log that follows is another than the one
// that may have been published after the backup was made, so it is signed under another origin:
// an epoch. What was published before stays provable up to the backup, and what came after it is
// admitted to be lost.
type Restored struct {
	Backup    string `json:"backup"`              // when it was made
	Entries   int64  `json:"entries"`             // that it holds
	Root      string `json:"root"`                // of its tree, in base64
	Published string `json:"published,omitempty"` // the last checkpoint known to have been published, as it was signed
	Key       string `json:"key,omitempty"`       // the public key from here on
	Before    string `json:"before,omitempty"`    // the public key until then, where it is another
	Signed    bool   `json:"signed,omitempty"`    // the entry is signed by the key
}

// epoch is a stretch of the log that was signed under one origin.
type epoch struct {
	n        int
	from, to int64 // sizes of the tree: a checkpoint of the epoch has from < size <= to
	key      string
	end      *Restored // how it ended; nil for today's
	signed   bool      // the entry that ended it is, by the node's key
}

// origin names the epoch in checkpoints, given the name of its key.
func origin(name string, n int) string {
	if n == 1 {
		return name
	}
	return name + "/" + strconv.Itoa(n)
}

// Head gives the size of today's tree and its root.
func Head(ctx context.Context, tx *db.Tx) (size int64, root tlog.Hash, err error) {
	if size, err = Size(ctx, tx); err != nil || size == 0 {
		return size, root, err
	}
	root, err = tlog.TreeHash(size, stored{ctx, tx})
	return size, root, err
}

// Newest gives the newest checkpoint that was signed, "" before there is one.
func Newest(ctx context.Context, tx *db.Tx) (signed string, err error) {
	err = tx.QueryRow(ctx, `select note from checkpoint order by size desc limit 1 -- ledger.Newest`).Scan(&signed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return signed, err
}

// Restore begins a new epoch: it appends the entry that names the backup and the last checkpoint
// that was published. What r says of the keys is completed; with a new public key the node signs
// by that one from here on. The entry is signed by secret, the key from here on; it may be "" for a
// node alone that has no key yet. It refuses a published checkpoint that is none of this log.
func Restore(ctx context.Context, tx *db.Tx, by By, r Restored, secret string) error {
	newKey := ""
	if secret != "" {
		var err error
		if newKey, err = Public(secret); err != nil {
			return err
		}
	}
	size, root, err := Head(ctx, tx)
	if err != nil {
		return err
	}
	known, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return err
	}
	if secret == "" && known != "" {
		return fault.New(fault.Unavailable, FaultKey)
	}
	r.Entries, r.Root, r.Key = size, base64.StdEncoding.EncodeToString(root[:]), known
	r.Signed = secret != ""
	if newKey != "" && newKey != known {
		r.Key, r.Before = newKey, known
	}
	if r.Published != "" {
		list, err := epochs(ctx, tx, known)
		if err != nil {
			return err
		}
		c, of, err := openIn(list, r.Published)
		if err != nil || of.end != nil {
			return fmt.Errorf("the checkpoint that was published is none of this node, or one from before an earlier restore: %v", err)
		}
		if c.Size <= size {
			at, err := tlog.TreeHash(c.Size, stored{ctx, tx})
			if err != nil {
				return err
			}
			if at != c.Root {
				return fmt.Errorf("the checkpoint of size %d that was published is not of the log in this backup", c.Size)
			}
		}
	}
	seqs, err := epochSeqs(ctx, tx)
	if err != nil {
		return err
	}
	reason, err := jcs.Marshal(r)
	if err != nil {
		return err
	}
	act := Act{Name: RestoreAct, Reason: string(reason)}
	var seq int64
	if secret == "" {
		seq, err = Append(ctx, tx, by, act, nil)
	} else {
		seq, err = appendSigned(ctx, tx, secret, by, act, nil, nil)
	}
	if err != nil {
		return err
	}
	list := ""
	for _, s := range append(seqs, seq) {
		list += " " + strconv.FormatInt(s, 10)
	}
	if err := db.Set(ctx, tx, EpochsSetting, strings.TrimSpace(list)); err != nil || r.Key == known {
		return err
	}
	return db.Set(ctx, tx, db.PublicKey, r.Key)
}

// epochSeqs gives the entries that began an epoch.
func epochSeqs(ctx context.Context, tx *db.Tx) (out []int64, err error) {
	list, err := db.Setting(ctx, tx, EpochsSetting)
	if err != nil {
		return nil, err
	}
	for word := range strings.FieldsSeq(list) {
		seq, err := strconv.ParseInt(word, 10, 64)
		if err != nil || len(out) > 0 && seq <= out[len(out)-1] {
			return nil, fmt.Errorf("ledger: the setting %s is %q", EpochsSetting, list)
		}
		out = append(out, seq)
	}
	return out, nil
}

// epochs gives the epochs of the log, the oldest first, today's last. public is today's key.
func epochs(ctx context.Context, tx *db.Tx, public string) ([]epoch, error) {
	seqs, err := epochSeqs(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := []epoch{{n: 1, to: 1<<63 - 1, key: public}}
	for _, seq := range seqs {
		var body []byte
		err := tx.QueryRow(ctx, `select body from entry where seq = $1 -- ledger.epochs`, seq).Scan(&body)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		var e Entry
		var r Restored
		if err != nil || json.Unmarshal(body, &e) != nil || e.Act != RestoreAct || json.Unmarshal([]byte(e.Reason), &r) != nil {
			return nil, differ("entry %d began no epoch, and the setting %s says that it did", seq, EpochsSetting)
		}
		last := &out[len(out)-1]
		last.to, last.end = seq, &r
		out = append(out, epoch{n: last.n + 1, from: seq, to: 1<<63 - 1, key: public})
	}
	// From the newest back: each end says by which key was signed until then.
	for i := len(out) - 2; i >= 0; i-- {
		end := out[i].end
		if end.Key != out[i+1].key {
			return nil, differ("the node signs by the key %q since entry %d, and not by %q", end.Key, out[i].to, out[i+1].key)
		}
		if out[i].key = end.Key; end.Before != "" {
			out[i].key = end.Before
		}
		if out[i].signed, err = signatureHolds(ctx, tx, out[i].to, out[i+1].key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openIn opens a checkpoint of any of the epochs and says of which it is.
func openIn(list []epoch, signed string) (c Checkpoint, of epoch, err error) {
	for _, e := range slices.Backward(list) {
		c, err = ParseCheckpoint(signed, e.key)
		if err != nil {
			continue
		}
		name, err := keyName(e.key)
		if err != nil {
			return c, e, err
		}
		if c.Origin == origin(name, e.n) {
			return c, e, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("its origin %q is no epoch of this log", c.Origin)
	}
	return c, of, err
}

func keyName(public string) (string, error) {
	v, err := note.NewVerifier(public)
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return v.Name(), nil
}

// admits says whether the restore that ended the epoch admitted that a checkpoint of it is lost.
// Once a checkpoint says that exceptional entries are signed, no other restore can admit that.
func (e epoch) admits(c Checkpoint) bool {
	if e.end == nil || e.end.Published == "" || c.Since > 0 && !e.signed {
		return false
	}
	p, err := ParseCheckpoint(e.end.Published, e.key)
	return err == nil && p.Origin == c.Origin && (c.Size < p.Size || c.Size == p.Size && c.Root == p.Root)
}

// Extends says whether today's tree is that of the checkpoint or has grown from it, or lost it by
// a restore that admits so. It is not when an older copy of the database was put back, nor when
// another entry than the checkpoint says is the first that is signed.
func Extends(ctx context.Context, tx *db.Tx, c Checkpoint) (bool, error) {
	size, err := Size(ctx, tx)
	if err != nil || c.Size == 0 {
		return c.Size == 0 && err == nil, err
	}
	public, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return false, err
	}
	list, err := epochs(ctx, tx, public)
	if err != nil {
		return false, err
	}
	for _, e := range list {
		name, err := keyName(e.key)
		if err != nil {
			return false, err
		}
		if c.Origin == origin(name, e.n) && c.Size > e.to {
			return e.admits(c), nil
		}
	}
	if c.Size > size {
		return false, nil
	}
	root, err := tlog.TreeHash(c.Size, stored{ctx, tx})
	if err != nil || root != c.Root || c.Since == 0 {
		return err == nil && root == c.Root, err
	}
	begun, err := Begun(ctx, tx)
	return begun+1 == c.Since, err
}

// Current opens a checkpoint and says whether it is of today's epoch.
func Current(ctx context.Context, tx *db.Tx, signed string) (c Checkpoint, current bool, err error) {
	public, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return c, false, err
	}
	list, err := epochs(ctx, tx, public)
	if err != nil {
		return c, false, err
	}
	c, of, err := openIn(list, signed)
	return c, err == nil && of.end == nil, err
}
